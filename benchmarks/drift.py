"""How often drift raised a flag on the origins of 2010-24, and how often the forecasts were none the worse for it.

Limits come from the origins of 2000-09, with a margin chosen on the same origins (training/monitoring/drift.py). A flag is false where, over the twelve origins that begin with it, the
champion's log score of disruption at six months, less that of climatology, was no worse than in any such year of 2000-09.
Writes benchmarks/BENCHMARKS.md. Run: `.venv/bin/python benchmarks/drift.py` after `make forecast`.
"""

import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.markdown import fill_section
from data.calendar import now
from data.panel import panel as panels
from data.settings import REPOSITORY
from training.champion.comparison import paired
from training.dataset import training_set
from training.evaluation import scores
from training.evaluation.backtest_table import published_path
from training.models.registry import CHAMPION, CLIMATOLOGY
from training.monitoring.drift import (
    CALIBRATED,
    HORIZON,
    INPUTS,
    MARGIN,
    MATTERS,
    TARGET,
    calibrated_limits,
    group_shares,
    measure_drift,
)
from training.publication.model_bundle import read_bundle
from training.tracking import model_registry
from training.tracking.code_version import commit

FIRST, LAST = "2010-01", "2024-11"
AHEAD = 12


def main() -> None:
    """Measure every origin, count flags, write."""
    panel = panels.load()
    held = model_registry.champion()
    if held is None:
        raise LookupError("there is no champion: run `make forecast` first")
    with tempfile.TemporaryDirectory() as folder:
        model_registry.download_artifacts(held, Path(folder) / "edition")
        edition = read_bundle(Path(folder) / "edition")
        seen, tested = edition.table("inputs"), paired(panel, {CHAMPION: edition.table("out_of_fold")})
    rows = training_set.labelled_rows(panel)
    started = time.perf_counter()
    history = measure_drift(panel, rows, seen, tested, pd.DataFrame()).history
    seconds = time.perf_counter() - started
    limits, share = calibrated_limits(history), group_shares(seen)
    heard = [c for c in history.columns if share.get(c[0].removeprefix(f"{INPUTS}: "), 1.0) >= MATTERS]
    raised = (history > limits).loc[FIRST:LAST, heard]
    harmed = harmed_origins().reindex(raised.index, fill_value=False)
    table = [_line(f"{part}, {measure}", raised[part, measure], harmed) for part, measure in heard]
    inputs = raised[[c for c in heard if c[0].startswith(INPUTS)]].any(axis=1)
    table += [_line("any of the inputs", inputs, harmed), _line("**any flag**", raised.any(axis=1), harmed)]
    ignored = sorted({part for part, _ in history.columns if (part, "psi") not in heard and part.startswith(INPUTS)})
    lines = [
        f"{now():%Y-%m-%d}, commit `{commit()}`, data `{panel.vintage}`, model version {held.version}: `.venv/bin/python benchmarks/drift.py`, "
        f"{seconds:.1f} s for all origins. Limits are {MARGIN} times the largest values of {CALIBRATED[0]:%Y-%m}..{CALIBRATED[1]:%Y-%m}. Origins {FIRST}..{LAST}: {len(raised)}, of which "
        f"{int(harmed.sum())} begin a year in which the champion lost more to climatology than in any year of 2000-09. Groups that move less than {MATTERS:.0%} "
        f"of the forecast raise no flag: {', '.join(i.removeprefix(f'{INPUTS}: ') for i in ignored)}.",
        "",
        "| what | limit | origins flagged | of these false | false-alarm rate | harmed origins flagged |",
        "|---|---|---|---|---|---|",
    ]
    for (name, flagged, false, rate, caught), key in zip(table, [*heard, None, None], strict=True):
        limit = f"{limits[key]:.2f}" if key else ""
        lines.append(f"| {name} | {limit} | {flagged} | {false} | {rate:.1%} | {caught} |")
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "drift", "\n".join(lines))


def harmed_origins() -> pd.Series:
    """Return for each origin whether the twelve from it on were forecast worse, against climatology, than any of 2000-09."""
    columns = ["origin", "model", "risk", "observed"]
    filters = [("target", "==", TARGET), ("horizon", "==", HORIZON), ("model", "in", (CHAMPION, CLIMATOLOGY))]
    rows = pd.read_parquet(published_path(), columns=columns, filters=filters)
    rows = rows.dropna()
    loss = scores.log_losses(rows["risk"].to_numpy(float), rows["observed"].to_numpy(float))
    by = rows.assign(loss=loss).pivot_table("loss", "origin", "model", observed=True)
    ahead = (by[CHAMPION] - by[CLIMATOLOGY]).rolling(AHEAD).mean().shift(1 - AHEAD)
    return ahead > ahead.loc[CALIBRATED[0] : CALIBRATED[1]].max()


def _line(name: str, raised: pd.Series, harmed: pd.Series) -> tuple[str, int, int, float, str]:
    false = int((raised & ~harmed).sum())
    return (
        name,
        int(raised.sum()),
        false,
        false / int((~harmed).sum()),
        f"{int((raised & harmed).sum())} of {int(harmed.sum())}",
    )


if __name__ == "__main__":
    main()
