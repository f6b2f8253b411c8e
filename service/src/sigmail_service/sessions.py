"""The session of a page: who entered a key, in a signed cookie that no other site can send or read.

The cookie holds the key's id and a digest of what is stored of it, so that it ends when the key is revoked;
the key's secret is not in it. Every form carries a token of the session besides.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from datetime import timedelta
from typing import cast

from apiflask import APIFlask
from flask import Flask, Request, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from sigmail_service.access import find_key, key_of_id
from sigmail_service.keys import Key
from sigmail_service.problems import Problem
from sigmail_service.settings import Settings

__all__ = ["check_form", "enter", "init_app", "leave", "require_session", "token_of_forms"]

_SECRET_BYTES = 32
_HOURS = 12
_KEY, _PROOF, _TOKEN = "key", "proof", "token"


class _Sessions(SecureCookieSessionInterface):
    """The sessions of Flask, for whose signatures nothing is set up where no cookie came."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a request: what sends mail has none."""
        if not request.headers.get("Cookie"):
            return self.session_class()
        return super().open_session(app, request)


def init_app(app: APIFlask, settings: Settings) -> None:
    """Set how cookies are signed and sent."""
    app.session_interface = _Sessions()
    app.secret_key = _secret(settings)
    app.permanent_session_lifetime = timedelta(hours=_HOURS)
    app.config["SESSION_COOKIE_NAME"] = "sigmail"
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    app.config["SESSION_COOKIE_SECURE"] = settings.cookie_secure


def enter(token: str, scope: str) -> None:
    """Begin a session with an API key; `Problem` if it is wrong, or does not hold the scope."""
    key = find_key(current_app, token)
    if not key.may(scope):
        raise Problem("scope-missing", f"The API key does not hold the scope {scope}.")
    session.clear()
    session.permanent = True
    session.update({_KEY: key.id, _PROOF: _proof(key), _TOKEN: secrets.token_urlsafe(_SECRET_BYTES)})


def leave() -> None:
    """End the session."""
    session.clear()


def require_session(scope: str) -> Key:
    """Return the key of the session, and note it for the request.

    Raises
    ------
    Problem
        If there is no session, its key has been revoked, or does not hold the scope.
    """
    key = key_of_id(current_app, session.get(_KEY, ""))
    if key is None or not hmac.compare_digest(_proof(key), session.get(_PROOF, "")):
        raise Problem("key-missing", "The page needs an API key.")
    if not key.may(scope):
        raise Problem("scope-missing", f"The API key does not hold the scope {scope}.")
    g.key, g.key_id = key, key.id
    return key


def token_of_forms() -> str:
    """Return what every form of the session has to bring."""
    return cast("str", session.get(_TOKEN, ""))


def check_form() -> None:
    """Raise `Problem` unless the form that was sent is one of the session's own pages."""
    token = token_of_forms()
    if not token or not hmac.compare_digest(token.encode(), request.form.get("token", "").encode()):
        raise Problem("scope-missing", "The form is not one of this session.", remedy="Load the page again.")


def _proof(key: Key) -> str:
    return hashlib.sha256(f"session of {key.digest}".encode()).hexdigest()


def _secret(settings: Settings) -> bytes:
    """Return the secret that signs the cookies, from its file in the data folder, which is made if need be.

    Where there can be none, each process has its own: sessions then last no longer than it does.
    """
    path = settings.data_dir / "session.key"
    with contextlib.suppress(OSError):
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        if not path.exists():
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_SECRET_BYTES))
            # Of several workers that start at once, the first one's stays.
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
        secret = path.read_bytes()
        if len(secret) == _SECRET_BYTES:
            return secret
    return secrets.token_bytes(_SECRET_BYTES)
