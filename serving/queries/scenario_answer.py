"""The answer to a scenario: both curves of every target, what moved them and its warnings."""

from collections.abc import Sequence

import pandas as pd

from data.contracts.forecasts import TARGETS
from features.build import group_of
from serving.queries.prediction import horizons
from serving.queries.provenance import provenance
from serving.queries.scenario import AFTER, BEFORE, REPORTED, Compared, compare
from serving.queries.scenario_sliders import offered
from serving.queries.scenario_text import answer, supposed, warnings
from serving.schemas.fields import null_if_nan, year_month
from serving.schemas.scenario import MovedFeature, MovedTheme, ScenarioAnswer, ScenarioCurve
from serving.schemas.scenario_changes import AnyChange
from serving.store import ServedPublication
from training.explanation.drivers import PUBLISHED_HORIZON, by_theme, explain


def answer_scenario(
    served: ServedPublication, iso3: str, origin: pd.Timestamp, changes: Sequence[AnyChange | str]
) -> ScenarioAnswer:
    """Change the counts of a capital's newest known months, build its features again and compare both forecasts.

    Changes are typed objects or plain sentences. What nobody reported is supposed quiet in both curves, so that they
    differ by the change alone. The model is today's; a scenario shows what it would say, not what such an event would cause.
    """
    made = compare(served, iso3, origin, changes)
    curves = made.curves
    return ScenarioAnswer(
        **{**provenance(served), "origin": year_month(origin)},
        iso3=made.iso3,
        horizons=horizons(),
        flags=str(made.rows["flags"].iloc[REPORTED]).split(),
        changes=[asked.said for asked in made.changes],
        answer=answer(made),
        supposed=supposed(made),
        features=_features(made),
        targets={
            target: ScenarioCurve(
                reported=curves[target][REPORTED],
                before=curves[target][BEFORE],
                after=curves[target][AFTER],
                moved=_themes(made, target) if curves[target][BEFORE].risk and curves[target][AFTER].risk else [],
            )
            for target in TARGETS
        },
        warnings=warnings(made),
        moves_the_model=[] if made.moved(used=True) else offered(served),
    )


def _features(made: Compared) -> list[MovedFeature]:
    owner, used = group_of(), {*made.moved(used=True)}
    before, after = made.rows.iloc[BEFORE], made.rows.iloc[AFTER]
    return [
        MovedFeature(
            name=n,
            meaning=owner[n].features[n].meaning,
            before=null_if_nan(float(before[n])),
            after=null_if_nan(float(after[n])),
            used=n in used,
        )
        for n in made.moved()
    ]


def _themes(made: Compared, target: str) -> list[MovedTheme]:
    rows = made.rows.iloc[[BEFORE, AFTER]].reset_index(drop=True)
    try:
        parts = explain(made.served.model, rows, target, [PUBLISHED_HORIZON])[PUBLISHED_HORIZON].parts
    except TypeError:  # a baseline serves: it has curves, and no themes to tell
        return []
    summed = by_theme(parts)
    label = {g.name: g.label for g in group_of().values()}
    order = (summed.iloc[1] - summed.iloc[0]).abs().sort_values(ascending=False).index
    return [
        MovedTheme(group=n, label=label[n], before=float(summed[n].iloc[0]), after=float(summed[n].iloc[1]))
        for n in order
    ]
