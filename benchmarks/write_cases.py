"""Draw the figures of docs/cases.md from the last backtest and fill in its numbers.

Run after `make forecast`: `.venv/bin/python benchmarks/write_cases.py`. The prose stays as it is: it names no figure.
"""

import pandas as pd

from benchmarks.case_document import (
    DOCUMENT,
    DocumentedCase,
    alarm_sentence,
    backtest_sentence,
    contradictions,
    false_alarm_case,
    generated_block,
    heading,
    onset_counts,
    require_sections,
    section,
)
from benchmarks.markdown import fill_section
from benchmarks.markdown import table as markdown_table
from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from training.evaluation.alarms import QUIET_MONTHS, sustained_false_alarms
from training.evaluation.backtest_table import read_champion_rows
from training.explanation.read_case import read_case
from training.figures.case_study import draw, save
from training.studies.run_case import HORIZONS

FALSE_ALARMS_FROM, FALSE_ALARMS_TO = pd.Timestamp("2010-01-01"), pd.Timestamp("2023-12-01")


CASES = {
    "bamako-2012": DocumentedCase(
        "MLI", "2009-01", "2014-12", ("2011-03", "2011-12", "2012-02", "2012-03", "2012-06", "2013-03")
    ),
    "bamako-2020": DocumentedCase(
        "MLI", "2018-01", "2022-12", ("2019-06", "2020-03", "2020-06", "2020-09", "2021-04", "2021-06")
    ),
    "bamako-2025": DocumentedCase(
        "MLI",
        "2022-01",
        "2026-10",
        ("2023-08", "2024-02", "2024-08", "2025-02", "2025-08", "2025-09", "2026-03", "2026-10"),
    ),
    "khartoum-2023": DocumentedCase(
        "SDN", "2017-01", "2025-12", ("2018-03", "2021-08", "2022-03", "2022-12", "2023-03", "2023-06", "2025-06")
    ),
    "kabul-2021": DocumentedCase(
        "AFG", "2012-01", "2024-12", ("2014-04", "2015-04", "2018-07", "2020-07", "2021-04", "2021-07", "2021-09")
    ),
    "port-au-prince-2021-24": DocumentedCase(
        "HTI",
        "2017-01",
        "2026-10",
        ("2018-06", "2020-04", "2021-03", "2021-06", "2021-09", "2022-03", "2022-08", "2024-01", "2026-10"),
    ),
    "kathmandu-2015": DocumentedCase(
        "NPL", "2012-01", "2017-12", ("2014-08", "2015-05", "2015-08", "2015-09", "2016-03")
    ),
    "colombo-2022": DocumentedCase(
        "LKA", "2018-01", "2024-12", ("2019-04", "2021-02", "2021-12", "2022-02", "2022-04", "2022-08")
    ),
    "kyiv-2022": DocumentedCase(
        "UKR", "2012-01", "2024-12", ("2013-12", "2014-03", "2021-01", "2021-11", "2022-01", "2022-05")
    ),
}


def main() -> None:
    """Draw every figure and fill the document."""
    rows, panel = read_champion_rows(list(TARGETS), HORIZONS), panels.load()
    yearly = rows[(rows["target"] == "disruption") & (rows["horizon"] == QUIET_MONTHS)]
    alarms = {f"false-alarm-{a.iso3}": a for a in sustained_false_alarms(yearly, FALSE_ALARMS_FROM, FALSE_ALARMS_TO)}
    cases = CASES | {name: false_alarm_case(alarm) for name, alarm in alarms.items()}
    require_sections(DOCUMENT.read_text(), list(cases))
    folder = DOCUMENT.parent / "cases"
    folder.mkdir(exist_ok=True)
    text, refuted = DOCUMENT.read_text(), []
    summary = [["case", "onsets of disruption", "seen", "onsets of the parts", "seen"]]
    for name, one in cases.items():
        span = (calendar.parse_month(one.first), calendar.parse_month(one.last))
        case = read_case(rows, panel, one.iso3, span, lambda *_: None)
        alarm = alarms.get(name)
        save(draw(case, (alarm.first, alarm.last) if alarm else None), folder / f"{name}.png")
        fill_section(DOCUMENT, name, generated_block(name, case, one, alarm_sentence(alarm) if alarm else ""))
        refuted += [f"{name}: {claim}" for claim in contradictions(section(text, name), case)]
        if name in CASES:
            summary.append([heading(text, name), *onset_counts(case)])
        print(name, (folder / f"{name}.png").stat().st_size)
    for path in set(folder.glob("*.png")) - {folder / f"{name}.png" for name in cases}:
        path.unlink()
    fill_section(DOCUMENT, "summary", markdown_table(summary))
    fill_section(DOCUMENT, "stamp", backtest_sentence(rows, panel))
    if refuted:
        raise ValueError(f"the prose of {DOCUMENT.name} no longer holds, rewrite it: {'; '.join(refuted)}")


if __name__ == "__main__":
    main()
