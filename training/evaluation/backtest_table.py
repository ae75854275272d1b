"""The backtest as a table of forecast rows (`contracts.forecasts.BACKTEST`): built, written, and read as published."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data import calendar
from data.contracts.forecasts import BACKTEST, TARGETS
from data.files.atomic import atomic_write
from data.reference_tables import states
from data.settings import settings
from training.dataset.rows import LabelledRows
from training.evaluation.backtest import Backtest
from training.forecasting.forecast import Provenance, rows_of
from training.models.registry import CHAMPION

COLUMNS = ["origin", "iso3", "target", "horizon", "state", "risk", "risk_low", "risk_high", "observed", "flags"]
PROVENANCE = ["model", "data_vintage", "issued_at"]
RISK_COLUMNS = ("risk", "risk_low", "risk_high", "hazard", "observed")
TEXT_COLUMNS = ("iso3", "target", "state", "model", "model_version", "data_vintage", "flags")


def published_path() -> Path:
    """Return the path of the published backtest in the home folder."""
    return settings().home / "backtest" / "forecasts.parquet"


def read_champion_rows(targets: Sequence[str], horizons: Sequence[int]) -> pd.DataFrame:
    """Read the champion's published backtest rows of every state.

    Args:
        targets: Targets to read.
        horizons: Horizons to read, in months.

    Returns:
        Columns `COLUMNS` and `PROVENANCE`, one row per origin, capital, target and horizon.

    Raises:
        FileNotFoundError: No backtest is published.
        ValueError: The published backtest lacks the champion or one of the targets.
    """
    path = published_path()
    if not path.exists():
        raise FileNotFoundError(f"no backtest at {path}: run `make forecast` or `chokepoint backtest`")
    filters = [("model", "==", CHAMPION), ("target", "in", list(targets)), ("horizon", "in", list(horizons))]
    rows = pd.read_parquet(path, columns=[*COLUMNS, *PROVENANCE], filters=filters)
    missing = [t for t in targets if t not in set(rows["target"])]
    if missing:
        raise ValueError(
            f"{path} has no rows of {CHAMPION} for target {', '.join(missing)}: run `chokepoint backtest` without --model and --target"
        )
    rows = rows[rows["iso3"].isin(states()["iso3"])]
    text = dict.fromkeys(("iso3", "target", "state", "flags", "data_vintage"), str)
    return rows.astype(text | dict.fromkeys(("risk", "risk_low", "risk_high", "observed"), float))


def forecast_rows(backtest: Backtest, provenance: Provenance, until: int) -> Iterator[pd.DataFrame]:
    """Yield the backtest as contract rows, one method and fold at a time.

    Args:
        backtest: Backtest to tabulate.
        provenance: Provenance of the rows.
        until: Index of the last month the catalogue covers; `observed` is NaN while a window is open.

    Yields:
        Rows of `contracts.forecasts.BACKTEST`.
    """
    for name, hazards in backtest.hazards.items():
        for fold in backtest.folds:
            mask = fold.evaluates(backtest.rows.origin_index)
            rows = backtest.rows.take(mask)
            table = rows_of(name, {t: h[mask] for t, h in hazards.items()}, rows.features, provenance)
            yield BACKTEST.validate(table.assign(**_outcomes(rows, until)))


def _outcomes(rows: LabelledRows, until: int) -> dict[str, npt.NDArray[np.float64] | npt.NDArray[np.bool_]]:
    horizons = np.array(calendar.HORIZONS)[None, :]
    open_yet = rows.origin_index[:, None] + horizons > until
    observed, calm = [], []
    for target in TARGETS:
        happened = rows.first_onset[target][:, None] <= horizons
        at_risk = rows.calm[target][:, None]
        observed.append(np.where(at_risk & ~(open_yet & ~happened), happened.astype(float), np.nan).ravel())
        calm.append(np.repeat(rows.calm[target], horizons.size))
    return {"observed": np.concatenate(observed), "calm": np.concatenate(calm)}


def write_forecast_rows(tables: Iterator[pd.DataFrame], path: Path) -> int:
    """Write backtest rows to one parquet file atomically, a table at a time.

    Risks are float32 and texts are dictionaries: millions of rows take tens of megabytes.

    Args:
        tables: Rows of `contracts.forecasts.BACKTEST`.
        path: Parquet file.

    Returns:
        Number of rows written.

    Raises:
        ValueError: There is no table.
    """
    return atomic_write(path, lambda draft: _write_tables(tables, draft))


def _write_tables(tables: Iterator[pd.DataFrame], draft: Path) -> int:
    written, writer = 0, None
    for table in tables:
        small = table.astype(dict.fromkeys(TEXT_COLUMNS, "category") | dict.fromkeys(RISK_COLUMNS, "float32"))
        piece = pa.Table.from_pandas(small, preserve_index=False)
        if writer is None:
            schema = pa.schema(
                [
                    f.with_type(pa.dictionary(pa.int32(), pa.string())) if f.name in TEXT_COLUMNS else f
                    for f in piece.schema
                ]
            )
            writer = pq.ParquetWriter(draft, schema, compression="zstd")
        writer.write_table(piece.cast(writer.schema))
        written += len(table)
    if writer is None:
        raise ValueError("the backtest made no forecast: check --from and --to")
    writer.close()
    return written
