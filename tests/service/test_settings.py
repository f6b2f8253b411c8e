"""Settings: an option is stronger than a variable, a variable than the file, the file than the default."""

import pytest

from sigmail import SigmailError
from sigmail_service.settings import Settings, load_settings, origins


@pytest.fixture
def config(tmp_path, monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SIGMAIL_{name.upper()}", raising=False)
    path = tmp_path / "sigmail.toml"
    path.write_text("port = 8001\nworkers = 3\n", encoding="utf-8")
    return path


def test_the_memory_of_bodies_holds_one_at_least():
    with pytest.raises(SigmailError, match=r"^max_body_memory = 4096 is less than max_body_bytes = 8192"):
        load_settings({"max_body_memory": 4096, "max_body_bytes": 8192})


def test_the_stronger_source_holds(config, monkeypatch):
    assert load_settings().port == 8000
    assert load_settings({}, config).port == 8001
    monkeypatch.setenv("SIGMAIL_PORT", "8002")
    assert load_settings({}, config).port == 8002
    assert load_settings({"port": 8003}, config).port == 8003
    assert load_settings({"port": None}, config).port == 8002
    assert load_settings({"port": 8003}, config).workers == 3


def test_each_value_is_traced_to_its_source(config, monkeypatch):
    monkeypatch.setenv("sigmail_log_level", "debug")
    found = origins({"port": 8003, "host": None}, config)
    assert set(found) == set(Settings.model_fields)
    assert found["port"] == "option --port"
    assert found["log_level"] == "environment SIGMAIL_LOG_LEVEL"
    assert found["workers"] == "configuration file"
    assert found["host"] == "default"
    assert load_settings({}, config).log_level == "debug"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 0),
        ("workers", 257),
        ("max_body_bytes", 1),
        ("body_timeout", 0),
        ("log_format", "xml"),
        ("host", ""),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(config, name, value):
    with pytest.raises(SigmailError, match=f"{name} = .*option --{name.replace('_', '-')}"):
        load_settings({name: value}, config)


def test_a_file_that_is_not_there_is_refused(config):
    with pytest.raises(SigmailError, match="cannot read the configuration file"):
        load_settings({}, config.with_name("none.toml"))
