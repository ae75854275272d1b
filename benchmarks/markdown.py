"""Markdown: tables, and sections of documents that are filled in."""

from collections.abc import Sequence
from pathlib import Path


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as a table; the first row is its header."""
    head, *rest = ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *rest])


def fill_section(path: Path, name: str, content: str) -> None:
    """Replace the section between `<!-- name -->` and `<!-- /name -->` in a document.

    Raises:
        ValueError: the document has no such section.
    """
    text = path.read_text()
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    if opening not in text or closing not in text:
        raise ValueError(f"{path}: no place for {name}; add the lines {opening} and {closing}")
    head, tail = text.split(opening)[0], text.split(closing)[1]
    path.write_text(f"{head}{opening}\n{content}\n{closing}{tail}")
