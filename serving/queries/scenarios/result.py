"""Result of a scenario: both curves of every target, changed features and themes, and their text."""

from collections.abc import Sequence

import pandas as pd

from data.contracts.forecasts import TARGETS
from features.build import group_of
from serving.queries.explanations import decompose
from serving.queries.prediction import horizons
from serving.queries.provenance import provenance
from serving.queries.scenarios.scenario import AFTER, BEFORE, REPORTED, Scenario, run_scenario
from serving.queries.scenarios.sliders import effective_sentences
from serving.queries.scenarios.text import assumptions, summary, warnings
from serving.schemas.fields import null_if_nan, year_month
from serving.schemas.scenario import ChangedFeature, ScenarioCurve, ScenarioResult, ThemeContribution
from serving.schemas.scenario_changes import AnyChange
from serving.served_publication import ServedPublication
from training.explanation.drivers import PUBLISHED_HORIZON, by_theme


def scenario_result(
    served: ServedPublication, iso3: str, origin: pd.Timestamp, changes: Sequence[AnyChange | str]
) -> ScenarioResult:
    """Return the forecasts of a capital before and after changes of its newest known months.

    Months that nobody reported are assumed quiet in both curves, so that they differ by the changes alone.

    Args:
        served: The publication whose model and panel are used.
        iso3: Code of a forecast state.
        origin: Origin inside the panel.
        changes: Structured changes or plain sentences.

    Raises:
        UnknownOriginError: The state entered the panel after the origin.
        UnknownCorridorError: A change names a corridor the capital does not have.
        InvalidRequestError: A sentence is not understood, or no month lies before the origin.
    """
    scenario = run_scenario(served, iso3, origin, changes)
    return ScenarioResult(
        **{**provenance(served), "origin": year_month(origin)},
        iso3=iso3,
        horizons=horizons(),
        flags=str(scenario.rows["flags"].iloc[REPORTED]).split(),
        changes=[change.sentence for change in scenario.changes],
        summary=summary(scenario),
        assumptions=assumptions(scenario),
        features=_features(scenario),
        targets={target: _curve(scenario, target) for target in TARGETS},
        warnings=warnings(scenario),
        effective_changes=[] if scenario.changed_features(used=True) else effective_sentences(served),
    )


def _features(scenario: Scenario) -> list[ChangedFeature]:
    owner, used = group_of(), {*scenario.changed_features(used=True)}
    before, after = scenario.rows.iloc[BEFORE], scenario.rows.iloc[AFTER]
    return [
        ChangedFeature(
            name=name,
            meaning=owner[name].features[name].meaning,
            before=null_if_nan(float(before[name])),
            after=null_if_nan(float(after[name])),
            used=name in used,
        )
        for name in scenario.changed_features()
    ]


def _curve(scenario: Scenario, target: str) -> ScenarioCurve:
    reported, before, after = scenario.curves[target]
    themes = _themes(scenario, target) if before.risk and after.risk else []
    return ScenarioCurve(reported=reported, before=before, after=after, moved=themes)


def _themes(scenario: Scenario, target: str) -> list[ThemeContribution]:
    """Return the themes by the size of their effect; empty where the served model has no contributions."""
    rows = scenario.rows.iloc[[BEFORE, AFTER]].reset_index(drop=True)
    explained = decompose(scenario.served, rows, target, PUBLISHED_HORIZON)
    if explained is None:
        return []
    themes = by_theme(explained.parts)
    label = {group.name: group.label for group in group_of().values()}
    before, after = themes.iloc[0], themes.iloc[1]
    return [
        ThemeContribution(group=name, label=label[name], before=float(before[name]), after=float(after[name]))
        for name in (after - before).abs().sort_values(ascending=False).index
    ]
