"""Tables of forecasts: the newest origins, the champion's history of risks, and the drivers of the newest risks."""

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import FORECASTS, TARGETS
from data.panel.panel import Panel
from data.reference_tables import states
from training.dataset.folds import PAST_ORIGINS
from training.dataset.rows import LabelledRows
from training.evaluation.backtest import Backtest
from training.evaluation.slices import REPORTED_HORIZONS
from training.explanation.drivers import drivers
from training.forecasting.forecast import Provenance, forecast, rows_of
from training.forecasting.forecast import states as ongoing_states
from training.forecasting.intervals import Spread
from training.models.base import HazardModel
from training.models.registry import CHAMPION


def current_forecasts(
    panel: Panel,
    rows: LabelledRows,
    backtest: Backtest,
    model: HazardModel,
    previous: HazardModel,
    provenance: Provenance,
    spread: Spread | None = None,
) -> pd.DataFrame:
    """Return the forecasts of the newest origins.

    Args:
        panel: the panel in force.
        rows: training rows up to the newest origin.
        backtest: the source of origins before the previous one.
        model: fitted at the newest origin.
        previous: fitted at the origin before, so that the change between the two is the one that readers of both
            publications saw.
        provenance: provenance of the rows.
        spread: spread of refits for every row of the newest origin, which gives it intervals.

    Returns:
        Rows of contracts.FORECASTS for states, PAST_ORIGINS origins back.
    """
    listed = set(states()["iso3"])
    newest = panel.last
    shown = rows.features.loc[rows.origin_index == newest, "iso3"].isin(listed).to_numpy()
    spread_shown = {target: by_row[shown] for target, by_row in spread.items()} if spread else None
    parts = [
        forecast(
            fitted,
            _at(rows, index, listed).features,
            Provenance(version, provenance.issued_at, provenance.data_vintage),
            spread_of,
        )
        for fitted, index, version, spread_of in (
            (model, newest, provenance.model_version, spread_shown),
            (previous, newest - 1, f"backtest {calendar.month_at(newest - 1):%Y-%m}", None),
        )
    ]
    older = backtest.rows.origin_index >= newest - PAST_ORIGINS
    older &= (backtest.rows.origin_index < newest - 1) & backtest.rows.features["iso3"].isin(listed).to_numpy()
    if older.any():
        hazards = {t: h[older] for t, h in backtest.hazards[CHAMPION].items()}
        past = rows_of(
            CHAMPION,
            hazards,
            backtest.rows.features[older],
            Provenance("backtest", provenance.issued_at, provenance.data_vintage),
        )
        parts.append(past)
    return FORECASTS.validate(
        pd.concat(parts, ignore_index=True).sort_values(["origin", "iso3", "target", "horizon"], ignore_index=True)
    )


def history(backtest: Backtest, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the champion's risks at every origin of the backtest and of `forecasts`, which take precedence.

    Returns:
        One row an origin, capital and target, and one float32 column `h<horizon>` a reported horizon; NaN while an
        episode is going on.
    """
    rows = backtest.rows.features.reset_index(drop=True)
    listed = rows["iso3"].isin(states()["iso3"]).to_numpy()
    ongoing = ongoing_states(rows)
    parts = [_wide(forecasts)]
    for target in TARGETS:
        risks = rows[["origin", "iso3"]].assign(target=target)
        for horizon in REPORTED_HORIZONS:
            risks[f"h{horizon}"] = np.where(ongoing[target], np.nan, backtest.risk(CHAMPION, target, horizon))
        parts.append(risks[listed])
    return _joined(parts)


def prepend_history(forecasts: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Return a history with the risks of newer forecasts, which take precedence."""
    return _joined([_wide(forecasts), past])


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Join histories into one row an origin, capital and target; earlier parts take precedence."""
    names = {"iso3": "str", "target": "str"}
    joined = pd.concat([part.astype(names) for part in parts], ignore_index=True)
    joined = joined.drop_duplicates(["origin", "iso3", "target"])
    joined = joined.sort_values(["iso3", "target", "origin"], ignore_index=True)
    risks = {f"h{h}": joined[f"h{h}"].round(6).astype("float32") for h in REPORTED_HORIZONS}
    return joined.assign(**risks).astype({"iso3": "category", "target": "category"})


def _wide(forecasts: pd.DataFrame) -> pd.DataFrame:
    reported = forecasts[forecasts["horizon"].isin(REPORTED_HORIZONS)]
    keys = ["origin", "iso3", "target"]
    wide = reported.pivot(index=keys, columns="horizon", values="risk")
    return wide.rename(columns=lambda h: f"h{h}").rename_axis(columns=None).reset_index()


def newest_drivers(panel: Panel, rows: LabelledRows, model: HazardModel) -> pd.DataFrame:
    """Return the drivers of the newest origin's risks."""
    listed = set(states()["iso3"])
    return drivers(model, _at(rows, panel.last, listed).features, panel)


def _at(rows: LabelledRows, index: int, listed: set[str]) -> LabelledRows:
    return rows.take((rows.origin_index == index) & rows.features["iso3"].isin(listed).to_numpy())
