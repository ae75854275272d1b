"""Settings of the documentation site: Sphinx with Markdown pages, and nothing loaded from outside."""

project = "Chokepoint"
author = "The Chokepoint project"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Chokepoint"
html_static_path: list[str] = []
html_show_sphinx = False
suppress_warnings = ["myst.xref_missing", "myst.header"]
"""Pages link to files of the repository, which are no pages of the site."""
