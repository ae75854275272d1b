"""Measure by simulation how often the 90 % intervals hold the truth, and write it into benchmarks/BENCHMARKS.md.

The published champion is taken for the truth. In a simulated past every capital and month has one random number, which all
origins looking at the month share, so that windows overlap as they do in life and every row's hazards are exactly the
champion's. Parts happen within disruptions. Features, calm and the pool are kept as they are. On each past the members
are refitted, intervals are built by the code of `chokepoint retrain`, and the champion's own risks at the newest origin
are looked for inside. The factors of `training.intervals.WIDENED` are those that would have held nine in ten; how well such
factors hold is told by pasts that did not teach them, each half by the other.

Run: `.venv/bin/python benchmarks/coverage.py` after `chokepoint retrain`; about two and a half minutes a past.
"""

import argparse
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.markdown import fill_section
from data import calendar
from data.contracts.forecasts import PARTS, TARGETS
from data.panel import panel as panels
from data.settings import REPOSITORY, settings
from training.dataset import training_set
from training.dataset.folds import LABEL_LAG_MONTHS
from training.dataset.rows import LabelledRows
from training.dataset.target import MAX_HORIZON
from training.evaluation.slices import REPORTED_HORIZONS
from training.forecasting.intervals import NORMAL, WIDENED, Spread, bounds, redraw, refitted
from training.models.base import HazardModel, Hazards, risks
from training.models.registry import load_model
from training.publication.publication import read_publication
from training.tracking.code_version import commit

CHUNK = 4000


def hazards_of(model: HazardModel, features: pd.DataFrame) -> Hazards:
    """Evaluate the model a piece at a time: twelve months of every row at once would fill the memory."""
    parts = [model.hazards(features.iloc[i : i + CHUNK]) for i in range(0, len(features), CHUNK)]
    return {t: np.concatenate([part[t] for part in parts]) for t in TARGETS}


def simulated(rows: LabelledRows, truth: Hazards, capitals: list[str], seed: int) -> LabelledRows:
    """Return the rows with onsets drawn from the hazards."""
    chance = np.random.default_rng(seed)
    unit = pd.Index(capitals).get_indexer(rows.features["iso3"])[:, None]
    month = rows.origin_index[:, None] + np.arange(1, MAX_HORIZON + 1)
    whole, *parts = (chance.random((len(capitals), month.max() + 1))[unit, month] for _ in TARGETS)
    onset = {"disruption": whole < truth["disruption"]}
    calm = rows.calm["disruption"][:, None]
    for part, own in zip(PARTS, parts, strict=True):
        within = onset["disruption"] & (own < truth[part] / truth["disruption"])
        onset[part] = np.where(calm, within, own < truth[part])
    return replace(rows, first_onset={t: _first(o) for t, o in onset.items()})


def _first(onset: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    return np.where(onset.any(axis=1), np.argmax(onset, axis=1) + 1, MAX_HORIZON + 1)


def main() -> None:
    """Simulate, refit, count, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pasts", type=int, default=4)
    parser.add_argument("--refits", type=int, default=settings().interval_refits)
    given = parser.parse_args()
    panel = panels.load()
    champion = load_model(read_publication(settings().published).model_folder)
    rows = training_set.labelled_rows(panel)
    until = min(panel.last - LABEL_LAG_MONTHS, panel.known_to)
    known, newest = rows.known_at(until), rows.take(rows.origin_index == panel.last)
    past, now = hazards_of(champion, known.features), champion.hazards(newest.features)
    lines = []
    for number in range(given.pasts):
        world = simulated(known, past, panel.iso3, number)

        def fit(times: npt.NDArray[np.int64], world: LabelledRows = world) -> HazardModel:
            return deepcopy(champion).fit(redraw(world, times, panel.iso3), until)

        centre = fit(np.ones(len(panel.iso3), np.int64)).hazards(newest.features)
        spread = refitted(fit, newest.features, len(panel.iso3), given.refits)
        lines += list(_compared(number, centre, spread, now, newest))
        table = pd.DataFrame(lines)
        print(f"past {number + 1} of {given.pasts}: {table['held'].mean():.3f} held so far", flush=True)
    fill_section(REPOSITORY / "benchmarks" / "BENCHMARKS.md", "coverage", _report(table, given, panel.vintage))


def _compared(
    number: int, centre: Hazards, spread: Spread, now: Hazards, newest: LabelledRows
) -> Iterator[dict[str, object]]:
    for target in TARGETS:
        low, high = bounds(centre[target], spread[target], widened=1.0)
        true, middle = risks(now[target]), risks(centre[target])
        off = (np.log(-np.log1p(-true)) - np.log(-np.log1p(-middle))) / spread[target][:, None]
        for horizon in REPORTED_HORIZONS:
            k = horizon - 1
            for i in np.flatnonzero(newest.calm[target]):
                held = low[i, k] <= true[i, k] <= high[i, k]
                yield {
                    "past": number,
                    "target": target,
                    "horizon": horizon,
                    "held": held,
                    "off": off[i, k],
                    "top": true[i, k] >= np.quantile(true[:, k], 0.9),
                }


def factor(lines: pd.DataFrame) -> float:
    """Return by how much intervals have to be widened to hold the truth nine times in ten."""
    return float(lines["off"].abs().quantile(0.9)) / NORMAL


def _report(table: pd.DataFrame, given: argparse.Namespace, vintage: str) -> str:
    table = table.assign(half=table["past"] % 2)
    lines = [
        f"{calendar.now():%Y-%m-%d}, commit `{commit()}`, data `{vintage}`: `.venv/bin/python benchmarks/coverage.py --pasts {given.pasts} --refits {given.refits}`.",
        "",
        f"Share of 90 % intervals that hold the true risk, calm capitals of the newest origin, {given.pasts} simulated pasts. *Bare*: the spread of the refits alone. *Widened*: by the "
        "factor that the other half of the pasts teaches. *Top tenth*: the tenth of the capitals with the highest risks. *Factor*: taught by all pasts.",
        "",
        "| target | h | bare | widened | widened, top tenth | factor | in use |",
        "|---|---|---|---|---|---|---|",
    ]
    for target in TARGETS:
        own = table[table["target"] == target]
        taught = {half: factor(own[own["half"] != half]) for half in (0, 1)}
        for horizon in REPORTED_HORIZONS:
            at = own[own["horizon"] == horizon]
            wide = at["off"].abs() <= NORMAL * at["half"].map(taught)
            lines.append(
                f"| {target} | {horizon} | {at['held'].mean():.3f} | {wide.mean():.3f} | {wide[at['top']].mean():.3f} "
                f"| {factor(own):.2f} | {WIDENED[target]:.2f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
