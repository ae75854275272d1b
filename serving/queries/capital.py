"""One capital put together from a publication: what is going on there, and the curve and drivers of each target."""

from collections.abc import Sequence

import pandas as pd

from data.contracts.forecasts import TARGETS
from data.panel.view import as_of
from serving.schemas.fields import year_month
from serving.schemas.forecasts import Curve, Driver, Ongoing
from serving.store import ServedPublication


def episodes_of(served: ServedPublication, iso3: str) -> pd.DataFrame:
    """Return a capital's episodes, the newest first."""
    own = served.episodes[served.episodes["iso3"] == iso3]
    return own.sort_values(["start", "end"], ascending=False)


def ongoing_at(served: ServedPublication, iso3: str, origin: pd.Timestamp) -> list[Ongoing]:
    """Return the episodes known at an origin to go on, the newest of each kind first; its last months may be unreported."""
    begun = episodes_of(served, iso3)
    newest = begun[begun["start"] <= origin].drop_duplicates("kind")
    view, row = as_of(served.panel, origin), served.panel.iso3.index(iso3)
    now = [r for r in newest.itertuples() if view.disrupted((r.kind,))[row, -1]]
    return [Ongoing(kind=r.kind, since=year_month(r.start), reason=r.reason) for r in now]


def drivers_of(served: ServedPublication, iso3: str, target: str, origin: pd.Timestamp) -> list[Driver]:
    """Return the drivers of a risk, strongest first; empty at origins for which none were published."""
    table = served.publication.drivers
    own = table[(table["iso3"] == iso3) & (table["target"] == target) & (table["origin"] == origin)]
    columns = ["rank", "group", "label", "contribution", "sentence"]
    return [Driver(**row) for row in own.sort_values("rank")[columns].to_dict("records")]


def curve_of(
    served: ServedPublication, rows: pd.DataFrame, iso3: str, target: str, going_on: Sequence[Ongoing]
) -> Curve:
    """Return the risk of one target by horizon from a capital's rows at one origin."""
    own = rows[rows["target"] == target].sort_values("horizon")
    if own.empty:
        return Curve(state="calm", ongoing=[], risk=None, risk_low=None, risk_high=None, drivers=[])
    return Curve(
        state=own["state"].iloc[0],
        ongoing=[o for o in going_on if o.kind in TARGETS[target]],
        risk=_numbers(own["risk"]),
        risk_low=_numbers(own["risk_low"]),
        risk_high=_numbers(own["risk_high"]),
        drivers=drivers_of(served, iso3, target, own["origin"].iloc[0]),
    )


def _numbers(values: pd.Series) -> list[float] | None:
    return None if values.isna().any() else [round(float(v), 6) for v in values]
