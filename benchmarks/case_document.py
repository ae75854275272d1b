"""Sections of docs/cases.md: their tables, and the check of their prose against the backtest."""

import re
from dataclasses import dataclass

import pandas as pd

from benchmarks.markdown import table as markdown_table
from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.settings import REPOSITORY
from serving.cli.case import table
from training.evaluation.alarms import QUIET_MONTHS, SustainedFalseAlarm
from training.explanation.case_study import Case
from training.models.registry import methods
from training.tracking.code_version import commit

DOCUMENT = REPOSITORY / "docs" / "cases.md"


LISTED = 20
"""An onset counts as seen where the capital ranked among these at the last origin before it; `chokepoint risks` lists as many."""


YEARS_AROUND = 24


@dataclass(frozen=True)
class DocumentedCase:
    """A case of the document: capital, span of origins, and the origins of its table."""

    iso3: str
    first: str
    last: str
    origins: tuple[str, ...]


def false_alarm_case(alarm: SustainedFalseAlarm) -> DocumentedCase:
    """Return the case of a false alarm: two years on each side, and every third of its origins."""
    first, last = calendar.month_index(alarm.first), calendar.month_index(alarm.last)
    shown = [calendar.month_at(i) for i in (first - QUIET_MONTHS, first, first + 3, first + 6, first + 9, last)]
    around = [calendar.month_at(i) for i in (first - YEARS_AROUND, last + YEARS_AROUND)]
    return DocumentedCase(
        alarm.iso3, *(f"{month:%Y-%m}" for month in around), tuple(f"{month:%Y-%m}" for month in shown)
    )


def outcome_sentence(case: Case, origin: pd.Timestamp) -> str:
    """Return the outcome within twelve months of an origin, or the episodes going on."""
    episodes = case.episodes[case.episodes["kind"].isin(TARGETS["disruption"])]
    ongoing = episodes[(episodes["start"] <= origin) & (episodes["end"] >= origin)]
    if len(ongoing):
        return "going on: " + ", ".join(ongoing["kind"].str.replace("_", " "))
    for onset, kinds in case.onsets().items():
        if 0 < calendar.month_index(onset) - calendar.month_index(origin) <= QUIET_MONTHS:
            return f"{', '.join(kinds).replace('_', ' ')} in {onset:%Y-%m}"
    return "nothing within twelve months"


def origins_table(case: Case, origins: tuple[str, ...]) -> str:
    """Return the risks and ranks at the named origins as Markdown."""
    months = [calendar.parse_month(origin) for origin in origins]
    header, *lines = table(case, months)
    rows = [[header[0], "what followed", *header[1:]]]
    rows += [[line[0], outcome_sentence(case, month), *line[1:]] for month, line in zip(months, lines, strict=True)]
    return markdown_table(rows)


def seen_table(case: Case) -> str:
    """Return risk and rank at the last origin before each onset, as Markdown."""
    lines = [["onset", "target", "began with", *(f"risk (rank), {h} m" for h in case.horizons), "seen"]]
    longest = case.horizons[-1]
    for row in case.before_onsets().sort_values(["onset", "target"]).to_dict("records"):
        risks = [f"{100 * row[f'risk_{h}m']:.1f} ({row[f'rank_{h}m']:.0f})" for h in case.horizons]
        seen = "yes" if row[f"rank_{longest}m"] <= LISTED else "**no**"
        lines.append([f"{row['onset']:%Y-%m}", row["target"], row["kinds"].replace("_", " "), *risks, seen])
    return markdown_table(lines) if len(lines) > 1 else "No onset in this span of origins."


def generated_block(name: str, case: Case, documented: DocumentedCase, before: str = "") -> str:
    """Return the generated part of a section: figure, onsets with their last forecasts, and the chosen origins."""
    picture = f"![{case.capital}, origins {documented.first} to {documented.last}](cases/{name}.png)"
    parts = [picture, before, seen_table(case), origins_table(case, documented.origins)]
    return "\n\n".join(part for part in parts if part)


def alarm_sentence(alarm: SustainedFalseAlarm) -> str:
    """Return a sentence with the evidence that a span is a false alarm."""
    quiet_until = calendar.month_at(calendar.month_index(alarm.last) + QUIET_MONTHS)
    return (
        f"Origins {alarm.first:%Y-%m} to {alarm.last:%Y-%m}: mean 12-month risk of disruption {100 * alarm.mean_risk:.1f} %, "
        f"and no onset until after {quiet_until:%Y-%m}."
    )


def require_sections(text: str, names: list[str]) -> None:
    """Raise ValueError where the document's sections are not those of the cases: prose about another capital would stay."""
    present = re.findall(r"^<!-- ([a-z][a-zA-Z0-9-]*) -->$", text, re.M)
    expected = ["stamp", "summary", *names]
    missing, left = sorted(set(expected) - set(present)), sorted(set(present) - set(expected))
    if missing or left:
        raise ValueError(
            f"{DOCUMENT.name}: sections missing: {', '.join(missing) or 'none'}; sections of no case: {', '.join(left) or 'none'}. "
            "Write a paragraph for each missing one around <!-- name --> and <!-- /name -->, remove the others, and run again"
        )


def section(text: str, name: str) -> str:
    """Return the section of a document that holds the block of a case, with its heading."""
    (matching,) = [part for part in re.split(r"^(?=## )", text, flags=re.M) if f"<!-- {name} -->" in part]
    return matching


def heading(text: str, name: str) -> str:
    """Return the heading of a case's section."""
    return section(text, name).splitlines()[0].removeprefix("## ")


def contradictions(prose: str, case: Case) -> list[str]:
    """Return the claims of a section that the backtest contradicts.

    Beside each claim stands a comment: `<!-- says missed seizure 2012-03 -->` (or `seen`) of an onset, and
    `<!-- says fell seizure 2020-09 2021-04 -->` (or `rose`) of the risk at the longest horizon from one origin to another.
    """
    longest = case.horizons[-1]
    ranks = {
        (r["target"], f"{r['onset']:%Y-%m}"): r[f"rank_{longest}m"] for r in case.before_onsets().to_dict("records")
    }
    refuted = []
    for claim, target, onset in re.findall(r"<!-- says (seen|missed) (\w+) (\d{4}-\d{2}) -->", prose):
        rank = ranks.get((target, onset), float("nan"))
        if not (rank <= LISTED if claim == "seen" else rank > LISTED):
            refuted.append(f"{claim} {target} {onset}, got rank {rank:.0f}")
    for claim, target, *ends in re.findall(r"<!-- says (rose|fell) (\w+) (\d{4}-\d{2}) (\d{4}-\d{2}) -->", prose):
        before, after = case.line(target, longest)["risk"].reindex([calendar.parse_month(end) for end in ends])
        if not (after > before if claim == "rose" else after < before):
            refuted.append(f"{claim} {target} {' to '.join(ends)}, got {before:.3f} to {after:.3f}")
    return refuted


def onset_counts(case: Case) -> list[str]:
    """Return the numbers of onsets and of seen onsets, of disruption and of its parts."""
    before = case.before_onsets()
    seen = before[f"rank_{case.horizons[-1]}m"] <= LISTED
    whole = before["target"] == "disruption"
    return [str(int(n)) for n in (whole.sum(), (whole & seen).sum(), (~whole).sum(), (~whole & seen).sum())]


def backtest_sentence(rows: pd.DataFrame, panel: panels.Panel) -> str:
    """Return a sentence with the provenance of the backtest."""
    first = rows.iloc[0]
    same = first["data_vintage"] == panel.vintage
    inputs = "" if same else f", inputs drawn from `{panel.vintage}`"
    return (
        f"Backtest of {first['issued_at']:%Y-%m-%d} ({methods()[first['model']].title}) on data `{first['data_vintage']}`{inputs}, "
        f"drawn at commit `{commit()}`: `make forecast && .venv/bin/python benchmarks/write_cases.py` makes all of it again."
    )
