"""What every page for people has: a policy that lets nothing in from outside, and nothing out."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template

__all__ = ["page"]

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


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page: a template filled with values, which Jinja escapes."""
    response = make_response(render_template(template, **values), status)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
