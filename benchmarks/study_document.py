"""Sections of docs/skill.md on refits: ablation, leave-out, learning curve, and searches for settings."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.markdown import table
from data.contracts.forecasts import TARGETS
from serving.cli.scores_output import difference
from training.evaluation.score_table import pick
from training.models.registry import methods
from training.studies.learning_curve import SHARES, curve_names, share_of_capitals
from training.studies.run_study import ABLATION, LEARNING_CURVE, LEAVE_OUT, NOTES

HEADINGS = {
    ABLATION: "What each feature group adds",
    LEAVE_OUT: "What is memorised",
    LEARNING_CURVE: "What more data would be needed",
}
MISSING = """What is missing, by what it would show:

- **Events with coordinates after 2020.** For most countries they end there; districts end with 2024. Fighting near a capital, its encirclement and attacks on its supply corridors are blind since: the features are
  there, tested, and empty.
- **Prices and fuel in more markets.** 13 countries have them, and in few of them the market is the capital's; a feature so few have is kept out of every fit. Strangulation, with about eighty onsets, is forecast from history and war alone.
- **Reserves, exchange rates and fuel imports by month**, which crises of payment (Colombo 2022) announce; GDP is yearly and late.
- **Dates of elections and whether the incumbent stands**, and movements of troops across a border: both public, neither in the panel.
- **Capitals cannot be added**, there are no more of them; years come at the pace of years. So the gap has to be closed by inputs, not by waiting."""


def study_sections(folder: Path, aimed: Sequence[float]) -> Iterator[str]:
    """Yield the sections of the studies in a folder; `aimed` are the aims of AUROC at 1, 3, 6 and 12 months."""
    for study in (ABLATION, LEAVE_OUT, LEARNING_CURVE):
        yield f"## {HEADINGS[study]}"
        if (folder / study / "about.json").exists():
            yield from _study(study, folder / study)
            if study == LEARNING_CURVE:
                yield from _curve(folder / study, aimed)
        else:
            yield f"Not run on this data: `chokepoint study {study}` does it."
        if study == LEARNING_CURVE:
            yield MISSING


def _study(study: str, folder: Path) -> Iterator[str]:
    about: dict[str, Any] = json.loads((folder / "about.json").read_text())
    found = pd.read_parquet(folder / "differences.parquet")
    yield (
        f"{NOTES[study]} Origins {about['first']} to {about['last']}, refitted every {about['refit_years']} years ({about['refits']} refits, "
        f"{about['seconds']:.0f} s). Made {about['made_at']} at commit `{about['code_commit']}` on data `{about['data_vintage']}`."
    )
    text = f"{HEADINGS[study]}: differences in log score at six months; to the right is better."
    yield f"![{text}](skill/{study}_log_score_h06.png)\n\n{text}"
    yield "Log score at six months, with 95 % intervals over episodes, all origins; the two right columns are of disruption. Other months ahead and windows: the study's own tables."
    yield differences(found)


def differences(found: pd.DataFrame) -> str:
    """Return a study's differences at six months over all origins: log scores by target, and two more of disruption."""
    pairs = list(dict.fromkeys(zip(found["model"], found["reference"], strict=True)))
    more = ("average_precision", "auroc")
    rows = [["method", "against", *(f"log score, {target}" for target in TARGETS), "average precision", "AUROC"]]
    at = pick(found, horizon=6, window="all", episodes="version_1")
    spelled = {(r.model, r.reference, r.target, r.metric): difference(r, ("**", "**")) for r in at.itertuples()}
    for pair in pairs:
        cells = [spelled.get((*pair, target, "log_score"), "") for target in TARGETS]
        rows.append([*pair, *cells, *(spelled.get((*pair, "disruption", metric), "") for metric in more)])
    return table(rows)


def _curve(folder: Path, aimed: Sequence[float]) -> Iterator[str]:
    about = json.loads((folder / "about.json").read_text())
    skill = pick(pd.read_parquet(folder / "skill.parquet"), target="disruption", episodes="version_1")
    metrics, horizons = ("auroc", "average_precision", "brier_skill_vs_climatology"), (1, 6, 12)
    yield "Disruption: AUROC / average precision / Brier skill against climatology."
    rows = [["learned from", "origins", *(f"h = {h}" for h in horizons)]]
    for name in curve_names(about["model"]):
        for window in ("all", "since_2015"):
            value = {(r.horizon, r.metric): r.value for r in pick(skill, model=name, window=window).itertuples()}
            cells = [" / ".join(f"{value[h, m]:.3f}" for m in metrics) for h in horizons]
            rows.append([name, window.replace("_", " "), *cells])
    yield table(rows)
    at = pick(skill, window="all", metric="auroc").set_index(["model", "horizon"])["value"]
    names = [*(share_of_capitals(about["model"], parts) for parts in SHARES), about["model"]]
    now = {h: [float(at[name, h]) for name in names] for h in horizons}
    gains = [
        f"at {h} months {v[1] - v[0]:+.3f} from a quarter of the capitals to a half and {v[2] - v[1]:+.3f} from a half to all, which gives {v[2]:.3f} where {wish:.3f} was wished for"
        for (h, v), wish in zip(now.items(), (aimed[0], aimed[2], aimed[3]), strict=True)
    ]
    yield f"What doubling the capitals learned from brought in AUROC: {'; '.join(gains)}."


def search_section(folder: Path) -> Iterator[str]:
    """Yield the section of the searches in a folder."""
    yield "## What a search for settings found"
    paths = sorted(folder.glob("*/recommended.json"))
    if not paths:
        yield "Not run on this data: `chokepoint tune` does it."
        return
    yield (
        "Each search tries the settings in force first, then draws; differences are of its best trial to the settings in force, mean log score over targets and months ahead on the origins it was picked on, with 95 % "
        "intervals over capitals. They flatter the best, and nothing was changed by them. Every trial is a child run in MLflow."
    )
    for path in paths:
        found: dict[str, Any] = json.loads(path.read_text())
        yield (
            f"**{methods()[found['model']].title}**: {found['trials']} trials ({found['pruned']} pruned), origins {found['first']} to {found['last']}, refitted every {found['refit_years']} years, {found['seconds']:.0f} s, "
            f"seed {found['seed']}; {found['made_at']}, commit `{found['code_commit']}`, data `{found['data_vintage']}`. Log score {found['log_score_in_force']:.5f} in force, "
            f"{found['log_score_best']:.5f} best: {found['difference']:+.5f} ({found['low']:+.5f}, {found['high']:+.5f})."
        )
        rows = [["", *found["in_force"]]]
        for label, values in (("in force", found["in_force"]), ("best", found["best"])):
            rows.append([label, *(f"{values[name]:.4g}" for name in found["in_force"])])
        yield table(rows)


def study_figures(folder: Path) -> dict[str, Path]:
    """Return the paths of the figures of finished studies by file name."""
    return {
        f"{study}_log_score_h06.png": folder / study / "log_score_h06.png"
        for study in HEADINGS
        if (folder / study / "about.json").exists()
    }
