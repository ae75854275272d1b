"""Write the last publication's scores: the short table of README.md, the whole docs/skill.md, and Bamako's in BENCHMARKS.md.

`make skill` runs everything it needs first; after `make forecast` alone the studies are named as not run.
"""

import shutil
from pathlib import Path

import pandas as pd

from benchmarks.skill_document import document, figure_files
from data.settings import REPOSITORY, settings
from serving.cli.scores_output import difference
from training.dataset.folds import WINDOWS
from training.evaluation.score_table import pick
from training.evaluation.slices import REPORTED_HORIZONS
from training.models.registry import CHAMPION, methods
from training.publication.publication import Publication, read_publication
from training.studies.run_search import tuning_folder
from training.studies.run_study import studies_folder
from training.tracking.code_version import commit


def short_table(skill: pd.DataFrame, window: str, version: str) -> str:
    """Return AUROC / AP / Brier skill of every method by horizon, as Markdown."""
    rows = pick(skill, target="disruption", window=window, episodes=version)
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


def short_differences(table: pd.DataFrame) -> str:
    """Return the champion's log score against both histories by horizon and span of origins, as Markdown."""
    rows = pick(table, target="disruption", metric="log_score", episodes="version_1", model=CHAMPION)
    lines = [
        "| against | origins | " + " | ".join(f"h = {h}" for h in REPORTED_HORIZONS) + " |",
        "|---" * (len(REPORTED_HORIZONS) + 2) + "|",
    ]
    for reference in ("own_history", "history_by_kind"):
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


def fill(path: Path, name: str, content: str) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->` in a document."""
    text = path.read_text()
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    if opening not in text or closing not in text:
        raise ValueError(f"{path}: no place for {name}; add the lines {opening} and {closing}")
    head, tail = text.split(opening)[0], text.split(closing)[1]
    path.write_text(f"{head}{opening}\n{content}\n{closing}{tail}")


def main() -> None:
    """Fill all three documents."""
    published = read_publication(settings().published)
    skill = published.skill
    stamp = f"Made {published.info['issued_at'][:10]} at commit `{commit()}` on data `{published.info['data_vintage']}`, catalogue version 1"
    readme = [
        "Target `disruption`, calm rows of 186 units, monthly origins 1999-12..2024-11, refitted every January on what was known then. AUROC / average precision / Brier skill against climatology:",
        "",
        short_table(skill, "all", "version_1"),
        "",
        "From 2015 on:",
        "",
        short_table(skill, "since_2015", "version_1"),
        "",
        "Log score of the champion minus that of what it has to beat, with 95 % intervals over episodes; below 0 is better, bold where the interval does not hold 0:",
        "",
        short_differences(published.differences),
        "",
        f"{stamp}; `make skill` makes it again. All targets, windows, intervals and studies: `docs/skill.md`.",
    ]
    fill(REPOSITORY / "README.md", "skill", "\n".join(readme))
    benchmarks = REPOSITORY / "benchmarks" / "BENCHMARKS.md"
    fill(benchmarks, "bamako", f"{stamp} and the corrected catalogue for training.\n\n{bamako(published)}")
    folder = REPOSITORY / "docs"
    (folder / "skill").mkdir(parents=True, exist_ok=True)
    again = f"{stamp} unless a table says otherwise; `make skill` makes all of it again from the starter panel."
    (folder / "skill.md").write_text(document(published, studies_folder(), tuning_folder(), again))
    for old in (folder / "skill").glob("*.png"):
        old.unlink()
    for name, source in figure_files(published, studies_folder()).items():
        shutil.copyfile(source, folder / "skill" / name)


def _value(rows: pd.DataFrame, horizon: int, metric: str) -> float:
    found = pick(rows, horizon=horizon, metric=metric)["value"]
    return float(found.iloc[0]) if len(found) else float("nan")


if __name__ == "__main__":
    main()
