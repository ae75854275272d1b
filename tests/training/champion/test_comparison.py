"""The promotion decision: absolute bounds, bounds that the champion fails too, and what is scored at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.champion import comparison
from training.champion.comparison import Facts, PromotionCheck
from training.dataset.target import outcomes
from training.evaluation.slices import is_scored, slices
from training.publication import decision_log

FRESH = PromotionCheck("inputs", True, "fresh", "20% of capitals")


def facts(challenger: tuple[float, float], champion: tuple[float, float]) -> Facts:
    """A challenger with a lower log score, and the sums of risks over events of all origins and since 2020."""
    shares = {
        window: {"challenger": new, "champion": old}
        for window, new, old in zip(("all", "since_2020"), challenger, champion, strict=True)
    }
    precision = {target: {"challenger": 0.12, "champion": 0.12} for target in TARGETS}
    return Facts(1_000, {"challenger": 0.105, "champion": 0.106}, (-0.001, -0.002, -0.0005), shares, precision)


def decided(found: Facts, inputs: PromotionCheck = FRESH) -> comparison.Decision:
    return comparison.decide(found, fresher=True, rises=True, inputs=inputs)


def test_within_every_bound_a_challenger_is_promoted() -> None:
    decision = decided(facts((0.92, 0.84), (0.90, 0.79)))
    assert (decision.outcome, decision.reason) == ("promoted", "every check passed")
    assert comparison.failed_bounds(decision.checks) == []


def test_out_of_a_bound_like_the_champion_and_no_worse_it_is_promoted_with_warnings() -> None:
    decision = decided(facts((0.90, 0.785), (0.90, 0.789)))
    assert decision.outcome == "promoted_with_warnings"
    assert (
        decision.reason == "every check passed; out of bounds like the champion, and no worse: calibration since_2020"
    )
    assert comparison.failed_bounds(decision.checks) == ["calibration since_2020"]
    (warned,) = [check for check in decision.checks if check.warning]
    assert (warned.passed, warned.found) == (True, "0.785 against 0.789")


@pytest.mark.parametrize(
    ("challenger", "champion"),
    [
        (0.76, 0.789),  # further from 1 than the champion by more than 2 %
        (0.785, 0.80),  # out of a bound that the champion keeps
        (1.35, 0.789),  # too high by more than the champion is too low
    ],
)
def test_out_of_a_bound_and_worse_than_the_champion_it_is_not_promoted(challenger: float, champion: float) -> None:
    decision = decided(facts((0.9, challenger), (0.9, champion)))
    assert (decision.outcome, decision.reason) == ("kept", "failed: calibration since_2020")


def test_inputs_as_late_as_the_champions_are_a_warning_and_later_ones_a_failure() -> None:
    late = {"stale:rings": 0.55, "stale:coups": 0.05}
    like = comparison.inputs_check(late, {"stale:rings": 0.5})
    assert (like.passed, like.warning, like.found) == (True, True, "stale:rings at 55% of capitals")
    assert decided(facts((0.9, 0.9), (0.9, 0.9)), like).outcome == "promoted_with_warnings"
    later = comparison.inputs_check(late, {"stale:rings": 0.3})
    assert (later.passed, later.warning) == (False, False)
    fresh = comparison.inputs_check({"stale:coups": 0.05}, None)
    assert (fresh.passed, fresh.warning, fresh.found) == (True, False, "fresh")


def test_a_champion_that_is_kept_is_named_with_the_bounds_it_fails_itself() -> None:
    found = facts((0.9, 1.5), (0.91, 0.789))
    assert decided(found).outcome == "kept"
    failed = comparison.champions_failed_bounds(found, {"stale:rings": 0.6})
    assert failed == ["inputs", "calibration since_2020"]


def test_a_first_version_that_fails_a_bound_is_promoted_with_warnings() -> None:
    alone = Facts(10, {"challenger": 0.1}, (np.nan,) * 3, {"all": {"challenger": 0.7}}, {})
    decision = comparison.decide(alone, fresher=False, rises=True, inputs=FRESH, lone="there was no champion yet")
    assert decision.outcome == "promoted_with_warnings"
    assert decision.reason == "there was no champion yet; failed all the same: calibration all, calibration since_2020"


def test_the_log_gives_the_checks_that_a_version_failed(home: Path) -> None:
    checks = [
        {"name": "inputs", "passed": True, "warning": True},
        {"name": "curves", "passed": True, "warning": False},
        {"name": "log score", "passed": False, "warning": False},
    ]
    decision_log.add("a", {"challenger": "2", "champion": "1", "checks": checks})
    # an earlier release's lines have no warnings
    decision_log.add("b", {"challenger": "3", "champion": "3", "checks": [{"name": "curves", "passed": True}]})
    assert json.loads(decision_log.log_path().read_text().splitlines()[0])["checks"] == checks
    assert decision_log.failed_checks("2") == ["inputs", "log score"]
    assert decision_log.failed_checks("3") == decision_log.failed_checks("9") == []


def out_of_fold(panel: Panel, origins: list[str], hazard: float) -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([pd.DatetimeIndex(origins), panel.iso3], names=["origin", "iso3"])
    one = pd.DataFrame(np.float32(hazard), keys, comparison.MONTHS).reset_index()
    return pd.concat([one.assign(target=target) for target in TARGETS], ignore_index=True)


@pytest.mark.parametrize(("known_to", "rows"), [("2010-12", 2), ("2010-11", 1)])
def test_origins_whose_year_ahead_nobody_has_reviewed_are_not_compared(
    panel_of: Callable[..., Panel], known_to: str, rows: int
) -> None:
    panel = panel_of([("MLI", "coup", "2010-03", "2010-04", "H"), ("NER", "coup", "2011-06", "2011-06", "H")])
    panel = replace(panel, known_to=calendar.month_index(pd.Timestamp(known_to)))
    table = out_of_fold(panel, ["2009-11", "2009-12"], 0.01)
    tested = comparison.paired(panel, {"challenger": table, "champion": table})
    assert len(set(tested.rows.origin_index[is_scored(tested.rows)])) == rows
    scored = next(part for part in slices(panel, tested, {"current": outcomes(panel)}))
    assert len(scored.observed) == rows * len(
        set(panel.iso3) & set(tested.rows.features["iso3"][is_scored(tested.rows)])
    )
    assert comparison.compare(panel, table, table).difference == (0, 0, 0)
