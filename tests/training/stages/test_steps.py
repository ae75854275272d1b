"""The steps of a retraining: which origins it covers, on which truths it is scored, and what each fit may know."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from data.reference_tables import EPISODES_V1, read_episodes
from training.champion import fit
from training.dataset import training_set
from training.dataset.folds import LABEL_LAG_MONTHS, require_scored_origin
from training.dataset.rows import LabelledRows
from training.evaluation import judge
from training.evaluation.backtest import Backtest
from training.models.registry import CHAMPION, backtested_methods, method
from training.models.stack import Stack
from training.stages import timing


def test_rows_cover_every_origin_to_the_newest_and_only_states_that_exist(starter: Panel) -> None:
    first = calendar.month_at(starter.last - 13)
    seen: list[tuple[str, int, int]] = []
    rows = training_set.labelled_rows(starter, first, lambda *step: seen.append(step))
    assert sorted(rows.features["origin"].unique()) == calendar.month_range(first, calendar.month_at(starter.last))
    assert not rows.features.duplicated(["origin", "iso3"]).any()
    assert [done for _, done, _ in seen] == [0, 12, 14]
    assert {of for *_, of in seen} == {14}


def test_scores_are_on_the_frozen_catalogue_and_on_the_current_one(starter: Panel) -> None:
    found = training_set.outcomes_by_catalogue(starter)
    assert list(found) == ["version_1", "current"]
    sudan, april = starter.iso3.index("SDN"), calendar.month_index(pd.Timestamp("2023-04"))
    # the assault on Khartoum's palace in April 2023 was added to the catalogue as a coup attempt after version 1
    assert not found["version_1"]["seizure"].ongoing[sudan, april]
    assert found["current"]["seizure"].ongoing[sudan, april]
    assert starter.with_episodes(read_episodes(EPISODES_V1)).episodes["iso3"].size < starter.episodes["iso3"].size


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Last month of labels and newest row of every fit of a stack whose members are left out."""
    seen: list[tuple[int, int]] = []

    class Watched(Stack):
        def fit(self, rows: LabelledRows, labels_until: int):
            seen.append((labels_until, int(rows.origin_index.max())))
            return self

    monkeypatch.setattr(fit, "method", lambda _: Watched)
    return seen


def untested(panel: Panel, few: LabelledRows) -> Backtest:
    """The rows moved to the newest origins of a panel, each member's hazards being 1 % a month."""
    moved = few.origin_index + panel.last - few.origin_index.max()
    flat = {t: np.full((len(few.features), 12), 0.01) for t in TARGETS}
    shifted = replace(few, origin_index=moved, known_to=panel.known_to)
    return Backtest(shifted, dict.fromkeys([member.name for member in Stack.member_methods], flat), ())


def test_the_champion_is_fitted_as_of_the_newest_origin_and_the_one_before(
    starter: Panel, few: LabelledRows, fits: list[tuple[int, int]]
) -> None:
    reviewed = replace(starter, known_to=starter.last)
    tested = untested(reviewed, few)
    fitted = fit.fit_champion(reviewed, tested.rows, tested)
    # labels lag a month; an origin is of use from the month its first month ahead was published
    assert sorted(fits, reverse=True) == [
        (starter.last - LABEL_LAG_MONTHS, starter.last - 3),
        (starter.last - 1 - LABEL_LAG_MONTHS, starter.last - 3),
    ]
    assert fitted.newest.pools != fitted.previous.pools
    assert fitted.newest is not fitted.previous


def test_months_that_nobody_has_reviewed_teach_the_champion_nothing(
    starter: Panel, few: LabelledRows, fits: list[tuple[int, int]]
) -> None:
    unreviewed = replace(starter, known_to=starter.last - 6)
    tested = untested(unreviewed, few)
    fitted = fit.fit_champion(unreviewed, tested.rows, tested)
    assert [labels_until for labels_until, _ in fits] == [starter.last - 6] * 2
    assert fitted.newest.pools == fitted.previous.pools


def test_the_baselines_and_the_champion_are_backtested_by_default(few: LabelledRows) -> None:
    tested = judge.backtest_methods(
        few, pd.Timestamp("2004-09"), pd.Timestamp("2004-01"), ("climatology", "own_history")
    )
    assert set(tested.hazards) == {"climatology", "own_history"}
    members = [member.name for member in method(CHAMPION).member_methods]
    assert {*backtested_methods(), *members} == {
        "climatology",
        "own_history",
        "history_by_kind",
        "logistic",
        CHAMPION,
        *members,
    }
    assert backtested_methods()[-1] == CHAMPION
    assert not {*backtested_methods()} & {*members}, "a member is fitted with its champion already"


def test_the_clock_adds_up_what_one_stage_takes_in_all() -> None:
    clock = timing.Clock({"features": 2.0})
    with clock.stage("features"), clock.stage("scores"):
        pass
    assert clock.seconds["features"] >= 2.0
    assert set(clock.seconds) == {"features", "scores"}
    assert timing.peak_memory_mb() > 10


def test_a_span_of_origins_without_a_scored_one_is_refused_before_any_work() -> None:
    month = calendar.parse_month
    require_scored_origin(month("2024-11"), month("2026-10"))
    with pytest.raises(
        ValueError,
        match=r"no scored origin between 2025-01 and 2026-10: scores are of 1999-12..2024-11; give --from 2024-11 or earlier",
    ):
        require_scored_origin(month("2025-01"), month("2026-10"))
    with pytest.raises(ValueError, match="--to 1999-12 or later"):
        require_scored_origin(month("1995-01"), month("1999-11"))
