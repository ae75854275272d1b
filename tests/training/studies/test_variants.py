"""Studies on a part of the starter panel: what is hidden stays hidden, and what is withheld teaches nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from features.registry import groups
from training.dataset.folds import Fold, rolling_folds
from training.dataset.rows import LabelledRows, usable_features
from training.evaluation.backtest import run_backtest
from training.models.registry import method
from training.studies import ablation, learning_curve, leave_out
from training.studies.variants import STATE, Variant, hide_features, run_variants, unrestricted

FOLD = Fold((pd.Timestamp("2003-01-01"), pd.Timestamp("2003-07-01")))
MODEL = "logistic"


@pytest.fixture(scope="module")
def rows(few: LabelledRows) -> LabelledRows:
    return few.take(few.origin_index <= calendar.month_index(FOLD.origins[-1]))


def hazards_of(rows: LabelledRows, *variants: Variant) -> dict[str, np.ndarray]:
    """Return each variant's hazards of every target, side by side."""
    made = run_variants(rows, [FOLD], variants).hazards
    return {name: np.hstack([hazards[t] for t in TARGETS]) for name, hazards in made.items()}


def by_name(variants: list[Variant]) -> dict[str, Variant]:
    return {variant.name: variant for variant in variants}


def test_a_variant_that_hides_and_withholds_nothing_is_the_backtest(rows: LabelledRows) -> None:
    known = rows.known_at(FOLD.labels_until)
    model = method("own_history")().fit(known, FOLD.labels_until)
    here = rows.features["origin"].isin(FOLD.origins).to_numpy()
    expected = model.hazards(rows.features[here])
    made = hazards_of(rows, unrestricted("own_history", rows))["own_history"]
    assert made == pytest.approx(np.hstack([expected[t] for t in TARGETS]), rel=1e-9)


def test_hidden_features_are_unknown_and_no_fit_uses_them(rows: LabelledRows) -> None:
    for group in groups():
        blind = hide_features(rows, group.features)
        assert blind.features[list(group.features)].isna().all(axis=None)
        assert not set(usable_features(blind)) & set(group.features)
        others = [name for name in rows.features if name not in group.features]
        pd.testing.assert_frame_equal(blind.features[others], rows.features[others])


@pytest.mark.parametrize("group", ["coups", "history"])
def test_a_method_without_a_group_says_the_same_whatever_the_group_holds(rows: LabelledRows, group: str) -> None:
    (found,) = [g for g in groups() if g.name == group]
    told = [name for name in found.features if name not in STATE]
    shuffled = rows.features.assign(**{name: rows.features[name].to_numpy()[::-1] for name in told})
    other = replace(rows, features=shuffled)
    variants = by_name(ablation.variants(rows, MODEL))
    blind, seeing = variants[ablation.without(MODEL, group)], variants[MODEL]
    here, there = hazards_of(rows, blind, seeing), hazards_of(other, blind, seeing)
    assert (here[blind.name] == there[blind.name]).all()
    assert (here[seeing.name] != there[seeing.name]).any()
    assert (here[blind.name] != here[seeing.name]).any()


def test_ablation_takes_every_group_away_once_and_compares_it_with_the_whole(rows: LabelledRows) -> None:
    variants = by_name(ablation.variants(rows, MODEL))
    assert set(variants) == {"climatology", MODEL, *(ablation.without(MODEL, g.name) for g in groups())}
    assert {reference for _, reference in ablation.pairs(MODEL)} == set(variants) - {"climatology", MODEL}
    assert {model for model, _ in ablation.pairs(MODEL)} == {MODEL}


def with_other_past(rows: LabelledRows, iso3: str) -> LabelledRows:
    """Return rows in which one capital had onsets where it had none, and none where it had."""
    own = rows.features["iso3"].to_numpy() == iso3
    changed = {t: np.where(own, np.where(k > 12, 1, 13), k) for t, k in rows.first_onset.items()}
    return replace(rows, first_onset=changed)


def test_a_withheld_capital_or_region_is_forecast_as_if_its_rows_had_been_others(
    rows: LabelledRows, starter: Panel
) -> None:
    region = dict(zip(starter.units["iso3"], starter.units["region"], strict=True))
    iso3 = rows.features["iso3"].to_numpy(object)
    own = iso3 == "MLI"
    (group,) = [v for v in leave_out.variants(rows, MODEL, region) if "capital" in v.name and v.forecasts[own].any()]
    (home,) = [v for v in leave_out.variants(rows, MODEL, region) if "region" in v.name and v.forecasts[own].any()]
    assert set(iso3[home.forecasts]) == {code for code in set(iso3) if region[code] == "Western Africa"}
    assert own.sum() < group.forecasts.sum() < len(own) / 4
    # alone, each forecasts its own rows only: let every other row be forecast by a fit of all
    rest = [replace(unrestricted("climatology", rows), name=v.name, forecasts=~v.forecasts) for v in (group, home)]
    ordinary = unrestricted(MODEL, rows)
    here, there = (hazards_of(r, ordinary, group, home, *rest) for r in (rows, with_other_past(rows, "MLI")))
    at = (rows.features["iso3"] == "MLI").to_numpy()[rows.features["origin"].isin(FOLD.origins).to_numpy()]
    assert at.sum() == 2
    for variant in (group, home):
        assert (here[variant.name][at] == there[variant.name][at]).all()
    assert (here[ordinary.name][at] != there[ordinary.name][at]).any()


def test_every_capital_is_withheld_once_and_by_the_same_fit_every_time(rows: LabelledRows, starter: Panel) -> None:
    iso3 = np.array(starter.iso3, object)
    dealt = leave_out.capital_groups(iso3)
    assert set(dealt) == set(starter.iso3)
    sizes = np.bincount(list(dealt.values()))
    assert len(sizes) == leave_out.GROUPS
    assert sizes.max() - sizes.min() <= 1
    assert leave_out.capital_groups(iso3[::-1]) == dealt
    region = dict(zip(starter.units["iso3"], starter.units["region"], strict=True))
    variants = leave_out.variants(rows, MODEL, region)
    for name in (leave_out.without_capital(MODEL), leave_out.without_region(MODEL)):
        covered = np.sum([v.forecasts for v in variants if v.name == name], axis=0)
        assert (covered == 1).all()
        assert all((v.forecasts == v.withheld).all() for v in variants if v.name == name)
    assert {name for pair in leave_out.pairs(MODEL) for name in pair} <= {v.name for v in variants}


def test_a_stack_in_a_study_is_pooled_as_in_the_backtest(rows: LabelledRows) -> None:
    folds = [Fold((pd.Timestamp("2001-01-01"),)), FOLD]
    studied = run_variants(rows, folds, [unrestricted("stack", rows)]).hazards["stack"]
    served = run_backtest(rows, folds, ["stack"]).hazards["stack"]
    for target in TARGETS:
        assert studied[target] == pytest.approx(served[target], rel=1e-6)


def test_a_shorter_past_is_what_lies_within_the_years_before_the_fit(rows: LabelledRows) -> None:
    (short,) = [v for v in learning_curve.variants(rows, MODEL) if v.years == 5]
    old = rows.origin_index < calendar.month_index(pd.Timestamp("1998-01-01"))
    other = replace(rows, first_onset={t: np.where(old, 13, k) for t, k in rows.first_onset.items()})
    whole_past = unrestricted(MODEL, rows)
    here, there = (hazards_of(r, short, whole_past) for r in (rows, other))
    assert (here[short.name] == there[short.name]).all()
    assert (here[MODEL] != there[MODEL]).any()


def test_each_row_is_forecast_once_by_a_fit_on_a_share_of_the_capitals(rows: LabelledRows) -> None:
    variants = learning_curve.variants(rows, MODEL)
    iso3 = rows.features["iso3"].to_numpy()
    for parts in learning_curve.SHARES:
        own = [v for v in variants if v.name == learning_curve.share_of_capitals(MODEL, parts)]
        assert len(own) == parts
        assert (np.sum([v.forecasts for v in own], axis=0) == 1).all()
        learned = [set(iso3[~v.withheld]) for v in own]
        assert set().union(*learned) == set(iso3)
        assert sum(len(codes) for codes in learned) == len(set(iso3))
    assert {name for pair in learning_curve.pairs(MODEL) for name in pair} <= {v.name for v in variants}


def test_variants_that_leave_a_row_without_a_forecast_are_refused(rows: LabelledRows) -> None:
    every = unrestricted("climatology", rows)
    half = np.arange(len(rows.features)) % 2 == 0
    with pytest.raises(ValueError, match="'climatology' do not forecast every row: their `forecasts` must cover all"):
        run_variants(rows, [FOLD], [replace(every, forecasts=half)])


def test_progress_counts_refits(rows: LabelledRows) -> None:
    seen: list[tuple[str, int, int]] = []
    twice = [unrestricted("climatology", rows), replace(unrestricted("climatology", rows), name="again")]
    run_variants(rows, [FOLD], twice, lambda *step: seen.append(step))
    assert seen == [("refits", 0, 2), ("refits", 1, 2), ("refits", 2, 2)]


def test_refits_can_be_years_apart() -> None:
    first, last = pd.Timestamp("2000-03-01"), pd.Timestamp("2006-02-01")
    folds = rolling_folds(first, last, years=3)
    assert [(f.origins[0], f.origins[-1]) for f in folds] == [
        (first, pd.Timestamp("2002-12-01")),
        (pd.Timestamp("2003-01-01"), pd.Timestamp("2005-12-01")),
        (pd.Timestamp("2006-01-01"), last),
    ]
    assert len(rolling_folds(first, last)) == 7
    with pytest.raises(ValueError, match="refitted every 0 years: give 1 or more"):
        rolling_folds(first, last, years=0)
