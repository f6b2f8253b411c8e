"""The settings: defaults, then a TOML file, then ``SIGMAIL_*`` variables, then the options of `serve`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, IPvAnyNetwork, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from sigmail.errors import InvalidValueError

__all__ = ["PREFIX", "Settings", "load_settings", "origins"]

PREFIX = "SIGMAIL_"
_MEBIBYTE = 1024 * 1024
_USUAL_WORKERS_AT_MOST = 4


def _usual_workers() -> int:
    """Return one worker for each processor this process may use, four at most."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), _USUAL_WORKERS_AT_MOST)
    return min(os.cpu_count() or 1, _USUAL_WORKERS_AT_MOST)


def _usual_data_dir() -> Path:
    """Return the folder that systemd names, or that of the user (XDG)."""
    state = os.environ.get("STATE_DIRECTORY")
    if state:
        return Path(state)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sigmail"


class Settings(BaseSettings):
    """What the operator can set; each name is a key of the TOML file and, in capitals, of the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(default=8000, ge=1, le=65535, description="port to listen on")
    workers: int = Field(default_factory=_usual_workers, ge=1, le=256, description="worker processes")
    model: Path | None = Field(default=None, description="model file; the starter model when unset")
    data_dir: Path = Field(
        default_factory=_usual_data_dir, description="where the keys and, by default, the database are kept"
    )
    database: str = Field(
        default="",
        description="URL of the database, such as postgresql://USER@HOST/NAME; SQLite in data_dir when unset",
    )
    history_days: float = Field(
        default=30.0, ge=0.0, le=36500.0, description="days that a verdict is kept; 0 keeps no history"
    )
    store_bodies: bool = Field(default=False, description="whether messages are kept with their verdicts")
    feedback_needs_trust: bool = Field(
        default=False, description="whether feedback counts only with the scope trust, or once released"
    )
    feedback_burst: int = Field(
        default=20,
        ge=0,
        description="contradictions, or lessons nearly alike, that a tenant may give within "
        "feedback_burst_seconds before the next ones wait for a person; 0 is no limit",
    )
    feedback_burst_seconds: float = Field(default=3600.0, gt=0.0, description="see feedback_burst")
    cookie_secure: bool = Field(
        default=False, description="whether the page's cookie goes over HTTPS alone; set it behind TLS"
    )
    models: str = Field(
        default="",
        description="folder of the models, or an fsspec URL for many hosts; in data_dir when unset",
    )
    model_poll_seconds: float = Field(
        default=0.5, ge=0.01, le=60.0, description="how often a worker looks which model is to judge"
    )
    tenant_models: int = Field(
        default=64, ge=1, le=65536, description="tenants whose own models a worker keeps in memory"
    )
    learner: bool = Field(
        default=True, description="whether a process learns from feedback beside the workers"
    )
    train_corrections: int = Field(
        default=0, ge=0, description="corrections after which a model is trained; 0 trains when asked"
    )
    train_hours: float = Field(
        default=0.0,
        ge=0.0,
        description="hours after which a model is trained if there were corrections; 0: not",
    )
    activate_passed: bool = Field(
        default=True, description="whether a trained model that passes the gate judges at once, or waits"
    )
    canary: Path | None = Field(
        default=None, description="folder or mailbox of good mail that no trained model may lose"
    )
    gate_ham_loss: float = Field(
        default=0.001,
        ge=0.0,
        le=1.0,
        description="share of good mail that a model may lose, as far as the canary can show it; "
        "a trained model's threshold of spam is raised to keep to it",
    )
    gate_lessons_right: float = Field(
        default=0.95,
        ge=0.0,
        le=1.0,
        description="share of the lessons that a trained model has to judge right",
    )
    gate_wrong_labels: float = Field(
        default=1.0,
        ge=0.0,
        description="wrong labels that the gate bears, as a multiple of what chance explains",
    )
    require_key: bool = Field(default=False, description="whether /classify and /metrics need an API key")
    open_to_everyone: bool = Field(
        default=False, description="whether an address other than loopback may be served without keys"
    )
    max_body_bytes: int = Field(
        default=10 * _MEBIBYTE,
        ge=1024,
        le=1024 * _MEBIBYTE,
        description="largest body of a request, in bytes",
    )
    max_body_memory: int = Field(
        default=256 * _MEBIBYTE,
        ge=1024,
        description="bytes of all the bodies that a worker holds at once, at least max_body_bytes",
    )
    header_timeout: float = Field(
        default=10.0, ge=0.001, le=3600.0, description="seconds that the headers of a request may take"
    )
    body_timeout: float = Field(
        default=20.0,
        gt=0.0,
        le=3600.0,
        description="seconds that a body may take to arrive, from the end of the headers",
    )
    max_waiting: int = Field(
        default=256, ge=1, le=65536, description="requests of a burst that a worker keeps waiting"
    )
    request_timeout: float = Field(
        default=10.0, gt=0.0, le=3600.0, description="seconds that a complete request may wait for its turn"
    )
    drain_seconds: float = Field(
        default=1.0,
        ge=0.0,
        le=600.0,
        description="seconds to serve on after SIGTERM, while /readyz says that the service is about to end",
    )
    rate: float = Field(default=0.0, ge=0.0, description="messages a second for each caller; 0 is no limit")
    burst: float = Field(default=100.0, ge=1.0, description="messages that a caller may send at once")
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="networks of proxies whose X-Forwarded-For is believed"
    )
    max_streams: int = Field(default=4, ge=1, le=1024, description="streamed batches a worker judges at once")
    log_format: Literal["text", "json"] = Field(default="text", description="lines for people, or JSON")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level to log"
    )

    @model_validator(mode="after")
    def _hold_one_body(self) -> Settings:
        if self.max_body_memory < self.max_body_bytes:
            raise ValueError(
                f"max_body_memory = {self.max_body_memory} is less than "
                f"max_body_bytes = {self.max_body_bytes}: no body of the largest size could be taken"
            )
        return self

    @property
    def models_place(self) -> str | Path:
        """The folder or URL of the models."""
        return self.models or self.data_dir / "models"

    @property
    def keys_file(self) -> Path:
        """The file of the API keys."""
        return self.data_dir / "keys.json"

    @property
    def database_url(self) -> str:
        """The URL of the database."""
        return self.database or f"sqlite:///{self.data_dir.absolute() / 'sigmail.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's.
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the options, then the environment; the TOML file is merged in by `load_settings`."""
        return init_settings, env_settings


def load_settings(options: Mapping[str, Any] | None = None, config: Path | None = None) -> Settings:
    """Return the settings that hold.

    Parameters
    ----------
    options
        The options given on the command line; an option that is None was not given.
    config
        A TOML file of settings; None reads none.

    Raises
    ------
    InvalidValueError
        If a value or a name is wrong; the text says where it came from and what is allowed.
    """
    given = {name: value for name, value in (options or {}).items() if value is not None}
    from_file = _read_toml(config) if config else {}
    settled = {name: value for name, value in from_file.items() if _variable(name) not in _environment()}
    try:
        return Settings(**{**settled, **given})
    except SettingsError as error:
        raise InvalidValueError(f'{error}: a list is written as JSON, such as ["10.0.0.0/8"]') from None
    except ValidationError as error:
        raise InvalidValueError("; ".join(_lines(error, given, from_file))) from None


def origins(options: Mapping[str, Any], config: Path | None = None) -> dict[str, str]:
    """Return for each setting where its value comes from: an option, a variable, the file, or the default."""
    from_file = _read_toml(config) if config else {}
    return {name: _origin(name, options, from_file) for name in Settings.model_fields}


def _origin(name: str, options: Mapping[str, Any], from_file: Mapping[str, Any]) -> str:
    if options.get(name) is not None:
        return f"option --{name.replace('_', '-')}"
    if _variable(name) in _environment():
        return f"environment {_variable(name)}"
    return "configuration file" if name in from_file else "default"


def _variable(name: str) -> str:
    return (PREFIX + name).upper()


def _environment() -> set[str]:
    """Return the names of the environment in capitals, as pydantic-settings compares them."""
    return {name.upper() for name in os.environ}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InvalidValueError(f"cannot read the configuration file {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidValueError(f"the configuration file {path} is not TOML: {error}") from None


def _lines(error: ValidationError, options: Mapping[str, Any], from_file: Mapping[str, Any]) -> list[str]:
    lines = []
    for item in error.errors():
        if not item["loc"]:
            lines.append(item["msg"].removeprefix("Value error, "))
            continue
        name = str(item["loc"][0])
        if item["type"] == "extra_forbidden":
            lines.append(f"{name} is no setting; the settings are {', '.join(Settings.model_fields)}")
        else:
            lines.append(f"{name} = {item['input']!r} ({_origin(name, options, from_file)}): {item['msg']}")
    return lines
