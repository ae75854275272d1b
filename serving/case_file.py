"""The case file as a command: one capital's part of the backtest and of the panel, put together and drawn."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from data import calendar
from data import panel as panels
from data.contracts import TARGETS
from data.panel import Panel
from data.reference_tables import read_capitals, states
from data.settings import settings
from features.build import build
from training.case import Case, feed_states, moved_inputs, ranked
from training.case_figure import draw, save
from training.models.registry import CHAMPION

Progress = Callable[[str, int, int], None]
Span = tuple[pd.Timestamp, pd.Timestamp]
COLUMNS = ["origin", "iso3", "target", "horizon", "state", "risk", "risk_low", "risk_high", "observed", "flags"]
STAMP = ["model", "data_vintage", "issued_at"]
HORIZONS = (3, 12)


def run(
    iso3: str,
    span: tuple[str, str],
    targets: Sequence[str],
    horizons: Sequence[int],
    out: Path | None,
    progress: Progress,
) -> tuple[Case, Path]:
    """Read a capital's case and draw it to a PNG; an empty end of the span stands for the newest origin."""
    code = require_state(iso3)
    for target in targets:
        if target not in TARGETS:
            raise ValueError(f"unknown target {target!r}: choose from {', '.join(TARGETS)}")
    if out and out.suffix.lower() != ".png":
        raise ValueError(f"--out {out}: the figure is a PNG; give a name that ends in .png")
    first, last = (calendar.parse_month(month) if month else None for month in span)
    rows = read_backtest(targets or list(TARGETS), sorted(set(horizons or HORIZONS)))
    until = last or rows["origin"].max()
    case = read_case(rows, panels.load(), code, (first or rows["origin"].min(), until), progress)
    path = out or settings().home / "cases" / f"{code}_{case.origins[0]:%Y-%m}_{case.origins[-1]:%Y-%m}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    save(draw(case), path)
    return case, path


def backtest_path() -> Path:
    """Return the published backtest; raise FileNotFoundError with the remedy where none is."""
    path = settings().home / "backtest" / "forecasts.parquet"
    if not path.exists():
        raise FileNotFoundError(f"no backtest at {path}: run `make forecast` or `chokepoint backtest`")
    return path


def read_backtest(targets: Sequence[str], horizons: Sequence[int]) -> pd.DataFrame:
    """Return the champion's backtest rows of every state for some targets and horizons, with their stamp."""
    path = backtest_path()
    wanted = [("model", "==", CHAMPION), ("target", "in", list(targets)), ("horizon", "in", list(horizons))]
    rows = pd.read_parquet(path, columns=[*COLUMNS, *STAMP], filters=wanted)
    missing = [t for t in targets if t not in set(rows["target"])]
    if missing:
        raise ValueError(
            f"{path} has no rows of {CHAMPION} for target {', '.join(missing)}: run `chokepoint backtest` without --model and --target"
        )
    rows = rows[rows["iso3"].isin(states()["iso3"])]
    text = dict.fromkeys(("iso3", "target", "state", "flags", "data_vintage"), str)
    return rows.astype(text | dict.fromkeys(("risk", "risk_low", "risk_high", "observed"), float))


def read_case(rows: pd.DataFrame, panel: Panel, iso3: str, span: Span, progress: Progress) -> Case:
    """Put a capital's case together from backtest rows (`read_backtest`) and the panel; both ends of the span count."""
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
    touching = panel.episodes[
        (panel.episodes["iso3"] == code)
        & (panel.episodes["end"] >= origins[0])
        & (panel.episodes["start"] <= calendar.as_of(origins[-1]))
    ]
    _require_same_catalogue(own, touching, code)
    return Case(
        iso3=code,
        capital=seats(code, origins[0], origins[-1]),
        model=CHAMPION,
        forecasts=own.drop(columns=["iso3", *STAMP]).reset_index(drop=True),
        episodes=touching[["kind", "start", "end", "confidence", "reason"]].sort_values("start", ignore_index=True),
        inputs=inputs,
        unknown=unknown,
        feeds=feed_states(own),
        forecast_vintage=own["data_vintage"].iloc[0],
        input_vintage=panel.vintage,
        issued_at=own["issued_at"].iloc[0],
    )


def _require_same_catalogue(own: pd.DataFrame, episodes: pd.DataFrame, iso3: str) -> None:
    """Refuse a backtest made under another catalogue: its gaps would not lie where the episodes are shaded."""
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


def require_state(code: str) -> str:
    """Return an ISO3 code in capitals; raise ValueError with the remedy where it names no state that is forecast."""
    iso3 = code.strip().upper()
    if iso3 not in set(states()["iso3"]):
        raise ValueError(
            f"unknown country {code.strip()!r}: give the ISO3 code of a state, such as MLI; `chokepoint risks` lists capitals"
        )
    return iso3


def seats(iso3: str, first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Name the seat of government over a span, and from when another: `Bujumbura, from 2019-01 Gitega`."""
    spells = read_capitals().sort_values("seat_from")
    own = spells[(spells["iso3"] == iso3) & (spells["seat_from"] <= last)]
    own = own[own["seat_to"].isna() | (own["seat_to"] >= first)]
    moved = [f"from {row.seat_from:%Y-%m} {row.capital}" for row in own.iloc[1:].itertuples()]
    return ", ".join([own["capital"].iloc[0], *moved])


def _nothing_inside(own: pd.DataFrame, iso3: str, first: pd.Timestamp, last: pd.Timestamp) -> str:
    if own.empty:
        return f"the backtest has no origin of {iso3}: run `chokepoint backtest`"
    held = f"{own['origin'].min():%Y-%m} to {own['origin'].max():%Y-%m}"
    return f"no origin of {iso3} between {first:%Y-%m} and {last:%Y-%m} in the backtest, which holds {held}: choose --from and --to inside"
