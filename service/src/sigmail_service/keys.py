"""API keys: who may do what. Of a key only the hash of its secret is kept."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sigmail.errors import InvalidValueError

__all__ = ["SCOPES", "SHARED", "Key", "KeyStore", "tenant_of"]

SCOPES = ("classify", "feedback", "trust", "admin", "metrics")
"""What a key may do; `admin` may do everything. The feedback of `trust` counts, whatever the settings."""

SHARED = "shared"
"""The tenant of those who have none of their own."""

_PREFIX = "sigmail"
_SECRET_BYTES = 32
_TENANT = re.compile(r"[a-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is stored.

    The secret has 256 random bits, so that one pass of SHA-256 protects it: there is nothing to guess.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    created: str
    digest: str
    tenant: str = SHARED

    def may(self, scope: str) -> bool:
        """Return whether the key holds a scope."""
        return scope in self.scopes or "admin" in self.scopes


def tenant_of(key: Key | None) -> str:
    """Return the tenant of a caller, who may have no key."""
    return SHARED if key is None else key.tenant


class KeyStore:
    """The keys in a JSON file, which is read again when it has changed.

    Parameters
    ----------
    path
        The file; where there is none, there are no keys. It is written whole or not at all, for its owner.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def keys(self) -> dict[str, Key]:
        """Return the keys by their ids.

        Raises
        ------
        InvalidValueError
            If the file is no file of keys.
        """
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return {}
        seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if seen != self._seen:
            self._keys, self._seen = self._read(), seen
        return self._keys

    def create(self, name: str, scopes: tuple[str, ...], tenant: str = SHARED) -> tuple[Key, str]:
        """Add a key and return it with its token, which is told this once.

        Raises
        ------
        InvalidValueError
            If a scope is none, or the tenant's name could not stand in a path.
        """
        if not _TENANT.fullmatch(tenant):
            raise InvalidValueError(
                f"{tenant!r} cannot name a tenant: 1 to 64 letters a to z, digits, '-' and '_' can"
            )
        for scope in scopes:
            if scope not in SCOPES:
                raise InvalidValueError(f"{scope!r} is no scope; the scopes are {', '.join(SCOPES)}")
        identity, secret = secrets.token_hex(6), secrets.token_urlsafe(_SECRET_BYTES)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        key = Key(identity, name, tuple(scopes), created, _digest(secret), tenant)
        with self._locked():
            self._write({**self.keys(), identity: key})
        return key, f"{_PREFIX}_{identity}_{secret}"

    def revoke(self, identity: str) -> None:
        """Take a key away; `InvalidValueError` if there is none of that id."""
        with self._locked():
            keys = dict(self.keys())
            if keys.pop(identity, None) is None:
                raise InvalidValueError(f"there is no key {identity!r}; `sigmail keys list` shows them")
            self._write(keys)

    def find(self, token: str) -> Key | None:
        """Return the key of a token, or None; how much of a wrong one is right does not change the time."""
        prefix, _, rest = token.partition("_")
        identity, _, secret = rest.partition("_")
        key = self.keys().get(identity)
        digest = _digest(secret)
        if key is None or prefix != _PREFIX or not hmac.compare_digest(key.digest, digest):
            return None
        return key

    def _read(self) -> dict[str, Key]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
            keys = [Key(**{**entry, "scopes": tuple(entry["scopes"])}) for entry in entries]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InvalidValueError(f"cannot read the keys in {self._path}: {type(error).__name__}") from None
        return {key.id: key for key in keys}

    def _write(self, keys: dict[str, Key]) -> None:
        temporary = self._path.with_suffix(f".{secrets.token_hex(4)}")
        text = json.dumps([asdict(key) for key in keys.values()], indent=2) + "\n"
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        temporary.replace(self._path)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other writers out: two that read, add and write at once would lose a key."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
