"""What every source has in common: its description, its parsed rows and the error a bad file raises."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

Span = tuple[str, pd.Timestamp, pd.Timestamp]
"""ISO3 or "*" for the world, first month, last month."""


class SourceError(ValueError):
    """A publisher's file that cannot be used; the message names file, what is wrong and the remedy."""


@dataclass
class Parsed:
    """SourceRows of one contract out of one file, and what was left out."""

    table: str
    rows: pd.DataFrame
    read: int
    dropped: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    coverage: list[Span] = field(default_factory=list)
    """Where and when a missing row means zero; empty where it never does."""
    vintage: str = ""
    """The publisher's release, such as 25.1, or "to 2024-12" after the newest row if it names none."""
    corrected: list[str] = field(default_factory=list)
    """SourceRows kept with a publisher's mistake put right, one sentence each."""


Pager = Callable[[int, bytes], tuple[int, str | None]]
"""Given a page's number (from 1) and bytes: how many rows it holds, and the address of the next page or None.

Raises SourceError where it is no page.
"""


@dataclass(frozen=True)
class Download:
    """One file that a publisher offers."""

    url: str
    filename: str
    version: str = ""
    """The publisher's own mark of the version, out of its list; the same mark again is not asked for twice."""
    bytes: int | None = None
    md5: str = ""
    pager: Pager | None = None
    """For an interface that gives rows page by page; the pages are kept as they came, packed into one zip."""


class Publisher(Protocol):
    """What a source's `plan` may know and ask while it lists the files wanted."""

    @property
    def today(self) -> pd.Timestamp:
        """The day of the run."""

    @property
    def since(self) -> pd.Timestamp:
        """First month wanted of sources that publish by day or by the quarter of an hour."""

    @property
    def since_requested(self) -> bool:
        """Whether the user has named that month; otherwise it is the one before the current month."""

    @property
    def countries(self) -> frozenset[str]:
        """ISO3 codes of the panel's countries."""

    @property
    def stored(self) -> Mapping[str, str]:
        """Vintage of each file of this source taken in so far, by name."""

    def secret(self, name: str) -> str:
        """Return a credential by the name of its setting."""

    def read(self, url: str, tail: int = 0) -> bytes:
        """Return a small document such as a list of files, or its last bytes."""

    def post(self, url: str, form: dict[str, str]) -> bytes:
        """Send a form and return the answer."""


@dataclass(frozen=True)
class RevisionTolerance:
    """How much a publisher may revise: values that move by more than `by` of themselves may be `share` of all at most."""

    by: float = 0.1
    share: float = 0.05


@dataclass(frozen=True)
class Source:
    """A dataset: what it is, whose it is, how late it comes, where it lives and how its files are told apart."""

    name: str
    title: str
    publisher: str
    url: str
    licence: str
    citation: str
    table: str
    cadence_days: int
    lag_days: int
    """Days after the end of a month (or year) until the publisher's rows about it are out."""
    redistribute: bool
    """Whether numbers computed from it may travel in the starter panel."""
    format_seen: str
    """When and where the publisher's format was last seen."""
    parse: Callable[[bytes, str], Parsed]
    columns: frozenset[str] = frozenset()
    """A file whose header holds all of these is one of this source's."""
    other_columns: tuple[frozenset[str], ...] = ()
    """The same for the publisher's other layouts."""
    filename: re.Pattern[str] | None = None
    """Names of files without a header, such as GDELT's."""
    increments: re.Pattern[str] | None = None
    """Names of files that add their own period to the earlier ones instead of replacing them."""
    addresses: tuple[str, ...] = ()
    """What is asked for by `plan`, lists first."""
    address_seen: str = ""
    """When and where the addresses were last seen, or why there is none."""
    plan: Callable[[Publisher], Iterable[Download]] | None = None
    """Lists the files wanted; None for a file that somebody else has put together."""
    credentials: tuple[str, ...] = ()
    """Settings without which the source is off."""
    sign_in: Callable[[Publisher], dict[str, str]] | None = None
    """Trades the credentials for request headers."""
    revision: RevisionTolerance = RevisionTolerance()
    """What a new vintage may revise of the last one before it is quarantined."""
    known_release: str = ""
    """Newest yearly release whose format was seen; a newer one is quarantined once, until it is accepted."""
    codes: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """Publisher's columns of a code and of what it stands for: a code that stands for something else quarantines the vintage."""

    def family(self, filename: str) -> str:
        """Name the series of files in which each replaces the one before: the file name without digits."""
        if self.increments and self.increments.search(filename):
            return filename
        return re.sub(r"\d", "", filename)


def release_order(vintage: str) -> tuple[int, ...]:
    """Order releases by age: 21.1, 23.0.10, 24.1; "to 2023-10" ranks as the monthly release 23.0.10."""
    numbers = [int(n) for n in re.findall(r"\d+", vintage)]
    numbers = [n - 2000 if n >= 1900 else n for n in numbers]
    return (numbers[0], 0, *numbers[1:]) if vintage.startswith("to ") else tuple(numbers)
