"""Write the last publication's scores: the short table of README.md, the whole docs/skill.md, and Bamako's in BENCHMARKS.md.

`make skill` runs everything it needs first; after `make forecast` alone the studies are named as not run.
"""

import shutil
from collections.abc import Collection
from textwrap import fill

import pandas as pd

from benchmarks.markdown import fill_section
from benchmarks.skill_document import document, figure_files
from data.panel.panel import load
from data.reference_tables import states
from data.settings import REPOSITORY, settings
from serving.cli.scores_output import difference
from training.dataset.folds import WINDOWS
from training.evaluation.alarms import published_alarms
from training.evaluation.score_table import pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, CLIMATOLOGY, HISTORY_BY_KIND, OWN_HISTORY, methods
from training.publication.publication import Publication, read_publication
from training.studies.run_search import tuning_folder
from training.studies.run_study import studies_folder
from training.tracking.code_version import commit

ALARM_HORIZON = 6
README_WIDTH = 128


def short_table(skill: pd.DataFrame, window: str, names: Collection[str] = ()) -> str:
    """Return AUROC / AP / Brier skill for disruption by method (default every one) and horizon, as Markdown."""
    rows = pick(skill, target="disruption", window=window, episodes="version_1")
    rows = rows[rows["model"].isin(names or rows["model"])]
    first = pick(rows, model=CHAMPION)
    lines = [
        "| method | " + " | ".join(f"h = {h}" for h in REPORTED_HORIZONS) + " |",
        "|---" * (len(REPORTED_HORIZONS) + 1) + "|",
    ]
    counts = [f"{_value(first, h, 'events'):.0f} of {_value(first, h, 'forecasts'):,.0f}" for h in REPORTED_HORIZONS]
    for model in sorted(rows["model"].unique(), key=lambda name: name == CHAMPION):
        cells = [
            f"{_value(pick(rows, model=model), h, 'auroc'):.3f} / {_value(pick(rows, model=model), h, 'average_precision'):.3f}"
            f" / {_value(pick(rows, model=model), h, 'brier_skill_vs_climatology'):.3f}"
            for h in REPORTED_HORIZONS
        ]
        lines.append(
            f"| {'**' * (model == CHAMPION)}{methods()[model].title}{'**' * (model == CHAMPION)} | "
            + " | ".join(cells)
            + " |"
        )
    lines.append("| events | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def alarms_sentence(published: Publication) -> str:
    """Return in one sentence how many alarms of the past came true, and how many onsets had one before them."""
    rows = published.history
    rows = rows[rows["iso3"].isin(states()["iso3"])]
    history = published_alarms(rows, load(), "disruption", ALARM_HORIZON)
    if history is None:
        raise ValueError("the publication has fewer than two past origins: run `make forecast`")
    closed = [alarm for alarm in history.alarms if not alarm.open]
    return (
        f"**Of {len(closed)} alarms since {rows['origin'].min():%Y}, {sum(a.onset is not None for a in closed)} came true within six months; "
        f"{history.warned} of {history.onsets} disruptions had an alarm before them.** An alarm is a run of months in which a capital is among the "
        f"twentieth of capital-months with the highest six-month risk ({history.threshold:.0%} and more), each forecast made with what was known then."
    )


def short_differences(table: pd.DataFrame) -> str:
    """Return the champion's log score against both histories by horizon and span of origins, as Markdown."""
    rows = pick(table, target="disruption", metric="log_score", episodes="version_1", model=CHAMPION)
    lines = [
        "| against | origins | " + " | ".join(f"h = {h}" for h in REPORTED_HORIZONS) + " |",
        "|---" * (len(REPORTED_HORIZONS) + 2) + "|",
    ]
    for reference in (OWN_HISTORY, HISTORY_BY_KIND):
        for window in WINDOWS:
            at = pick(rows, reference=reference, window=window).set_index("horizon")
            cells = [difference(at.loc[h], ("**", "**")) for h in REPORTED_HORIZONS]
            title = methods()[reference].title
            lines.append(f"| {title} | {window.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def bamako(published: Publication) -> str:
    """Return Bamako's risk and rank for each target at the three origins of the case, as Markdown."""
    lines = ["| origin | target | " + " | ".join(f"h = {h}" for h in REPORTED_HORIZONS) + " |", "|---" * 6 + "|"]
    for origin in ("2025-08", "2025-09", "2026-03"):
        rows = published.forecasts[published.forecasts["origin"] == pd.Timestamp(f"{origin}-01")]
        for target in rows["target"].unique():
            cells = []
            for horizon in REPORTED_HORIZONS:
                at = pick(rows, target=target, horizon=horizon).set_index("iso3")["risk"]
                shown = (
                    "going on"
                    if pd.isna(at["MLI"])
                    else f"{100 * at['MLI']:.2f} % ({at.rank(ascending=False)['MLI']:.0f} of {at.notna().sum()})"
                )
                cells.append(shown)
            lines.append(f"| {origin} | {target} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Fill all three documents."""
    published = read_publication(settings().published)
    skill = published.skill
    stamp = f"Made {published.info.issued_at[:10]} at commit `{commit()}` on data `{published.info.data_vintage}`, catalogue version 1"
    readme = [
        fill(alarms_sentence(published), README_WIDTH),
        "",
        fill(
            "Skill for any disruption, origins 1999-12..2024-11, 186 units: AUROC (.5 is a coin) / average precision (a ranking "
            "without skill gets the share of events) / Brier skill against the base rate (0 is no better, 1 is perfect):",
            README_WIDTH,
        ),
        "",
        short_table(skill, "all", (CHAMPION, HISTORY_BY_KIND, OWN_HISTORY, CLIMATOLOGY)),
        "",
        fill(
            f"{stamp}; `make skill` makes it again. Every method, target, window and interval: [scores](docs/skill.md).",
            README_WIDTH,
        ),
    ]
    fill_section(REPOSITORY / "README.md", "skill", "\n".join(readme))
    benchmarks = REPOSITORY / "benchmarks" / "BENCHMARKS.md"
    fill_section(benchmarks, "bamako", f"{stamp} and the corrected catalogue for training.\n\n{bamako(published)}")
    folder = REPOSITORY / "docs"
    (folder / "skill").mkdir(parents=True, exist_ok=True)
    again = f"{stamp} unless a table says otherwise; `make skill` makes all of it again from the starter panel."
    every = [
        "## Every method",
        "Target `disruption`, AUROC / average precision / Brier skill against climatology, all origins:",
        short_table(skill, "all"),
        "From 2015 on:",
        short_table(skill, "since_2015"),
        "Log score of the champion minus that of what it has to beat; below 0 is better:",
        short_differences(published.differences),
    ]
    pages = [document(published, studies_folder(), tuning_folder(), again), *every]
    (folder / "skill.md").write_text("\n\n".join(page.strip() for page in pages) + "\n")
    for old in (folder / "skill").glob("*.png"):
        old.unlink()
    for name, source in figure_files(published, studies_folder()).items():
        shutil.copyfile(source, folder / "skill" / name)


def _value(rows: pd.DataFrame, horizon: int, metric: str) -> float:
    found = pick(rows, horizon=horizon, metric=metric)["value"]
    return float(found.iloc[0]) if len(found) else float("nan")


if __name__ == "__main__":
    main()
