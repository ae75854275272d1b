"""Draw the figures of docs/cases.md from the last backtest and fill in its numbers.

Run after `make forecast`: `.venv/bin/python benchmarks/write_cases.py`. The prose stays as it is: it names no figure.
"""

import re
from dataclasses import dataclass

import pandas as pd

from benchmarks.markdown import fill_section
from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.settings import REPOSITORY
from serving.cli.case import table
from training.evaluation.alarms import QUIET_MONTHS, SustainedFalseAlarm, sustained_false_alarms
from training.evaluation.backtest_table import read_champion_rows
from training.explanation.case_study import Case
from training.explanation.read_case import read_case
from training.figures.case_study import draw, save
from training.models.registry import methods
from training.studies.run_case import HORIZONS
from training.tracking.code_version import commit

DOCUMENT = REPOSITORY / "docs" / "cases.md"
LISTED = 20
"""An onset counts as seen where the capital was among so many at the last origin before it: what `chokepoint risks` prints."""
FALSE_ALARMS_FROM, FALSE_ALARMS_TO = pd.Timestamp("2010-01-01"), pd.Timestamp("2023-12-01")
YEARS_AROUND = 24


@dataclass(frozen=True)
class Told:
    """A case of the document: whose, over which origins, and the origins of its table."""

    iso3: str
    first: str
    last: str
    origins: tuple[str, ...]


CASES = {
    "bamako-2012": Told(
        "MLI", "2009-01", "2014-12", ("2011-03", "2011-12", "2012-02", "2012-03", "2012-06", "2013-03")
    ),
    "bamako-2020": Told(
        "MLI", "2018-01", "2022-12", ("2019-06", "2020-03", "2020-06", "2020-09", "2021-04", "2021-06")
    ),
    "bamako-2025": Told(
        "MLI",
        "2022-01",
        "2026-10",
        ("2023-08", "2024-02", "2024-08", "2025-02", "2025-08", "2025-09", "2026-03", "2026-10"),
    ),
    "khartoum-2023": Told(
        "SDN", "2017-01", "2025-12", ("2018-03", "2021-08", "2022-03", "2022-12", "2023-03", "2023-06", "2025-06")
    ),
    "kabul-2021": Told(
        "AFG", "2012-01", "2024-12", ("2014-04", "2015-04", "2018-07", "2020-07", "2021-04", "2021-07", "2021-09")
    ),
    "port-au-prince-2021-24": Told(
        "HTI",
        "2017-01",
        "2026-10",
        ("2018-06", "2020-04", "2021-03", "2021-06", "2021-09", "2022-03", "2022-08", "2024-01", "2026-10"),
    ),
    "kathmandu-2015": Told("NPL", "2012-01", "2017-12", ("2014-08", "2015-05", "2015-08", "2015-09", "2016-03")),
    "colombo-2022": Told(
        "LKA", "2018-01", "2024-12", ("2019-04", "2021-02", "2021-12", "2022-02", "2022-04", "2022-08")
    ),
    "kyiv-2022": Told("UKR", "2012-01", "2024-12", ("2013-12", "2014-03", "2021-01", "2021-11", "2022-01", "2022-05")),
}


def told_of(alarm: SustainedFalseAlarm) -> Told:
    """Return the case of a false alarm: two years on each side, and every third of its origins."""
    first, last = calendar.month_index(alarm.first), calendar.month_index(alarm.last)
    shown = [calendar.month_at(i) for i in (first - QUIET_MONTHS, first, first + 3, first + 6, first + 9, last)]
    around = [calendar.month_at(i) for i in (first - YEARS_AROUND, last + YEARS_AROUND)]
    return Told(alarm.iso3, *(f"{month:%Y-%m}" for month in around), tuple(f"{month:%Y-%m}" for month in shown))


def next_onset(case: Case, origin: pd.Timestamp) -> str:
    """Say what followed an origin within twelve months, or what was going on."""
    own = case.episodes[case.episodes["kind"].isin(TARGETS["disruption"])]
    now = own[(own["start"] <= origin) & (own["end"] >= origin)]
    if len(now):
        return "going on: " + ", ".join(now["kind"].str.replace("_", " "))
    for onset, kinds in case.onsets().items():
        if 0 < calendar.month_index(onset) - calendar.month_index(origin) <= QUIET_MONTHS:
            return f"{', '.join(kinds).replace('_', ' ')} in {onset:%Y-%m}"
    return "nothing within twelve months"


def origins_table(case: Case, origins: tuple[str, ...]) -> str:
    """Return the risks and ranks at the named origins as Markdown."""
    months = [calendar.parse_month(origin) for origin in origins]
    header, *lines = table(case, months)
    rows = [[header[0], "what followed", *header[1:]]]
    rows += [[line[0], next_onset(case, month), *line[1:]] for month, line in zip(months, lines, strict=True)]
    return markdown(rows)


def seen_table(case: Case) -> str:
    """Return what the last origin before each onset said of it, as Markdown."""
    lines = [["onset", "target", "began with", *(f"risk (rank), {h} m" for h in case.horizons), "seen"]]
    longest = case.horizons[-1]
    for row in case.before_onsets().sort_values(["onset", "target"]).to_dict("records"):
        risks = [f"{100 * row[f'risk_{h}m']:.1f} ({row[f'rank_{h}m']:.0f})" for h in case.horizons]
        seen = "yes" if row[f"rank_{longest}m"] <= LISTED else "**no**"
        lines.append([f"{row['onset']:%Y-%m}", row["target"], row["kinds"].replace("_", " "), *risks, seen])
    return markdown(lines) if len(lines) > 1 else "No onset in this span of origins."


def markdown(lines: list[list[str]]) -> str:
    """Lay lines out as a Markdown table; the first is the header."""
    head, *rows = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([head, "|---" * len(lines[0]) + "|", *rows])


def block(name: str, case: Case, told: Told, before: str = "") -> str:
    """Return the generated part of a section: figure, what the last origins before the onsets said, named origins."""
    picture = f"![{case.capital}, origins {told.first} to {told.last}](cases/{name}.png)"
    parts = [picture, before, seen_table(case), origins_table(case, told.origins)]
    return "\n\n".join(part for part in parts if part)


def alarm_words(alarm: SustainedFalseAlarm) -> str:
    """Say what makes a span a false alarm."""
    quiet_until = calendar.month_at(calendar.month_index(alarm.last) + QUIET_MONTHS)
    return (
        f"Origins {alarm.first:%Y-%m} to {alarm.last:%Y-%m}: mean 12-month risk of disruption {100 * alarm.mean_risk:.1f} %, "
        f"and no onset until after {quiet_until:%Y-%m}."
    )


def require_sections(text: str, names: list[str]) -> None:
    """Refuse to fill a document whose sections are not those of the cases: prose about another capital would stay."""
    there = re.findall(r"^<!-- ([a-z][a-zA-Z0-9-]*) -->$", text, re.M)
    wanted = ["stamp", "summary", *names]
    missing, left = sorted(set(wanted) - set(there)), sorted(set(there) - set(wanted))
    if missing or left:
        raise ValueError(
            f"{DOCUMENT.name}: sections missing: {', '.join(missing) or 'none'}; sections of no case: {', '.join(left) or 'none'}. "
            "Write a paragraph for each missing one around <!-- name --> and <!-- /name -->, remove the others, and run again"
        )


def main() -> None:
    """Draw every figure and fill the document."""
    rows, panel = read_champion_rows(list(TARGETS), HORIZONS), panels.load()
    yearly = rows[(rows["target"] == "disruption") & (rows["horizon"] == QUIET_MONTHS)]
    alarms = {f"false-alarm-{a.iso3}": a for a in sustained_false_alarms(yearly, FALSE_ALARMS_FROM, FALSE_ALARMS_TO)}
    told = CASES | {name: told_of(alarm) for name, alarm in alarms.items()}
    require_sections(DOCUMENT.read_text(), list(told))
    folder = DOCUMENT.parent / "cases"
    folder.mkdir(exist_ok=True)
    text, refuted = DOCUMENT.read_text(), []
    summary = [["case", "onsets of disruption", "seen", "onsets of the parts", "seen"]]
    for name, one in told.items():
        span = (calendar.parse_month(one.first), calendar.parse_month(one.last))
        case = read_case(rows, panel, one.iso3, span, lambda *_: None)
        alarm = alarms.get(name)
        save(draw(case, (alarm.first, alarm.last) if alarm else None), folder / f"{name}.png")
        fill_section(DOCUMENT, name, block(name, case, one, alarm_words(alarm) if alarm else ""))
        refuted += [f"{name}: {claim}" for claim in contradictions(section(text, name), case)]
        if name in CASES:
            summary.append([heading(text, name), *counted(case)])
        print(name, (folder / f"{name}.png").stat().st_size)
    for path in set(folder.glob("*.png")) - {folder / f"{name}.png" for name in told}:
        path.unlink()
    fill_section(DOCUMENT, "summary", markdown(summary))
    fill_section(DOCUMENT, "stamp", stamp(rows, panel))
    if refuted:
        raise ValueError(f"the prose of {DOCUMENT.name} no longer holds, rewrite it: {'; '.join(refuted)}")


def section(text: str, name: str) -> str:
    """Return the section of a document that holds the block of a case, with its heading."""
    (found,) = [part for part in re.split(r"^(?=## )", text, flags=re.M) if f"<!-- {name} -->" in part]
    return found


def heading(text: str, name: str) -> str:
    """Return the heading of a case's section."""
    return section(text, name).splitlines()[0].removeprefix("## ")


def contradictions(prose: str, case: Case) -> list[str]:
    """Return what a section says and the backtest does not.

    Beside each claim stands a comment: `<!-- says missed seizure 2012-03 -->` (or `seen`) of an onset, and
    `<!-- says fell seizure 2020-09 2021-04 -->` (or `rose`) of the risk at the longest horizon from one origin to another.
    """
    longest = case.horizons[-1]
    ranks = {
        (r["target"], f"{r['onset']:%Y-%m}"): r[f"rank_{longest}m"] for r in case.before_onsets().to_dict("records")
    }
    refuted = []
    for said, target, onset in re.findall(r"<!-- says (seen|missed) (\w+) (\d{4}-\d{2}) -->", prose):
        rank = ranks.get((target, onset), float("nan"))
        if not (rank <= LISTED if said == "seen" else rank > LISTED):
            refuted.append(f"{said} {target} {onset}, got rank {rank:.0f}")
    for said, target, *ends in re.findall(r"<!-- says (rose|fell) (\w+) (\d{4}-\d{2}) (\d{4}-\d{2}) -->", prose):
        before, after = case.line(target, longest)["risk"].reindex([calendar.parse_month(end) for end in ends])
        if not (after > before if said == "rose" else after < before):
            refuted.append(f"{said} {target} {' to '.join(ends)}, got {before:.3f} to {after:.3f}")
    return refuted


def counted(case: Case) -> list[str]:
    """Return how many onsets there were and how many were seen, of disruption and of its parts."""
    before = case.before_onsets()
    seen = before[f"rank_{case.horizons[-1]}m"] <= LISTED
    whole = before["target"] == "disruption"
    return [str(int(n)) for n in (whole.sum(), (whole & seen).sum(), (~whole).sum(), (~whole & seen).sum())]


def stamp(rows: pd.DataFrame, panel: panels.Panel) -> str:
    """Say which backtest the numbers are of."""
    first = rows.iloc[0]
    same = first["data_vintage"] == panel.vintage
    inputs = "" if same else f", inputs drawn from `{panel.vintage}`"
    return (
        f"Backtest of {first['issued_at']:%Y-%m-%d} ({methods()[first['model']].title}) on data `{first['data_vintage']}`{inputs}, "
        f"drawn at commit `{commit()}`: `make forecast && .venv/bin/python benchmarks/write_cases.py` makes all of it again."
    )


if __name__ == "__main__":
    main()
