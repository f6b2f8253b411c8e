"""How Sphinx builds these pages: `make docs`, with every warning an error and nothing fetched."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

import sigmail  # noqa: E402 - The version is that of the library that is described.

project = "Sigmail"
author = "The Sigmail authors"
copyright = "The Sigmail authors, Apache-2.0"  # noqa: A001 - Sphinx's own name.
release = version = sigmail.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "mathml",
    "outside_links",
    "plain_docstrings",
    "reference_directives",
]
exclude_patterns = ["_build", "extensions", "records"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {
    "members": True,
    "show-inheritance": True,
    # Written by scikit-learn, about a feature of its own.
    "exclude-members": "set_fit_request, set_partial_fit_request, set_score_request",
}
napoleon_google_docstring = False
napoleon_use_rtype = False

copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"Sigmail {release}"
html_static_path = ["static"]
html_css_files = ["sigmail.css"]
html_copy_source = False
html_show_sphinx = False
# Formulas are drawn by the browser itself (MathML): no script is fetched for them.
html_math_renderer = "mathml"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#8a3ffc", "color-brand-content": "#6929c4"},
    "dark_css_variables": {"color-brand-primary": "#be95ff", "color-brand-content": "#be95ff"},
}
