"""The interface of sources: their description, download plans, parsed rows, and the error of a bad file."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

Span = tuple[str, pd.Timestamp, pd.Timestamp]
"""ISO3 or "*" for the world, first month, last month."""


class SourceError(ValueError):
    """A publisher's file that cannot be used; the message names the file, the fault and the remedy."""


@dataclass
class Parsed:
    """Rows of one contract parsed from one file, with counts of the rows left out."""

    table: str
    """Name of the rows' table."""
    rows: pd.DataFrame
    """Rows within the contract; the index is the row's number in the file, the header being row 1."""
    read: int
    """Number of rows in the file."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Number of rows left out, by reason."""
    examples: dict[str, str] = field(default_factory=dict)
    """A row left out, by reason."""
    coverage: list[Span] = field(default_factory=list)
    """Spans in which a missing row means zero; empty where it never does."""
    vintage: str = ""
    """The publisher's release, such as 25.1, or "to 2024-12" by the newest row where it names none."""
    corrected: list[str] = field(default_factory=list)
    """Corrections of the publisher's errors, one sentence each."""


Pager = Callable[[int, bytes], tuple[int, str | None]]
"""From a page's number (from 1) and bytes: its number of rows, and the URL of the next page or None.

Raises SourceError where it is no page.
"""


@dataclass(frozen=True)
class Download:
    """One file that a publisher offers."""

    url: str
    filename: str
    version: str = ""
    """The publisher's identifier of the version, from its list; a file with the same one is not downloaded again."""
    bytes: int | None = None
    md5: str = ""
    pager: Pager | None = None
    """For an API that returns rows page by page; the pages are stored as they arrive, packed into one zip."""


class Publisher(Protocol):
    """What the download plan of a source may read: settings, stored vintages and the publisher's lists of files."""

    @property
    def today(self) -> pd.Timestamp:
        """The day of the run."""

    @property
    def since(self) -> pd.Timestamp:
        """First month wanted of sources that publish by day or quarter of an hour."""

    @property
    def since_requested(self) -> bool:
        """Whether the user has named that month; by default it is the one before the current month."""

    @property
    def countries(self) -> frozenset[str]:
        """ISO3 codes of the panel's countries."""

    @property
    def stored(self) -> Mapping[str, str]:
        """Vintage of each ingested file of this source, by name."""

    def secret(self, name: str) -> str:
        """Return a credential by the name of its setting."""

    def read(self, url: str, tail: int = 0) -> bytes:
        """Return a small document such as a list of files, or its last bytes."""

    def post(self, url: str, form: dict[str, str]) -> bytes:
        """Post a form and return the response's body."""


@dataclass(frozen=True)
class RevisionTolerance:
    """Tolerance of revisions: at most a share `share` of values may change by more than a share `by` of themselves."""

    by: float = 0.1
    share: float = 0.05


@dataclass(frozen=True)
class Source:
    """A dataset: its publisher, licence, publication lag, addresses, parser, and how its files are recognised."""

    name: str
    title: str
    publisher: str
    url: str
    licence: str
    citation: str
    table: str
    """Table of publishers' rows that it is parsed into."""
    cadence_days: int
    """Days between two releases."""
    lag_days: int
    """Days after the end of a month (or year) until the publisher's rows about it are out."""
    redistribute: bool
    """Whether numbers computed from it may travel in the starter panel."""
    format_seen: str
    """When and where the publisher's format was last verified."""
    parse: Callable[[bytes, str], Parsed]
    """Parses a file's bytes, given its name; raises SourceError where the file cannot be used."""
    columns: frozenset[str] = frozenset()
    """Columns by which a file of this source is recognised."""
    other_columns: tuple[frozenset[str], ...] = ()
    """The same for the publisher's other layouts."""
    filename: re.Pattern[str] | None = None
    """Pattern of the names of its files, where they have no header or one that others share."""
    increments: re.Pattern[str] | None = None
    """Pattern of the names of files that add their own period to the earlier ones instead of replacing them."""
    addresses: tuple[str, ...] = ()
    """URLs that `plan` requests, lists first."""
    address_seen: str = ""
    """When and where the addresses were last verified, or why there is none."""
    plan: Callable[[Publisher], Iterable[Download]] | None = None
    """Lists the files to download; None for a file that somebody else has compiled."""
    credentials: tuple[str, ...] = ()
    """Names of the settings without which the source is off."""
    sign_in: Callable[[Publisher], dict[str, str]] | None = None
    """Exchanges the credentials for request headers."""
    revision: RevisionTolerance = RevisionTolerance()
    """Revisions beyond which a new vintage is quarantined."""
    known_release: str = ""
    """Newest yearly release whose format was verified; a newer one is quarantined until it is accepted."""
    codes: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """Publisher's columns of a code and of its meaning; a code whose meaning changes quarantines the vintage."""

    def family(self, filename: str) -> str:
        """Return the series of files in which each replaces the one before: the file name without digits."""
        if self.increments and self.increments.search(filename):
            return filename
        return re.sub(r"\d", "", filename)


def release_order(vintage: str) -> tuple[int, ...]:
    """Return a sort key that orders releases by age: 21.1, 23.0.10, 24.1; "to 2023-10" ranks as the monthly 23.0.10."""
    numbers = [int(n) for n in re.findall(r"\d+", vintage)]
    numbers = [n - 2000 if n >= 1900 else n for n in numbers]
    return (numbers[0], 0, *numbers[1:]) if vintage.startswith("to ") else tuple(numbers)
