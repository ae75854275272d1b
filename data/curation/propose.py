"""Candidate episodes of the months under review, episodes that ask to be confirmed, and where no feed could propose any."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data import calendar
from data.catalogue import catalogue_known_to, is_open
from data.contracts.forecasts import KINDS
from data.curation.catalogue_files import CATALOGUE, COLUMNS, KNOWN_TO, finish_interrupted
from data.curation.evidence import Evidence, Signal, signals
from data.panel.episode_extension import QUIET_MONTHS
from data.panel.panel import Panel
from data.reference_tables import FOLDER, in_force, read_capitals, read_episodes, states

NEW, OPEN = "new", "open"
PROPOSED = ("candidate", "status", *COLUMNS, "signals", "panel_rows", "overlaps", "under_review", "decision")
"""Columns of the file of candidates: those of the catalogue, what supports them, and `decision`, left empty."""
_CONFIDENCES = ("PT", "M", "L")


@dataclass(frozen=True)
class Proposal:
    """Candidates of a span of months."""

    first: pd.Timestamp
    last: pd.Timestamp
    candidates: pd.DataFrame
    """Text under `PROPOSED`, open episodes first."""
    reach: pd.DataFrame
    """By signal: kinds, tables, newest month reached, and capitals for which it could propose nothing in some, and in any month."""
    unseen: tuple[str, ...]
    """Kinds that no feed shows."""
    capitals: int


def propose(
    panel: Panel,
    tables: Path,
    first: pd.Timestamp | None = None,
    last: pd.Timestamp | None = None,
    folder: Path = FOLDER,
) -> Proposal:
    """Return the candidate episodes of the months under review.

    Args:
        panel: the compiled panel.
        tables: its folder, whose tables name the source of each row.
        first: first month; by default the one after the catalogue's known-to month.
        last: last month, included; by default the newest origin.
        folder: where the catalogue and its known-to month lie.

    Raises:
        ValueError: The span is empty or leaves the panel.
    """
    finish_interrupted(folder)
    known_to = catalogue_known_to(folder / KNOWN_TO)
    since = calendar.as_of(known_to) if first is None else first
    until = calendar.month_at(panel.last) if last is None else last
    a, b = calendar.month_index(since), calendar.month_index(until)
    if not 0 <= a <= b <= panel.last:
        raise ValueError(
            f"nothing to review from {since:%Y-%m} to {until:%Y-%m}: the catalogue is known to {known_to:%Y-%m} and the panel "
            f"ends in {calendar.month_at(panel.last):%Y-%m}; choose --from and --to inside, or ingest newer data"
        )
    found = signals(panel, a, b)
    catalogue = read_episodes(folder / CATALOGUE)
    published = set(states()["iso3"])
    by_kind: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for evidence in (e for signal in found for e in signal.months if e.iso3 in published):
        by_kind[evidence.iso3, evidence.kind].append(evidence)
    sources = _Sources(tables)
    going_on = catalogue[is_open(catalogue) & (catalogue["start"] <= until)]
    rows = [_open(row, by_kind, sources) for _, row in going_on.iterrows()]
    rows += _new(by_kind, catalogue, sources)
    span = f"{since:%Y-%m}..{until:%Y-%m}"
    candidates = pd.DataFrame([row | {"under_review": span, "decision": ""} for row in rows], columns=list(PROPOSED))
    units = np.isin(panel.iso3, list(published))
    shown = {kind for signal in found for kind in signal.kinds}
    return Proposal(
        since,
        until,
        candidates.astype(str),
        _reach(found, units, a, b),
        tuple(kind for kind in KINDS if kind not in shown),
        int(units.sum()),
    )


class _Sources:
    """Publishers of the rows of a panel's tables."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables: dict[str, pd.DataFrame] = {}

    def of(self, evidence: Evidence) -> str:
        """Return the sources of a row of the panel, such as `ucdp_ged`."""
        if evidence.table not in self._tables:
            path = self._folder / f"{evidence.table}.parquet"
            self._tables[evidence.table] = pd.read_parquet(path, columns=["iso3", "month", "source"])
        table = self._tables[evidence.table]
        rows = table[(table["iso3"] == evidence.iso3) & (table["month"] == evidence.month)]
        return ", ".join(sorted(rows["source"].unique()))


def _open(row: pd.Series, by_kind: dict[tuple[str, str], list[Evidence]], sources: _Sources) -> dict[str, str]:
    """Return an episode that is going on as a row that asks to be confirmed, with what the feeds show of its kind."""
    support = [e for e in by_kind.get((row["iso3"], row["kind"]), []) if e.month >= row["start"]]
    seen = "; ".join(_sentence(e, sources) for e in support)
    return {
        "candidate": f"{row['iso3']} {row['kind']} {row['start']:%Y-%m}..",
        "status": OPEN,
        "iso3": row["iso3"],
        "capital": row["capital"],
        "start": f"{row['start']:%Y-%m}",
        "end": "",
        "kind": row["kind"],
        "confidence": row["confidence"],
        "reason": row["reason"],
        "last_confirmed": f"{row['last_confirmed']:%Y-%m}",
        "evidence": "; ".join(part for part in (row["evidence"], seen) if part),
        **_links(support),
        "overlaps": "",
    }


def _new(
    by_kind: dict[tuple[str, str], list[Evidence]], catalogue: pd.DataFrame, sources: _Sources
) -> list[dict[str, str]]:
    """Return runs of months with evidence of one kind in one capital that no episode of the kind covers."""
    seats = read_capitals()
    rows = []
    for (iso3, kind), months in sorted(by_kind.items()):
        ends = catalogue["end"].where(~is_open(catalogue), pd.Timestamp.max)
        own = catalogue.assign(until=ends)[catalogue["iso3"] == iso3]
        same = own[own["kind"] == kind]
        left = [e for e in months if not ((same["start"] <= e.month) & (same["until"] >= e.month)).any()]
        at = [calendar.month_index(e.month) for e in left]
        for first, last in calendar.runs(at, QUIET_MONTHS.get(kind, 0)) if at else []:
            run = [e for e, index in zip(left, at, strict=True) if first <= index <= last]
            rows.append(_candidate(run, own, seats, sources))
    return rows


def _candidate(run: list[Evidence], own: pd.DataFrame, seats: pd.DataFrame, sources: _Sources) -> dict[str, str]:
    ordered = sorted(run, key=lambda e: (_CONFIDENCES.index(e.confidence), e.month))
    best, first, last = ordered[0], min(e.month for e in run), max(e.month for e in run)
    spells = seats[seats["iso3"] == best.iso3].assign(month=first)
    meets = own[(own["start"] <= last + pd.DateOffset(months=1)) & (own["until"] >= first - pd.DateOffset(months=1))]
    return {
        "candidate": f"{best.iso3} {best.kind} {first:%Y-%m}..{last:%Y-%m}",
        "status": NEW,
        "iso3": best.iso3,
        "capital": str(spells.loc[in_force(spells), "capital"].iloc[0]),
        "start": f"{first:%Y-%m}",
        "end": f"{last:%Y-%m}",
        "kind": best.kind,
        "confidence": best.confidence,
        "reason": f"{best.month:%Y-%m}: {best.numbers}",
        "last_confirmed": "",
        "evidence": "; ".join(_sentence(e, sources) for e in sorted(run, key=lambda e: e.month)),
        **_links(run),
        "overlaps": "; ".join(f"{e.kind} {e.start:%Y-%m}..{_end(e.until)}" for e in meets.itertuples()),
    }


def _end(until: pd.Timestamp) -> str:
    return "" if until == pd.Timestamp.max else f"{until:%Y-%m}"


def _sentence(evidence: Evidence, sources: _Sources) -> str:
    return f"{evidence.month:%Y-%m} {evidence.signal}: {evidence.numbers} ({sources.of(evidence)})"


def _links(run: list[Evidence]) -> dict[str, str]:
    places = [f"{e.table}[iso3={e.iso3}, month={e.month:%Y-%m}]: {e.columns}" for e in run]
    return {
        "signals": "; ".join(dict.fromkeys(e.signal for e in run)),
        "panel_rows": " | ".join(dict.fromkeys(places)),
    }


def _reach(found: list[Signal], units: np.ndarray, first: int, last: int) -> pd.DataFrame:
    rows = []
    for signal in found:
        reached = signal.reached[units]
        months = np.flatnonzero(reached.any(axis=0))
        inside = reached[:, first : last + 1]
        rows.append(
            {
                "signal": signal.name,
                "kinds": ", ".join(signal.kinds),
                "tables": ", ".join(signal.tables),
                "newest_month": f"{calendar.month_at(int(months[-1])):%Y-%m}" if len(months) else "",
                "capitals_without_some_month": int((~inside.all(axis=1)).sum()),
                "capitals_without_any_month": int((~inside.any(axis=1)).sum()),
            }
        )
    return pd.DataFrame(rows)
