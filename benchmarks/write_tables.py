"""Write the score tables of the last publication into README.md and benchmarks/BENCHMARKS.md.

Run after `make forecast`: `.venv/bin/python benchmarks/write_tables.py`.
"""

from pathlib import Path

import pandas as pd

from data.settings import REPOSITORY, settings
from serving.publication import Publication, read_publication
from serving.retrain import commit
from training.models.registry import methods
from training.skill import pick
from training.slices import REPORTED_HORIZONS

COLUMNS = {
    "auroc": "AUROC",
    "average_precision": "AP",
    "brier_skill_vs_climatology": "Brier skill",
    "log_score": "log score",
    "calibration_error": "cal. error",
    "recall_at_5pct": "recall at 5 %",
}
ORDER = ("climatology", "own_history", "history_by_kind", "logistic", "hazard_xgboost", "blend")


def short_table(skill: pd.DataFrame, window: str, version: str) -> str:
    """Return AUROC / AP / Brier skill of every method by horizon, as Markdown."""
    rows = pick(skill, target="disruption", window=window, episodes=version)
    first = pick(rows, model="blend")
    lines = [
        "| method | " + " | ".join(f"h = {h}" for h in REPORTED_HORIZONS) + " |",
        "|---" * (len(REPORTED_HORIZONS) + 1) + "|",
    ]
    counts = [f"{_value(first, h, 'events'):.0f} of {_value(first, h, 'forecasts'):,.0f}" for h in REPORTED_HORIZONS]
    for model in ORDER:
        cells = [
            f"{_value(pick(rows, model=model), h, 'auroc'):.3f} / {_value(pick(rows, model=model), h, 'average_precision'):.3f}"
            f" / {_value(pick(rows, model=model), h, 'brier_skill_vs_climatology'):.3f}"
            for h in REPORTED_HORIZONS
        ]
        lines.append(
            f"| {'**' * (model == 'blend')}{methods()[model].title}{'**' * (model == 'blend')} | "
            + " | ".join(cells)
            + " |"
        )
    lines.append("| events | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def full_tables(skill: pd.DataFrame) -> str:
    """Return every target's scores of every method in every window, as Markdown."""
    blocks = []
    for version in skill["episodes"].unique():
        for target in skill["target"].unique():
            for window in skill["window"].unique():
                rows = pick(skill, target=target, window=window, episodes=version)
                blocks.append(f"\n### {target}, origins {window}, catalogue {version}\n")
                blocks.append("| method | h | " + " | ".join(COLUMNS.values()) + " | forecast / happened |")
                blocks.append("|---" * (len(COLUMNS) + 3) + "|")
                for model in ORDER:
                    for horizon in REPORTED_HORIZONS:
                        at = pick(rows, model=model)
                        cells = [f"{_value(at, horizon, metric):.4f}" for metric in COLUMNS]
                        cells.append(f"{_value(at, horizon, 'share_forecast'):.2f}")
                        blocks.append(f"| {model} | {horizon} | " + " | ".join(cells) + " |")
    return "\n".join(blocks)


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
    """Fill both documents."""
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
        f"{stamp}; `make forecast && .venv/bin/python benchmarks/write_tables.py` makes it again. All targets and windows: `benchmarks/BENCHMARKS.md`.",
    ]
    fill(REPOSITORY / "README.md", "skill", "\n".join(readme))
    benchmarks = REPOSITORY / "benchmarks" / "BENCHMARKS.md"
    fill(benchmarks, "bamako", f"{stamp} and the corrected catalogue for training.\n\n{bamako(published)}")
    fill(benchmarks, "scores", f"{stamp} and as corrected.\n{full_tables(skill)}")


def _value(rows: pd.DataFrame, horizon: int, metric: str) -> float:
    found = pick(rows, horizon=horizon, metric=metric)["value"]
    return float(found.iloc[0]) if len(found) else float("nan")


if __name__ == "__main__":
    main()
