"""`/livez` and `/readyz`: for probes and load balancers."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import current_app

from sigmail_service.classifier import current_filter
from sigmail_service.description import problems
from sigmail_service.draining import is_draining
from sigmail_service.problems import Problem
from sigmail_service.schemas import Liveness, Readiness

__all__ = ["blueprint"]

blueprint = APIBlueprint("health", __name__, tag="Health")


@blueprint.get("/livez")
@blueprint.output(Liveness)
def livez() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "alive"}


@blueprint.get("/readyz")
@blueprint.output(Readiness)
@blueprint.doc(responses=problems("draining"))
def readyz() -> dict[str, str]:
    """Say that the model is loaded and requests are welcome."""
    if is_draining(current_app):
        raise Problem("draining", "The service has been told to stop.")
    return {"status": "ready", "model": current_filter().identity}
