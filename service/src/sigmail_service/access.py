"""Who may use a route: a key in `Authorization: Bearer` or `X-API-Key` that holds the route's scope."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from apiflask import APIFlask
from flask import current_app, g, request

from sigmail_service.keys import Key, KeyStore
from sigmail_service.problems import Problem
from sigmail_service.settings import Settings

__all__ = ["SECURITY", "check", "init_app", "requires"]

_View = TypeVar("_View", bound=Callable[..., Any])

_STORE = "sigmail.keys"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sigmail"'}

SECURITY: list[str | dict[str, list[Any]]] = [{}, {"bearer": []}, {"apiKey": []}]
"""The security of a route that is open until the operator asks for keys, for the description."""


def init_app(app: APIFlask, settings: Settings) -> None:
    """Open the store of keys, and describe how a key is sent."""
    app.extensions[_STORE] = KeyStore(settings.keys_file)
    app.config["REQUIRE_KEY"] = settings.require_key
    app.config["SECURITY_SCHEMES"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }


def requires(scope: str, *, always: bool = False) -> Callable[[_View], _View]:
    """Let only keys of a scope use a view; unless `always`, nobody needs one where none is required."""

    def decorate(view: _View) -> _View:
        @functools.wraps(view)
        def checked(*arguments: Any, **options: Any) -> Any:
            check(scope, _token(), always=always)
            return view(*arguments, **options)

        return cast("_View", checked)

    return decorate


def check(scope: str, token: str | None, *, always: bool = False) -> None:
    """Raise `Problem` unless a token holds a scope, or none is needed and none is given."""
    if token is None:
        if always or current_app.config["REQUIRE_KEY"]:
            raise Problem("key-missing", "The route needs an API key.", headers=_CHALLENGE)
        return
    store = cast("KeyStore", current_app.extensions[_STORE])
    key: Key | None = store.find(token)
    if key is None:
        raise Problem("key-unknown", "The API key is not known.", headers=_CHALLENGE)
    if not key.may(scope):
        raise Problem("scope-missing", f"The API key does not hold the scope {scope}.")
    g.key_id = key.id


def _token() -> str | None:
    """Return the token that the request brings; one that is wrong is refused even where none is needed."""
    authorization = request.headers.get("Authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""
    return request.headers.get("X-API-Key")
