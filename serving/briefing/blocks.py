"""Blocks of a briefing, for PDF and HTML alike: headings, text, lists, tables and figures on two pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Heading:
    """A section's title."""

    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; `weight` is lead, plain or note."""

    text: str
    weight: str = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; `widths` are shares of the page, columns in `right` are right-aligned."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    right: Sequence[int] = ()


@dataclass(frozen=True)
class Picture:
    """A figure as wide as the page, with its text alternative."""

    figure: Figure
    words: str


Block = Heading | Text | Bullets | Table | Picture


@dataclass(frozen=True)
class Brief:
    """Two pages with their title, and provenance and licence at the foot of each."""

    name: str
    """Name of the files, without suffix."""
    title: str
    subtitle: str
    pages: tuple[Sequence[Block], Sequence[Block]]
    provenance: str
    licence: str
