"""What is known at one origin, looked up by capital: its episodes, and each feature's value at every other capital."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from data import calendar
from data.geometry import great_circle_km
from data.panel.view import View
from features.base import Feature, Floats, Scope, decayed
from features.geography import neighbour_weights
from features.groups.history import onsets
from features.groups.transit import corridor_shares
from training.explanation.facts.episode import Episode


@dataclass(frozen=True)
class Evidence:
    """The panel as known at one origin, with what several facts are made from computed once."""

    view: View
    _values: dict[str, Floats] = field(default_factory=dict)

    @cached_property
    def row(self) -> dict[str, int]:
        """Row of each capital, by ISO3."""
        return {code: i for i, code in enumerate(self.view.units["iso3"])}

    @cached_property
    def places(self) -> list[dict[str, str]]:
        """Name of the capital, of its country and of its region, by row."""
        return self.view.units[["iso3", "capital", "country", "region"]].astype(str).to_dict("records")

    def km(self, unit: int, other: int) -> float:
        """Return the great-circle distance between two capitals in km."""
        latitude, longitude = (self.view.units[c].to_numpy(float) for c in ("latitude", "longitude"))
        return float(great_circle_km(latitude[unit], longitude[unit], latitude[other], longitude[other]))

    def episodes(self, unit: int, kinds: tuple[str, ...]) -> list[Episode]:
        """Return a capital's episodes of some kinds as known at the origin, newest first."""
        return [episode for episode in self._episodes.get(unit, []) if episode.kind in kinds]

    def values(self, feature: Feature) -> Floats:
        """Return what a feature counts, before it is weighted over other capitals, shape (units,)."""
        if feature.name not in self._values:
            self._values[feature.name] = self._count(feature)
        return self._values[feature.name]

    def strongest_places(self, feature: Feature, unit: int, most: int) -> list[int]:
        """Return the rows of the neighbours or transit countries that add most to a feature, strongest first."""
        weights = self._transit[unit] if feature.scope is Scope.TRANSIT else self._neighbours[unit]
        added = weights * np.nan_to_num(self.values(feature))
        return [int(i) for i in np.argsort(-added, kind="stable")[:most] if added[i] > 0]

    def known_month(self, feature: Feature, unit: int) -> int | None:
        """Return the index of the newest month that a feature knows of a capital; None where nothing is known."""
        if feature.kinds:
            return int(self._known(feature.kinds)[unit])
        age = self._age(feature.tables[0])[unit] if feature.tables else np.nan
        return self.view.index - int(age) if np.isfinite(age) else None

    def begun(self, kinds: tuple[str, ...], months: int) -> Floats:
        """Return how many runs of months of these kinds began in the newest known months, shape (units,)."""
        key = f"begun {kinds} {months}"
        if key not in self._values:
            self._values[key] = onsets(self.view.episodes(kinds))[:, -months:].sum(axis=1)
        return self._values[key]

    def _known(self, kinds: tuple[str, ...]) -> Floats:
        key = f"known {kinds}"
        if key not in self._values:
            self._values[key] = self.view.known_month(kinds).astype(np.float32)
        return self._values[key]

    def _age(self, table: str) -> Floats:
        key = f"age {table}"
        if key not in self._values:
            self._values[key] = self.view.age(table)
        return self._values[key]

    def _count(self, feature: Feature) -> Floats:
        if feature.kinds and feature.half_life_months:
            return decayed(onsets(self.view.episodes(feature.kinds)), feature.half_life_months)
        if feature.kinds:
            return self.view.going_on(feature.kinds).astype(np.float32)
        return np.nansum(self.recent(feature, feature.window_months or 1), axis=1)

    def recent(self, feature: Feature, months: int) -> Floats:
        """Return the newest known months of what a feature adds up, shape (units, months); NaN where nothing is known."""
        columns = [self.series(feature.tables[0], column, months) for column in feature.columns]
        return columns[0] if len(columns) == 1 else columns[0] + sum(columns[1:])

    def series(self, table: str, column: str, months: int) -> Floats:
        """Return the newest known months of a series, shape (units, months)."""
        key = f"series {table} {column} {months}"
        if key not in self._values:
            self._values[key] = self.view.recent(table, column, months)
        return self._values[key]

    @cached_property
    def _neighbours(self) -> Floats:
        return neighbour_weights(self.view.units)

    @cached_property
    def _transit(self) -> Floats:
        return corridor_shares(tuple(self.view.units["iso3"]))

    @cached_property
    def _episodes(self) -> dict[int, list[Episode]]:
        """Episodes that count at the origin by row, newest first."""
        listed = self.view.panel.episodes
        listed = listed[listed["iso3"].isin(self.row.keys())]
        months = {
            name: calendar.month_indices(listed[column]) for name, column in (("first", "start"), ("last", "end"))
        }
        listed = listed.assign(**months)
        listed = listed[listed["first"] <= self.view.index]
        marks = {kind: self.view.counted_months(kind) for kind in set(listed["kind"])}
        going_on = {kind: self.view.going_on((kind,)) for kind in marks}
        by_unit: dict[int, list[Episode]] = {}
        for line in listed.sort_values(["first", "last"], ascending=False).to_dict("records"):
            unit, kind = self.row[line["iso3"]], line["kind"]
            if not marks[kind][unit, line["first"]]:
                continue
            earlier = by_unit.setdefault(unit, [])
            goes_on = bool(going_on[kind][unit]) and all(episode.kind != kind for episode in earlier)
            city = str(line.get("capital") or self.places[unit]["capital"]).replace("/", " and ")
            earlier.append(Episode(kind, city, line["first"], min(line["last"], self.view.index), goes_on))
        return by_unit
