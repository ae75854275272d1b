"""Freshness of the inputs in use: the newest month of each kind in the panel, its age, and the checks the champion fails."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data import calendar
from data.panel.panel import Panel
from data.panel.view import NOTHING, as_of
from data.reference_tables import states
from data.tables.registry import panel_tables
from serving.queries import wording
from serving.served_publication import ServedPublication

KINDS = {
    "episodes": "catalogue of episodes",
    "capital": "deaths near the capital",
    "countries": "deaths by country",
    "rings": "attacks around the capital",
    "corridors": "attacks on supply roads",
    "coups": "coups",
    "prices": "prices",
    "media": "news media",
    "economy": "economy",
    "regime": "political regime",
}
"""Panel table -> the kind of input it is, in words; the catalogue first, as what has happened is known from it alone."""


@dataclass(frozen=True)
class InputStatus:
    """How far one kind of input reaches at an origin."""

    table: str
    label: str
    newest_month: pd.Timestamp | None
    """The newest month of any capital; None where there is none."""
    age_months: int | None
    """Months from then to the origin."""
    expected_age_months: int
    """Age when every feed is on time."""
    max_age_months: int
    """Age beyond which the input is not used."""
    late: int
    """Capitals whose newest month is older than expected and still stands in."""
    missing: int
    """Capitals of which nothing is known, or nothing young enough to be used."""
    of: int

    @property
    def state(self) -> str:
        """on time, in part, late or missing: in part where it is late or missing for less than half of the capitals."""
        if not self.late + self.missing:
            return "on time"
        if 2 * (self.late + self.missing) < self.of:
            return "in part"
        return "missing" if self.missing > self.late else "late"


@dataclass(frozen=True)
class DataStatus:
    """Freshness of every kind of input at an origin, and the checks the champion fails."""

    origin: pd.Timestamp
    known_to: pd.Timestamp
    """Month up to which the catalogue of episodes is reviewed, at most the origin."""
    inputs: tuple[InputStatus, ...]
    failed_checks: tuple[str, ...]

    @property
    def behind(self) -> int:
        """Number of kinds of input that are late or missing for some capital."""
        return sum(bool(one.late + one.missing) for one in self.inputs)


def data_status(served: ServedPublication, origin: pd.Timestamp | None = None, iso3: str = "") -> DataStatus:
    """Return the freshness of the inputs of a publication.

    Args:
        served: The publication.
        origin: Origin inside the panel; by default the newest.
        iso3: Code of a state, for its own inputs; empty for those of every capital.
    """
    chosen = served.newest_origin if origin is None else origin
    return served.views.get_or_compute(
        ("data_status", chosen, iso3),
        lambda: panel_status(served.panel, chosen, served.publication.info.failed_checks, iso3),
    )


def panel_status(panel: Panel, origin: pd.Timestamp, failed_checks: Sequence[str] = (), iso3: str = "") -> DataStatus:
    """Return the freshness of a panel's inputs at an origin; see `data_status`."""
    view = as_of(panel, origin)
    members = panel.members(origin) & panel.units["iso3"].isin([iso3] if iso3 else list(states()["iso3"])).to_numpy()
    inputs = [_input(table, view.newest(table)[members], view.index) for table in KINDS]
    known_to = calendar.month_at(min(panel.known_to, view.index))
    return DataStatus(origin, known_to, tuple(inputs), tuple(failed_checks))


def sentences(status: DataStatus) -> list[str]:
    """Return the banner as sentences: how many kinds of input are late, each with its month and age, then the failed checks."""
    return [headline(status), *(f"{one.label}: {reach(one)}" for one in status.inputs), *failed(status)]


def headline(status: DataStatus) -> str:
    """Return the first sentence of the banner: how many kinds of input are not on time."""
    whole, behind = len(status.inputs), status.behind
    if not behind:
        return f"All {whole} kinds of input are on time at the end of {wording.month(status.origin)}."
    which = "One kind" if behind == 1 else f"{behind} kinds"
    return f"{which} of {whole} of input {'is' if behind == 1 else 'are'} late or missing at the end of {wording.month(status.origin)}; what nobody has reported counts as unknown, not as peace."


def paragraph(status: DataStatus) -> str:
    """Return the banner as one paragraph, for print: "Data in use: coups to Dec 2025 (10 mo., late); ..."."""
    parts = []
    for one in status.inputs:
        word = "" if one.state == "on time" else f", {one.state}"
        month = "none" if one.newest_month is None else f"to {one.newest_month:%b %Y} ({one.age_months} mo.{word})"
        parts.append(f"{one.label} {month}")
    return " ".join([f"Data in use: {'; '.join(parts)}.", *failed(status)])


def failed(status: DataStatus) -> list[str]:
    """Return the sentence on the checks the champion fails; none where it fails none."""
    if not status.failed_checks:
        return []
    return [f"The model in use fails checks of its own: {wording.listing(map(_check, status.failed_checks))}."]


def reach(one: InputStatus) -> str:
    """Return how far an input reaches: "to May 2026, 5 months old, late for 150 and missing for 47 of 197 capitals"."""
    if one.newest_month is None or one.age_months is None:
        return "nothing reported" if one.of == 1 else f"nothing reported for any of {one.of} capitals"
    age = "this month's" if one.age_months == 0 else f"{wording.months(one.age_months)} old"
    return f"to {wording.month(one.newest_month)}, {age}, {_for_capitals(one)}"


def _for_capitals(one: InputStatus) -> str:
    if one.of == 1:
        return {"missing": "too old to be used", "late": "late"}.get(one.state, "on time")
    for word, count in (("late", one.late), ("missing", one.missing)):
        if count == one.of:
            return f"{word} for all {one.of} capitals"
    counts = [f"{word} for {count}" for word, count in (("late", one.late), ("missing", one.missing)) if count]
    return f"{wording.listing(counts)} of {one.of} capitals" if counts else "on time"


def _check(name: str) -> str:
    return name.replace("_", " ")


def _input(table: str, newest: np.ndarray[tuple[int, ...], np.dtype[np.int64]], index: int) -> InputStatus:
    described, known = panel_tables()[table], newest > NOTHING
    age = index - newest
    missing = ~known | (age > described.max_age_months)
    late = ~missing & (age > described.expected_age_months)
    month = int(newest.max()) if known.any() else None
    return InputStatus(
        table=table,
        label=KINDS[table],
        newest_month=None if month is None else calendar.month_at(month),
        age_months=None if month is None else index - month,
        expected_age_months=described.expected_age_months,
        max_age_months=described.max_age_months,
        late=int(late.sum()),
        missing=int(missing.sum()),
        of=len(newest),
    )
