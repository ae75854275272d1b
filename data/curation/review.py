"""Decisions on candidate episodes: their checks, and the catalogue they make."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from data import calendar
from data.catalogue import catalogue_known_to
from data.contracts.forecasts import KINDS
from data.curation.catalogue_files import (
    COLUMNS,
    KNOWN_TO,
    CatalogueLines,
    Row,
    finish_interrupted,
    key,
    read_lines,
    require_valid,
    write_both,
)
from data.curation.propose import NEW, OPEN, PROPOSED
from data.reference_tables import FOLDER, read_capitals

DECISIONS = {NEW: ("yes", "no", "edit"), OPEN: ("confirm", "end")}
"""Decisions on a new candidate and on an episode that is going on."""
CONFIDENCES = ("H", "M", "L", "PT")


@dataclass
class ReviewResult:
    """Changes of a review: names of candidates by what became of them."""

    known_to: str
    changes: dict[str, list[str]] = field(
        default_factory=lambda: {"added": [], "changed": [], "rejected": [], "confirmed": [], "ended": []}
    )

    def summary(self) -> str:
        """Return the changes in a sentence."""
        counts = ", ".join(f"{len(names)} {what}" for what, names in self.changes.items())
        return f"{counts}; known to {self.known_to}"


class ReviewError(ValueError):
    """A review that cannot be applied; the message has a line for each row, with what to do."""


def read_decisions(path: Path) -> list[Row]:
    """Return the rows of a file of candidates.

    Raises:
        ValueError: It lacks columns.
    """
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in PROPOSED if column not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(
                f"{path.name} lacks the columns {', '.join(missing)}; write it with `chokepoint episodes propose --out`"
            )
        return [{column: (row[column] or "").strip() for column in PROPOSED} for row in reader]


def write_decisions(path: Path, rows: list[Row]) -> None:
    """Write rows of candidates as CSV."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, PROPOSED, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def review(rows: list[Row], known_to: pd.Timestamp, folder: Path = FOLDER, note: str = "") -> ReviewResult:
    """Apply decisions to the catalogue and move its known-to month; both files change, or neither.

    Args:
        rows: candidates with their `decision`, under `PROPOSED`.
        known_to: month up to which the catalogue is complete from now on; the present one to correct months before it.
        folder: where the catalogue and its known-to month lie.
        note: what was read for the review; by default a count of the decisions.

    Raises:
        ReviewError: A decision or the month cannot be applied; nothing has changed.
    """
    finish_interrupted(folder)
    month, before = f"{known_to:%Y-%m}", catalogue_known_to(folder / KNOWN_TO)
    if known_to < before:
        raise ReviewError(f"known-to month {month} goes backwards from {before:%Y-%m}; give that month or a later one")
    if calendar.month_index(known_to) >= calendar.month_index(pd.Timestamp(calendar.now()).tz_localize(None)):
        raise ReviewError(f"known-to month {month} is not over yet; give the last complete month or an earlier one")
    catalogue, result = read_lines(folder), ReviewResult(month)
    problems = (_missing(rows, catalogue) if known_to > before else []) + _duplicates(rows)
    for number, row in enumerate(rows, 2):
        problem = _problem(row, catalogue, month, f"{before:%Y-%m}")
        if problem:
            problems.append(f"line {number}, {_name(row)}: {problem}")
    if problems:
        raise ReviewError("\n".join(["the catalogue was not changed", *problems]))
    for row in rows:
        catalogue = _apply(row, catalogue, month, result)
    text = catalogue.text()
    try:
        require_valid(text)
    except ValueError as error:
        raise ReviewError(f"the catalogue was not changed\n{error}") from error
    write_both(folder, text, month, note or f"Reviewed after {before:%Y-%m}: {result.summary()}.")
    return result


def _missing(rows: list[Row], catalogue: CatalogueLines) -> list[str]:
    decided = {key(row) for row in rows if row["status"] == OPEN}
    going_on = [k for k, row in catalogue.rows.items() if row["last_confirmed"]]
    return [
        f"{' '.join(k)}.. is going on and has no row; propose again, or add its row with `confirm` or `end`"
        for k in going_on
        if k not in decided
    ]


def _duplicates(rows: list[Row]) -> list[str]:
    accepted = [key(row) for row in rows if row["decision"] in ("yes", "edit")]
    return [
        f"{' '.join(k)} is decided twice; keep one row" for k in sorted({k for k in accepted if accepted.count(k) > 1})
    ]


def _problem(row: Row, catalogue: CatalogueLines, known_to: str, before: str) -> str:
    """Return what keeps a row from being applied and what to do; empty where nothing does."""
    status, decision = row["status"], row["decision"]
    if status not in DECISIONS:
        return f"status {status!r} is neither `new` nor `open`; restore it from the proposal"
    allowed = ", ".join(DECISIONS[status])
    if not decision:
        return f"undecided; write one of {allowed} into the column `decision`"
    if decision not in DECISIONS[status]:
        return f"decision {decision!r} is unknown for a row that is {status}; write one of {allowed}"
    last = row["under_review"].split("..")[-1]
    if known_to > max(last, before):
        return f"the file proposes candidates up to {last} only; propose up to {known_to}, or give --known-to {last}"
    if decision == "no":
        return ""
    return _faulty_field(row) or (_faulty_open if status == OPEN else _faulty_new)(row, catalogue, known_to)


def _faulty_field(row: Row) -> str:
    spells = read_capitals()
    seats = sorted(set(spells.loc[spells["iso3"] == row["iso3"], "capital"]))
    if row["capital"] not in seats:
        return f"{row['iso3']!r} has no seat {row['capital']!r}; " + (
            f"write {' or '.join(seats)}" if seats else "write the ISO3 code of a state"
        )
    if row["kind"] not in KINDS:
        return f"kind {row['kind']!r} is unknown; write one of {', '.join(KINDS)}"
    if row["confidence"] not in CONFIDENCES:
        return f"confidence {row['confidence']!r} is unknown; write one of {', '.join(CONFIDENCES)}"
    for column in ("reason", "evidence"):
        if not row[column] or "\n" in row[column]:
            return f"`{column}` is empty or has several lines; say in one line " + (
                "what happened" if column == "reason" else "what it rests on: a source, a link, a row of the panel"
            )
    for column in ("start", "end", "last_confirmed"):
        if row[column]:
            try:
                calendar.parse_month(row[column])
            except ValueError as error:
                return f"`{column}`: {error}"
    return ""


def _faulty_open(row: Row, catalogue: CatalogueLines, known_to: str) -> str:
    if not catalogue.rows.get(key(row), {}).get("last_confirmed"):
        return "the catalogue has no such episode going on; iso3, kind and start name it and are not edited here"
    if row["decision"] == "end" and not row["start"] <= row["end"] <= known_to:
        return f"`end` is {row['end'] or 'empty'}; write its last month, from {row['start']} to {known_to}"
    return ""


def _faulty_new(row: Row, catalogue: CatalogueLines, known_to: str) -> str:
    if not row["start"] or not row["start"] <= row["end"]:
        return f"it ends ({row['end'] or 'empty'}) before it starts ({row['start'] or 'empty'}); correct the months"
    if row["end"] > known_to:
        return f"it ends after the known-to month {known_to}; edit `end`, or review up to {row['end']}"
    if row["last_confirmed"] and not row["last_confirmed"] == row["end"] == known_to:
        return f"an episode going on has `end` and `last_confirmed` {known_to}; one that has ended leaves it empty"
    if row["decision"] == "yes" and row["candidate"] != f"{row['iso3']} {row['kind']} {row['start']}..{row['end']}":
        return "its months, kind or country differ from the candidate; decide `edit`"
    if row["decision"] == "yes" and key(row) in catalogue.rows:
        return "the catalogue has an episode of this kind and start; decide `edit` to replace it, or `no`"
    touched = _touched(row, catalogue)
    if touched:
        return (
            f"it touches {touched['kind']} {touched['start']}..{touched['end']}, and episodes of one kind are one row; decide "
            f"`edit` with start {touched['start']} to lengthen that row, or `no`"
        )
    return ""


def _name(row: Row) -> str:
    """Return the candidate of a row, or where a reviewer added it what it would be."""
    return row["candidate"] or f"{row['iso3']} {row['kind']} {row['start']}..{row['end']}"


def _touched(row: Row, catalogue: CatalogueLines) -> Row | None:
    """Return another episode of the kind that a row meets or follows at once."""
    first, last = (calendar.month_index(calendar.parse_month(row[edge])) for edge in ("start", "end"))
    for other in catalogue.rows.values():
        if (other["iso3"], other["kind"]) == (row["iso3"], row["kind"]) and other["start"] != row["start"]:
            begun, ended = (calendar.month_index(calendar.parse_month(other[edge])) for edge in ("start", "end"))
            if begun <= last + 1 and first <= ended + 1:
                return other
    return None


def _apply(row: Row, catalogue: CatalogueLines, known_to: str, result: ReviewResult) -> CatalogueLines:
    decision, own, name = row["decision"], {column: row[column] for column in COLUMNS}, _name(row)
    if decision == "no":
        result.changes["rejected"].append(name)
        return catalogue
    if decision == "confirm":
        result.changes["confirmed"].append(name)
        return catalogue.with_row(own | {"end": known_to, "last_confirmed": known_to}, key(row))
    if decision == "end":
        result.changes["ended"].append(name)
        return catalogue.with_row(own | {"last_confirmed": ""}, key(row))
    replaced = key(row) in catalogue.rows
    result.changes["changed" if replaced else "added"].append(name)
    return catalogue.with_row(own, key(row) if replaced else None)
