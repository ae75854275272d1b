"""Read a case study from the published backtest and the panel."""

from collections.abc import Iterator, Sequence

import pandas as pd

from data import calendar
from data.catalogue import is_open
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from data.progress import Progress
from data.reference_tables import require_state, seats
from features.build import build
from training.evaluation.backtest_table import PROVENANCE
from training.explanation.case_study import Case, feed_states, moved_inputs, ranked
from training.models.registry import CHAMPION

Span = tuple[pd.Timestamp, pd.Timestamp]


def read_case(rows: pd.DataFrame, panel: Panel, iso3: str, span: Span, progress: Progress) -> Case:
    """Read the case study of a capital over a span of origins.

    Args:
        rows: Backtest rows of `backtest_table.read_champion_rows`.
        panel: Panel with the inputs and episodes.
        iso3: ISO3 code of a state.
        span: First and last origin, both inclusive.
        progress: Called with origins done and origins in all.

    Returns:
        The case study.

    Raises:
        ValueError: No such state, no origin in the span, a panel that ends earlier, or another catalogue than the backtest's.
    """
    code = require_state(iso3)
    first, last = span
    if last < first:
        raise ValueError(f"no origin between {first:%Y-%m} and {last:%Y-%m}: --to lies before --from")
    inside = rows[rows["origin"].between(first, last)]
    own = ranked(inside, code)
    if own.empty:
        raise ValueError(_nothing_inside(rows[rows["iso3"] == code], code, first, last))
    origins = sorted(own["origin"].unique())
    beyond = [o for o in origins if calendar.month_index(o) > panel.last]
    if beyond:
        raise ValueError(
            f"the backtest reaches {beyond[-1]:%Y-%m}, the panel only {calendar.month_at(panel.last):%Y-%m}: "
            "run `chokepoint ingest --from DIR` and `chokepoint retrain`, or give an earlier --to"
        )
    features = build(panel, _counted(origins, progress))
    inputs, unknown = moved_inputs(features, code)
    order = {target: place for place, target in enumerate(TARGETS)}
    own = own.sort_values(["target", "horizon", "origin"], key=lambda c: c.map(order) if c.name == "target" else c)
    episodes = panel.episodes[panel.episodes["iso3"] == code]
    # one that nobody has seen the end of goes on to the end of the span
    ends = episodes["end"].mask(is_open(episodes), episodes["end"].clip(lower=origins[-1]))
    episodes = episodes.assign(end=ends)
    touching = episodes[(episodes["end"] >= origins[0]) & (episodes["start"] <= calendar.as_of(origins[-1]))]
    _require_same_catalogue(own, touching, code)
    return Case(
        iso3=code,
        capital=seats(code, origins[0], origins[-1]),
        model=CHAMPION,
        forecasts=own.drop(columns=["iso3", *PROVENANCE]).reset_index(drop=True),
        episodes=touching[["kind", "start", "end", "confidence", "reason"]].sort_values("start", ignore_index=True),
        inputs=inputs,
        unknown=unknown,
        feeds=feed_states(own),
        forecast_vintage=own["data_vintage"].iloc[0],
        input_vintage=panel.vintage,
        issued_at=own["issued_at"].iloc[0],
    )


def _require_same_catalogue(own: pd.DataFrame, episodes: pd.DataFrame, iso3: str) -> None:
    """Raise ValueError for a backtest of another catalogue, whose gaps would not match the shaded episodes."""
    for target, rows in own.groupby("target"):
        marked = episodes[episodes["kind"].isin(TARGETS[target])]
        months = {m for row in marked.itertuples() for m in calendar.month_range(row.start, row.end)}
        changed = rows[(rows["state"] == "ongoing") != rows["origin"].isin(months)]
        if len(changed):
            raise ValueError(
                f"the catalogue has changed since the backtest: {target} of {iso3} at {changed['origin'].iloc[0]:%Y-%m} "
                f"was {changed['state'].iloc[0]} then and is not now; run `chokepoint backtest`"
            )


def _counted(origins: Sequence[pd.Timestamp], progress: Progress) -> Iterator[pd.Timestamp]:
    progress("inputs", 0, len(origins))
    for done, origin in enumerate(origins, 1):
        yield origin
        progress("inputs", done, len(origins))


def _nothing_inside(own: pd.DataFrame, iso3: str, first: pd.Timestamp, last: pd.Timestamp) -> str:
    if own.empty:
        return f"the backtest has no origin of {iso3}: run `chokepoint backtest`"
    available = f"{own['origin'].min():%Y-%m} to {own['origin'].max():%Y-%m}"
    return f"no origin of {iso3} between {first:%Y-%m} and {last:%Y-%m} in the backtest, which holds {available}: choose --from and --to inside"
