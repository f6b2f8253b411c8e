"""Directives that write reference text from the code itself, so that no page can lag behind it.

``{sigmail-verbs}`` from click, ``{sigmail-settings}`` from the service's settings, ``{sigmail-routes}`` and
``{sigmail-problems}`` from its description, ``{sigmail-limits}`` and ``{sigmail-errors}`` from the core.
"""

from __future__ import annotations

from collections.abc import Callable

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from reference_text import errors, limits, problems, routes, settings, verbs


def directive(write: Callable[[], str]) -> type[SphinxDirective]:
    """Return a directive in whose place the Markdown stands that `write` returns."""

    class Written(SphinxDirective):
        has_content = False

        def run(self) -> list[nodes.Node]:
            lines = StringList(write().splitlines(), source=f"<{write.__name__}>")
            holder = nodes.Element()
            # The parser of MyST is the one at work, so that what is parsed is Markdown.
            self.state.nested_parse(lines, self.content_offset, holder, match_titles=1)
            return list(holder.children)

    return Written


def setup(app: Sphinx) -> dict[str, bool]:
    """Register a directive for each kind of text."""
    for write in (verbs, settings, routes, problems, limits, errors):
        app.add_directive(f"sigmail-{write.__name__}", directive(write))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
