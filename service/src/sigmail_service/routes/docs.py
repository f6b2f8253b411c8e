"""`/docs`: the OpenAPI description as a page, from our own files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from apiflask import APIBlueprint, APIFlask
from flask import Response, current_app

from sigmail_service.pages import page
from sigmail_service.problems import KINDS

__all__ = ["blueprint"]

blueprint = APIBlueprint("docs", __name__, enable_openapi=False)


@dataclass(frozen=True, slots=True)
class _Operation:
    """One method of one path, as the page shows it."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[dict[str, Any]]
    bodies: dict[str, str]
    answers: dict[str, str]


@blueprint.get("/docs")
def docs() -> Response:
    """Show what the description says, for people."""
    description = cast("dict[str, Any]", cast("APIFlask", current_app).spec)
    return page(
        "docs.html", info=description["info"], operations=list(_operations(description)), kinds=KINDS.values()
    )


def _operations(description: dict[str, Any]) -> Iterator[_Operation]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            yield _Operation(
                method.upper(),
                path,
                operation.get("summary", ""),
                operation.get("description", ""),
                operation.get("parameters", []),
                {name: _example(media) for name, media in content.items()},
                {status: answer["description"] for status, answer in operation["responses"].items()},
            )


def _example(media: dict[str, Any]) -> str:
    example = media.get("example", "")
    return example if isinstance(example, str) else json.dumps(example, indent=2)
