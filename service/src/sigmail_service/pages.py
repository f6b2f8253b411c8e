"""What every page for people has: a policy that lets nothing in from outside, and nothing out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template

__all__ = ["page", "percent"]

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def page(
    template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> Response:
    """Return a page: a template filled with values, which Jinja escapes."""
    response = make_response(render_template(template, **values), status, dict(headers or {}))
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"  # It may hold a message.
    return response


def percent(probability: float) -> str:
    """Return a probability in per cent; rounding never makes a certainty of it."""
    if probability > 0.9999:
        return "over 99.99 %"
    if probability < 0.0001:
        return "under 0.01 %"
    return f"{100 * probability:.2f} %"
