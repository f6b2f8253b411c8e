"""`/metrics`: the figures of all workers, for Prometheus."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST

from sigmail_service.access import SECURITY, requires
from sigmail_service.description import problems
from sigmail_service.metrics import exposition

__all__ = ["blueprint"]

blueprint = APIBlueprint("metrics", __name__, tag="Metrics")

_ANSWERS: dict[int | str, Any] = {
    200: {"description": "The figures", "content": {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}},
    **problems("key-missing", "key-unknown", "scope-missing"),
}


@blueprint.get("/metrics")
@requires("metrics")
@blueprint.doc(security=SECURITY, responses=_ANSWERS)
def metrics() -> Response:
    """Give the figures of all workers in Prometheus' text format."""
    return Response(exposition(), content_type=CONTENT_TYPE_LATEST)
