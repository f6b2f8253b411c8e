"""Who may use a route: a key in `Authorization: Bearer` or `X-API-Key` that holds the route's scope."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from apiflask import APIFlask
from flask import current_app, g, request

from sigmail.errors import SigmailError
from sigmail_service.keys import Key, KeyStore
from sigmail_service.problems import Problem
from sigmail_service.settings import Settings

__all__ = ["SECURITY", "Gate", "check", "init_app", "requires"]

_View = TypeVar("_View", bound=Callable[..., Any])

_STORE = "sigmail.keys"
_REQUIREMENT = "sigmail_requirement"
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
            check(scope, _token(request.headers.get), always=always)
            return view(*arguments, **options)

        setattr(checked, _REQUIREMENT, (scope, always))
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

    def check(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> None:
        """Raise `Problem` if the caller may not use the route; `headers` have names in lower case."""
        requirement = self._requirements.get((method, path))
        if requirement is None:
            return
        token = _token(lambda name: _header(headers, name))
        scope, always = requirement
        with self._app.app_context(), contextlib.suppress(SigmailError, OSError):
            # A store of keys that cannot be read is met again by the view, which makes an answer of it.
            check(scope, token, always=always)


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
