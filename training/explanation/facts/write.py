"""A fact for a feature: the one writer for its scope, its table and what it declares, with results kept per capital."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from data.panel.view import View
from features.base import Feature, Scope
from training.explanation.facts.counts import own_counts, own_coups, total_of_many, worst_corridor
from training.explanation.facts.elsewhere import strongest_elsewhere
from training.explanation.facts.evidence import Evidence
from training.explanation.facts.past import Parts, begun, by_kind, own_past
from training.explanation.facts.values import measured

Source = tuple[object, ...]


def source_of(feature: Feature) -> Source:
    """Return what features of one fact have in common: the table, whose it is, and what is counted; else the feature itself."""
    if not (feature.kinds or feature.columns):
        return (feature.name,)
    return (feature.tables[0], feature.scope, feature.kinds, feature.columns)


@dataclass(frozen=True)
class FactWriter:
    """Writes the facts of one origin."""

    evidence: Evidence
    _written: dict[tuple[object, ...], Parts] = field(default_factory=dict)
    _texts: dict[tuple[int, str], str] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Upper bound of the bytes of the tables that it holds."""
        return sum(cube.values.nbytes for cube in self.evidence.view.panel.cubes.values())

    def facts(self, row: Mapping[Hashable, Any], feature: Feature, strongest: Feature, *, raising: bool) -> Parts:
        """Return the facts that a feature stands for at a capital, without a full stop, and the part that each makes of it.

        What raises a risk by the capital's own past is shared out over its episodes by kind; all else is one fact, worded for the
        strongest feature of the same source.

        Args:
            row: Row of `features.build.build`, by column.
            feature: The feature.
            strongest: The feature of its source that contributes most.
            raising: Whether the fact is one that raises the risk.
        """
        unit = self.evidence.row[row["iso3"]]
        key = (unit, feature.name, strongest.name, raising)
        if key not in self._written:
            shared = by_kind(self.evidence, feature, unit) if raising else ()
            self._written[key] = shared or ((self._fact(unit, strongest, row[strongest.name]), 1.0),)
        return self._written[key]

    def _fact(self, unit: int, feature: Feature, value: float) -> str:
        if (unit, feature.name) not in self._texts:
            self._texts[unit, feature.name] = _write(self.evidence, feature, unit, value)
        return self._texts[unit, feature.name]


def facts_of(view: View) -> FactWriter:
    """Return the writer of the facts known at a view's origin."""
    return FactWriter(Evidence(view))


def _write(evidence: Evidence, feature: Feature, unit: int, value: float) -> str:
    if not (feature.kinds or feature.counted):
        return measured(evidence, feature, unit, value)
    if feature.scope in (Scope.NEIGHBOURS, Scope.TRANSIT):
        return strongest_elsewhere(evidence, feature, unit)
    if feature.scope in (Scope.REGION, Scope.WORLD):
        return (begun if feature.kinds else total_of_many)(evidence, feature, unit)
    if feature.kinds:
        return own_past(evidence, feature, unit)
    own = {"coups": own_coups, "corridors": worst_corridor}.get(feature.tables[0], own_counts)
    return own(evidence, feature, unit)
