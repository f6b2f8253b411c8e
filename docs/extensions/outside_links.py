"""Links from a page to what is no page: a file outside `docs/`, a folder, the tables of a record.

Read in the repository such a link leads to the file. In the built pages the file is not there, so that its
path in the repository is named instead; a file that does not exist is a warning, and a warning is an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class OutsideLinks(SphinxPostTransform):
    """Turn references to files that are no pages into their text and their path in the repository."""

    default_priority = 5

    def run(self, **_: Any) -> None:
        """Replace each such reference; what is not there is left for the check of links to find."""
        for node in list(self.document.findall(addnodes.pending_xref)):
            target = str(node.get("reftarget", "")).partition("#")[0]
            if node.get("reftype") != "myst" or target in self.env.found_docs:
                continue
            path = self._path(target)
            if path is not None:
                shown = path.relative_to(Path(self.app.srcdir).parent).as_posix()
                node.replace_self(nodes.inline("", f"{node.astext()} ({shown} in the repository)"))

    def _path(self, target: str) -> Path | None:
        """Return the file or the folder that `target` names; MyST may have taken the `.md` off."""
        folder = Path(self.env.doc2path(self.env.docname)).parent
        for base in (folder, Path(self.app.srcdir)):
            for name in (target, f"{target}.md"):
                path = (base / name).resolve()
                if path.exists() and path.is_relative_to(Path(self.app.srcdir).parent):
                    return path
        return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform."""
    app.add_post_transform(OutsideLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
