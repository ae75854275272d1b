"""The published backtest on disk: where it lies, and its rows of the champion."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data.reference_tables import states
from data.settings import settings
from training.models.registry import CHAMPION

COLUMNS = ["origin", "iso3", "target", "horizon", "state", "risk", "risk_low", "risk_high", "observed", "flags"]


STAMP = ["model", "data_vintage", "issued_at"]


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
