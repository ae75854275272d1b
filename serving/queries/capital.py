"""One capital of the served publication: its episodes, and the risk curve and drivers of each target."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from data.contracts.forecasts import TARGETS
from data.panel.episode_extension import BOTH, RULE
from data.panel.view import as_of
from serving.queries.ranking import rank
from serving.schemas.fields import null_if_nan, year_month
from serving.schemas.forecasts import Curve, Driver, Ongoing, Standing
from serving.served_publication import ServedPublication
from training.explanation.drivers import published_facts


def episodes_of(served: ServedPublication, iso3: str) -> pd.DataFrame:
    """Return a capital's episodes, newest first."""
    episodes = served.episodes[served.episodes["iso3"] == iso3]
    return episodes.sort_values(["start", "end"], ascending=False)


def ongoing_at(served: ServedPublication, iso3: str, origin: pd.Timestamp) -> list[Ongoing]:
    """Return the episodes ongoing at an origin as known then, the newest of each kind.

    Args:
        served: The publication.
        iso3: Code of a forecast state.
        origin: Origin inside the panel, whose last months may be unreported.
    """
    episodes = episodes_of(served, iso3)
    newest = episodes[episodes["start"] <= origin].drop_duplicates("kind")
    view, row = as_of(served.panel, origin), served.panel.iso3.index(iso3)
    ongoing = [r for r in newest.to_dict("records") if view.going_on((r["kind"],))[row]]
    return [
        Ongoing(
            kind=r["kind"], since=year_month(r["start"]), reason=r["reason"], last_confirmed=_last_confirmed(r, origin)
        )
        for r in ongoing
    ]


def ended(episode: Mapping[Hashable, Any], origin: pd.Timestamp) -> bool:
    """Return whether an episode had ended at an origin: one that somebody confirmed to go on has not, however long ago."""
    return bool(episode["end"] < origin and pd.isna(episode.get("last_confirmed")))


def _last_confirmed(episode: Mapping[Hashable, Any], origin: pd.Timestamp) -> str | None:
    """Return the last month up to an origin in which an episode was seen, by whoever reviewed it or by a rule."""
    months = [episode.get("last_confirmed")]
    if episode.get("source") in (RULE, BOTH):
        months.append(episode["end"])
    seen = [min(month, origin) for month in months if not pd.isna(month)]
    return year_month(max(seen)) if seen else None


def standing_of(rows: pd.DataFrame, iso3: str, horizon: int = 6) -> Standing | None:
    """Return the place of a capital among the forecast rows of an origin, and the figure it is ranked by; None without a forecast."""
    ranked = rank(rows, horizon).set_index("iso3")
    if iso3 not in ranked.index:
        return None
    row = ranked.loc[iso3]
    calm, score = row["state"] == "calm", null_if_nan(float(row["score"]))
    return Standing(
        horizon=horizon,
        rank=int(row["rank"]),
        of=len(ranked),
        state=row["state"],
        risk=score if calm else None,
        further_risk=None if calm else score,
    )


def drivers_of(served: ServedPublication, iso3: str, target: str, origin: pd.Timestamp) -> list[Driver]:
    """Return the published drivers of a risk, strongest first; empty at origins without published drivers."""
    table = served.publication.drivers
    rows = table[(table["iso3"] == iso3) & (table["target"] == target) & (table["origin"] == origin)]
    columns = ["rank", "group", "label", "contribution", "sentence"]
    published = rows.sort_values("rank")
    lines = zip(published[columns].to_dict("records"), published_facts(published), strict=True)
    return [Driver(**row, facts=facts) for row, facts in lines]


def curve_of(
    served: ServedPublication, rows: pd.DataFrame, iso3: str, target: str, going_on: Sequence[Ongoing]
) -> Curve:
    """Return the risk curve of one target.

    Args:
        served: The publication, for its drivers.
        rows: The capital's forecast rows at one origin.
        iso3: Code of the state.
        target: Target of the curve.
        going_on: Episodes ongoing at the origin.
    """
    curve = rows[rows["target"] == target].sort_values("horizon")
    if curve.empty:
        return Curve(state="calm", ongoing=[], risk=None, risk_low=None, risk_high=None, drivers=[])
    return Curve(
        state=curve["state"].iloc[0],
        ongoing=[o for o in going_on if o.kind in TARGETS[target]],
        risk=_numbers(curve["risk"]),
        risk_low=_numbers(curve["risk_low"]),
        risk_high=_numbers(curve["risk_high"]),
        drivers=drivers_of(served, iso3, target, curve["origin"].iloc[0]),
    )


def _numbers(values: pd.Series) -> list[float] | None:
    return None if values.isna().any() else [round(float(v), 6) for v in values]
