"""Who may use a route: a key in `Authorization: Bearer` or `X-API-Key` that holds the route's scope."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from apiflask import APIFlask
from flask import Flask, current_app, g, request

from sigmail_service.keys import Key, KeyStore, tenant_of
from sigmail_service.problems import Problem
from sigmail_service.settings import Settings

__all__ = [
    "ALWAYS",
    "SECURITY",
    "Gate",
    "admit",
    "check",
    "current_key",
    "current_tenant",
    "find_key",
    "init_app",
    "key_of_id",
    "requires",
]

_View = TypeVar("_View", bound=Callable[..., Any])

_STORE = "sigmail.keys"
_REQUIREMENT = "sigmail_requirement"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sigmail"'}

SECURITY: list[str | dict[str, list[Any]]] = [{}, {"bearer": []}, {"apiKey": []}]
"""The security of a route that is open until the operator asks for keys, for the description."""


ALWAYS: list[str | dict[str, list[Any]]] = [{"bearer": []}, {"apiKey": []}]
"""The security of a route that always needs a key."""


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
            admit(scope, _token(request.headers.get), always=always)
            return view(*arguments, **options)

        setattr(checked, _REQUIREMENT, (scope, always))
        return cast("_View", checked)

    return decorate


def admit(scope: str, token: str | None, *, always: bool = False) -> None:
    """Let a token into the current request, which notes its key; raise `Problem` as `check` does."""
    key = check(current_app, scope, token, always=always)
    if key is not None:
        g.key_id = key.id
        g.key = key


def current_key() -> Key | None:
    """Return the key of the current request, if it has one."""
    return cast("Key | None", g.get("key"))


def current_tenant() -> str:
    """Return the tenant of the current request."""
    return tenant_of(current_key())


def check(app: Flask, scope: str, token: str | None, *, always: bool = False) -> Key | None:
    """Return the key of a token, or None if none is needed and none is given; raise `Problem` otherwise."""
    if token is None:
        if always or app.config["REQUIRE_KEY"]:
            raise Problem("key-missing", "The route needs an API key.", headers=_CHALLENGE)
        return None
    key = find_key(app, token)
    if not key.may(scope):
        raise Problem("scope-missing", f"The API key does not hold the scope {scope}.")
    return key


def find_key(app: Flask, token: str) -> Key:
    """Return the key of a token; `Problem` if there is none."""
    key = cast("KeyStore", app.extensions[_STORE]).find(token)
    if key is None:
        raise Problem("key-unknown", "The API key is not known.", headers=_CHALLENGE)
    return key


def key_of_id(app: Flask, identity: str) -> Key | None:
    """Return the key of an id, which alone lets nobody in; None if there is none."""
    return cast("KeyStore", app.extensions[_STORE]).keys().get(identity)


class Gate:
    """Checks the key of a request by its headers alone, before its body is waited for.

    The views check again; the gate only spares a refused caller the sending, and the server the reading.

    Parameters
    ----------
    app
        The application, with all its routes. Those with a variable in their path are left to their views.
    """

    def __init__(self, app: APIFlask) -> None:
        self._app = app
        self._requirements: dict[tuple[str, str], tuple[str, bool]] = {}
        for rule in app.url_map.iter_rules():
            requirement = getattr(app.view_functions[rule.endpoint], _REQUIREMENT, None)
            if requirement and not rule.arguments:
                for method in rule.methods or ():
                    self._requirements[method, rule.rule] = requirement

    def check(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> Key | None:
        """Return the key of the caller, if there is one; `headers` have names in lower case.

        Raises
        ------
        Problem
            If the caller may not use the route.
        SigmailError, OSError
            If the keys cannot be read.
        """
        requirement = self._requirements.get((method, path))
        if requirement is None:
            return None
        token = None
        if b"authorization" in headers or b"x-api-key" in headers:
            token = _token(lambda name: _header(headers, name))
        scope, always = requirement
        return check(self._app, scope, token, always=always)


def _header(headers: Mapping[bytes, bytes], name: str) -> str | None:
    value = headers.get(name.lower().encode())
    return None if value is None else value.decode("latin-1")


def _token(header: Callable[[str], str | None]) -> str | None:
    """Return the token that the headers bring; one that is wrong is refused even where none is needed."""
    authorization = header("Authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""
    return header("X-API-Key")
