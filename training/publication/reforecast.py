"""Forecasts of a model bundle on a newer panel, without a refit."""

from dataclasses import replace

import pandas as pd

from data import calendar
from data.panel.panel import Panel
from data.reference_tables import states
from features.build import build
from training.dataset.folds import PAST_ORIGINS
from training.explanation.drivers import drivers
from training.forecasting.forecast import Provenance, forecast
from training.publication.model_bundle import CANDIDATE, ModelBundle


def reforecast(bundle: ModelBundle, panel: Panel) -> ModelBundle:
    """Return a bundle with its model's forecasts of every origin since its own, on a newer panel; unchanged on the same panel.

    Origins before its own keep their rows. Intervals keep the width of the refits at its own origin, capital by capital:
    new refits would cost as much as a challenger.

    Raises:
        ValueError: the panel ends before the bundle's origin, so that its model has seen the months it would forecast.
    """
    newest = calendar.month_at(panel.last)
    if newest < bundle.origin:
        raise ValueError(
            f"the panel ends {newest:%Y-%m}, the model was fitted for {bundle.origin:%Y-%m}: ingest newer data first"
        )
    if (newest, panel.vintage) == (bundle.origin, bundle.about["data_vintage"]):
        return bundle
    features = build(panel, calendar.month_range(bundle.origin, newest))
    features = features[features["iso3"].isin(set(states()["iso3"]))].reset_index(drop=True)
    provenance = Provenance(CANDIDATE, bundle.forecasts["issued_at"].max(), panel.vintage)
    rows = bundle.forecasts
    first = calendar.month_at(panel.last - PAST_ORIGINS)
    past = rows[(rows["origin"] < bundle.origin) & (rows["origin"] >= first)]
    renewed = forecast(bundle.model, features, provenance, bundle.spread(features["iso3"]))
    joined = pd.concat([past, renewed[renewed["origin"] >= first]], ignore_index=True)
    joined = joined.sort_values(["origin", "iso3", "target", "horizon"], ignore_index=True)
    explained = drivers(bundle.model, features[features["origin"] == newest], panel)
    return replace(bundle, forecasts=joined, drivers=explained)
