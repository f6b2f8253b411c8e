"""The start of a service: the model that the operator gives comes into the registry."""

from __future__ import annotations

import structlog

from sigmail.errors import SigmailError
from sigmail.filter import SpamFilter
from sigmail_service.keys import SHARED
from sigmail_service.registry.places import open_place
from sigmail_service.registry.registry import Registry
from sigmail_service.settings import Settings

__all__ = ["begin"]

_log = structlog.get_logger("sigmail_service")


def begin(settings: Settings, given: SpamFilter) -> str:
    """Put the given model into the registry, and return the id of the model that will judge.

    A place that cannot be written, or a model in it that may not judge, stops no start: the given one judges.
    """
    registry = Registry(open_place(settings.models_place))
    try:
        registry.begin_with(given, SHARED, by_option=settings.model is not None)
    except SigmailError as error:
        _log.warning("models cannot be kept", error=str(error))
    try:
        pointer = registry.pointer(SHARED)
        if pointer is not None and pointer.digest != given.digest:
            return registry.load(pointer.digest, SHARED).identity
    except SigmailError as error:
        _log.warning("the model of the registry may not judge", error=str(error))
    return given.identity
