"""The HTTP service of Sigmail: post a message, get spam, unsure or ham, with the reasons.

The names are loaded when they are first used: `sigmail serve` has to set the metrics' directory before
`prometheus_client` is imported, and `sigmail --help` should not wait for Flask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigmail_service.app import create_app
    from sigmail_service.settings import Settings

__all__ = ["Settings", "create_app"]


def __getattr__(name: str) -> Any:
    if name == "create_app":
        from sigmail_service.app import create_app  # noqa: PLC0415

        return create_app
    if name == "Settings":
        from sigmail_service.settings import Settings  # noqa: PLC0415

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
