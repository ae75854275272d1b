"""Case study of a capital: backtest forecasts at every origin, outcomes, and the inputs that moved."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from features.base import Feature, Unit
from features.build import features_by_name

SHOWN_INPUTS = 6
ALWAYS = ("country", "corridors")
"""Themes shown even where they did not move: a corridor without an event is informative too."""

INPUTS = {
    "near_events_3m": ("capital", "events within 25 km of the seat or in its district, three months"),
    "near_deaths_3m": ("capital", "deaths within 25 km of the seat or in its district, three months"),
    "around_events_3m": ("surroundings", "events 25-100 km out or in the surrounding district, three months"),
    "sectors_attacked_3m": ("surroundings", "compass sectors (of 8) attacked 10-200 km out, three months"),
    "ring_events_50_200km_3m": ("surroundings", "events 50-200 km out, three months"),
    "country_deaths_3m": ("country", "deaths in the country, three months"),
    "corridor_attacks_5km_3m": (
        "corridors",
        "events within 5 km of the most attacked supply corridor, three months",
    ),
    "corridors_hit_share_3m": ("corridors", "share of supply corridors attacked, three months, %"),
    "fuel_vs_median_6m": ("prices", "fuel price in the capital against the six months before, %"),
    "staple_vs_median_6m": ("prices", "staple food price in the capital against the six months before, %"),
    "coups_24m": ("coups", "coups and attempts, two years"),
    "region_coups_24m": ("coups", "coups and attempts per state of the region, two years"),
    "disruption_rate_recent": (
        "history",
        "own onsets per calm year, half-life two years, drawn to the region's",
    ),
    "neighbour_onsets_24m": ("neighbours", "onsets in nearby capitals by distance, half-life two years"),
    "media_conflict_3m_z": ("media", "news of conflict, three months against two years, z-score"),
    "media_protest_3m_z": ("media", "news of protest, three months against two years, z-score"),
    "electoral_democracy": ("conditions", "electoral democracy, 0 to 1"),
    "gdp_growth_1y": ("conditions", "growth of GDP in US dollars over a year, %"),
}
"""Feature -> theme, and label in the unit of `readable`; features that need no explanation."""


@dataclass(frozen=True)
class Input:
    """One feature over the span of origins."""

    feature: str
    theme: str
    label: str
    moved: float
    """Largest less smallest value, in standard deviations over all capitals and origins of the span."""
    values: pd.Series
    """Values by origin in the unit of the label, NaN where the feature is missing."""


@dataclass(frozen=True)
class Case:
    """Content of a case study, from which both the figure and the JSON are made."""

    iso3: str
    capital: str
    model: str
    forecasts: pd.DataFrame
    """One row per origin, target and horizon: state, risk, risk_low, risk_high, rank, of, observed, flags."""
    episodes: pd.DataFrame
    """kind, start, end, confidence, reason of every episode that touches the span."""
    inputs: tuple[Input, ...]
    unknown: tuple[str, ...]
    """Labels of the inputs that are missing at every origin of the span."""
    feeds: pd.DataFrame
    """origin, feed, state: `stale` where an older month was used, `missing` where the features were NaN."""
    forecast_vintage: str
    input_vintage: str
    issued_at: pd.Timestamp
    """Wall clock of the backtest."""

    @property
    def origins(self) -> list[pd.Timestamp]:
        """Every origin of the span, in order."""
        return sorted(self.forecasts["origin"].unique())

    @property
    def targets(self) -> list[str]:
        """Targets in the order asked for."""
        return list(self.forecasts["target"].unique())

    @property
    def horizons(self) -> list[int]:
        """Horizons in months, shortest first."""
        return sorted(int(h) for h in self.forecasts["horizon"].unique())

    def line(self, target: str, horizon: int) -> pd.DataFrame:
        """Return the rows of one target and horizon by origin."""
        rows = self.forecasts[(self.forecasts["target"] == target) & (self.forecasts["horizon"] == horizon)]
        return rows.set_index("origin").sort_index()

    def onsets(self, target: str = "disruption") -> dict[pd.Timestamp, list[str]]:
        """Return the first months of a target's episodes after the first origin, with the kinds that began a run.

        Episodes that touch are one, and so have one onset.
        """
        marked = self.episodes[self.episodes["kind"].isin(TARGETS[target])]
        months = {m for row in marked.itertuples() for m in calendar.month_range(row.start, row.end)}
        starts = [first for first, _ in calendar.month_runs(months) if first > self.origins[0]]
        return {start: list(marked.loc[marked["start"] == start, "kind"]) for start in starts}

    def before_onsets(self) -> pd.DataFrame:
        """Return the forecast at the last origin before each onset of each target in the span.

        Returns:
            Columns target, onset, kinds, origin, risk_<h>m and rank_<h>m for each horizon h, and of: the number of
            capitals ranked at the longest horizon.
        """
        at = self.forecasts.set_index(["target", "horizon", "origin"])
        lines = []
        for target in self.targets:
            for onset, kinds in self.onsets(target).items():
                origin = calendar.month_at(calendar.month_index(onset) - 1)
                if origin not in self.origins:
                    continue
                rows = {h: at.loc[(target, h, origin)] for h in self.horizons}
                forecast = {f"{name}_{h}m": row[name] for h, row in rows.items() for name in ("risk", "rank")}
                forecast["of"] = rows[self.horizons[-1]]["of"]
                lines.append(
                    {"target": target, "onset": onset, "kinds": ", ".join(kinds), "origin": origin, **forecast}
                )
        columns = [f"{name}_{h}m" for h in self.horizons for name in ("risk", "rank")]
        return pd.DataFrame(lines, columns=["target", "onset", "kinds", "origin", *columns, "of"])


def ranked(rows: pd.DataFrame, iso3: str) -> pd.DataFrame:
    """Return one capital's rows with its rank among the capitals in which the target is calm.

    Args:
        rows: Backtest rows of every capital.
        iso3: Capital to return.

    Returns:
        The capital's rows with `rank` at each origin, target and horizon (1 is the highest risk, NaN where the target is
        ongoing) and `of`, the number of capitals ranked.
    """
    by = rows.groupby(["origin", "target", "horizon"], observed=True)["risk"]
    placed = rows.assign(rank=by.rank(ascending=False, method="min"), of=by.transform("count"))
    return placed[placed["iso3"] == iso3].reset_index(drop=True)


def moved_inputs(features: pd.DataFrame, iso3: str) -> tuple[tuple[Input, ...], tuple[str, ...]]:
    """Return the inputs of a capital that moved most, and the labels of those that are missing throughout.

    Inputs are chosen by their range alone, in standard deviations of the models' unit, one per theme, as a war
    moves a dozen measures of fighting; not by weight in a model, which would have been fitted with hindsight.

    Args:
        features: Rows of `features.build.build` for every capital at every origin of the span.
        iso3: Capital.

    Returns:
        At most `SHOWN_INPUTS` inputs, of which the themes of `ALWAYS` are a part, and labels of missing inputs.
    """
    own = features[features["iso3"] == iso3].set_index("origin").sort_index()
    spread = features[list(INPUTS)].astype(float).std()
    inputs, unknown, declared = [], [], features_by_name()
    for name, (theme, label) in INPUTS.items():
        values = own[name].astype(float)
        if values.notna().any():
            moved = (values.max() - values.min()) / spread[name] if spread[name] > 0 else 0.0
            inputs.append(Input(name, theme, label, float(moved), readable(values, declared[name])))
        else:
            unknown.append(label)
    return _most_moved(inputs), tuple(unknown)


def _most_moved(inputs: Sequence[Input]) -> tuple[Input, ...]:
    best: dict[str, Input] = {}
    for one in sorted(inputs, key=lambda i: (i.theme not in ALWAYS, -i.moved)):
        if one.moved > 0 or one.theme in ALWAYS:
            best.setdefault(one.theme, one)
    return tuple(sorted(list(best.values())[:SHOWN_INPUTS], key=lambda i: list(INPUTS).index(i.feature)))


def readable(values: pd.Series, feature: Feature) -> pd.Series:
    """Return a feature's values in the unit of its label: logarithms undone, shares and relative changes in percent."""
    natural = feature.natural(values)
    return 100 * natural if feature.unit in {Unit.SHARE, Unit.LOG_CHANGE} else natural


def feed_states(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return origin, feed and state of every flag of forecast rows (`stale:rings missing:prices`)."""
    flags = forecasts.drop_duplicates("origin").set_index("origin")["flags"].astype(str).str.split().explode().dropna()
    parts = flags.str.split(":", n=1, expand=True).reindex(columns=[0, 1])
    return parts.set_axis(["state", "feed"], axis=1).reset_index()[["origin", "feed", "state"]]
