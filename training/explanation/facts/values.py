"""Facts from single values: what a feature measures, its value in the sentence's unit, and as of when."""

import numpy as np

from data import calendar
from data.tables.registry import panel_tables
from features.base import Feature, Unit
from training.explanation.facts.episode import month
from training.explanation.facts.evidence import Evidence

YEARLY = 12
"""Expected age in months from which a table's values are of a year rather than of a month."""


def in_words(feature: Feature, value: float) -> tuple[str, str]:
    """Return a feature's sentence and a value in the sentence's unit rather than in logarithms."""
    if feature.unit is Unit.INDICATOR and value in (0, 1):
        return f"whether {feature.sentence}", "yes" if value else "no"
    natural = float(feature.natural(value))
    if not np.isfinite(natural):
        return feature.sentence, "not reported"
    if feature.unit is Unit.LOG_CHANGE:
        return feature.sentence, f"{100 * natural:+,.0f} %"
    return feature.sentence, f"{natural:,.0f}" if abs(natural) >= 100 else f"{natural:.2g}"


def measured(evidence: Evidence, feature: Feature, unit: int, value: float) -> str:
    """Return a feature's value and its month, or its year where the table is yearly: "population: 22,000,000 (2024)"."""
    sentence, shown = in_words(feature, value)
    newest = evidence.known_month(feature, unit)
    if newest is None or not np.isfinite(value):
        return f"{sentence}: {shown}"
    yearly = panel_tables()[feature.tables[0]].expected_age_months >= YEARLY
    when = str(calendar.month_at(newest).year) if yearly else month(newest)
    return f"{sentence}: {shown} ({when})"
