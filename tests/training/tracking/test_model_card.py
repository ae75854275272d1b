"""The model card, and the surprises it tells: what is ranked low before an onset, and high before nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.folds import Fold
from training.dataset.rows import label_rows
from training.dataset.target import outcomes
from training.evaluation import worst_errors
from training.evaluation.backtest import Backtest
from training.evaluation.judge import ScoreTables
from training.evaluation.paired_differences import against_references, difference_table
from training.evaluation.score_table import skill_table
from training.tracking import model_card

UNITS = ("MLI", "NER", "TCD", "FRA")
ORIGINS = [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-02-01")]
SAID = {"MLI": 0.01, "NER": 0.05, "TCD": 0.2, "FRA": 0.001}
"""Hazard of each of the next months."""


@pytest.fixture(scope="module")
def panel(panel_of: Callable[..., Panel]) -> Panel:
    """A coup in Bamako in 2020-03, fighting in Niamey in 2020-05, nothing in N'Djamena and Paris for five years."""
    episodes = [
        ("MLI", "coup", "2020-03", "2020-03", "H"),
        ("NER", "fighting", "2020-05", "2020-06", "H"),
        ("FRA", "uprising", "2026-01", "2026-01", "H"),
    ]
    return panel_of(episodes)


@pytest.fixture(scope="module")
def tested(panel: Panel) -> Backtest:
    """The champion says more of N'Djamena and of Niamey than of Bamako, and a little more of Bamako in the second month."""
    features = pd.DataFrame({"origin": np.repeat(ORIGINS, len(UNITS)), "iso3": UNITS * len(ORIGINS)})
    hazard = np.repeat(np.array([SAID[code] for code in features["iso3"]])[:, None], 12, axis=1)
    hazard[4] = 0.02
    said = {name: hazard * share for name, share in (("climatology", 0.5), ("own_history", 0.8), ("stack", 1.0))}
    hazards = {name: dict.fromkeys(TARGETS, values) for name, values in said.items()}
    return Backtest(label_rows(panel, features, outcomes(panel)), hazards, tuple(Fold((o,)) for o in ORIGINS))


@pytest.fixture(scope="module")
def subject(panel: Panel, tested: Backtest) -> model_card.Subject:
    truth = {"version_1": outcomes(panel), "current": outcomes(panel)}
    scored = ScoreTables(
        skill_table(panel, tested, truth), difference_table(panel, tested, truth, against_references(tested.hazards))
    )
    return model_card.Subject(panel, scored, tested, {"stale:rings": 0.5}, "abcdef", pd.Timestamp("1990-01-01"))


def test_the_worst_miss_is_the_onset_whose_best_rank_was_lowest(tested: Backtest) -> None:
    found = worst_errors.misses(tested)
    assert list(found["iso3"]) == ["MLI", "NER"]
    bamako = found.iloc[0]
    assert (f"{bamako['month']:%Y-%m}", bamako["rank"], bamako["of"]) == ("2020-03", 3, 4)
    # rank 3 at both origins: the first of them is told
    assert (bamako["origin"], bamako["risk"]) == (ORIGINS[0], pytest.approx(1 - 0.99**6))
    assert list(worst_errors.misses(tested, 1)["iso3"]) == ["MLI"]


def test_a_false_alarm_is_a_capitals_highest_risk_that_twelve_calm_months_followed(tested: Backtest) -> None:
    found = worst_errors.false_alarms(tested)
    assert list(found["iso3"]) == ["TCD", "FRA"]
    assert found["risk"].iloc[0] == pytest.approx(1 - 0.8**6)
    assert f"{found['month'].iloc[0]:%Y-%m}" == "2021-01"


def test_the_share_disrupted_counts_the_highest_of_every_origin(tested: Backtest) -> None:
    # N'Djamena is first at both origins and stays calm; Niamey, second, is disrupted in the fourth and third month
    assert worst_errors.share_disrupted(tested, 1) == 0.0
    assert worst_errors.share_disrupted(tested, 2) == 0.5


def test_the_card_has_every_section_and_numbers_of_the_tables(subject: model_card.Subject) -> None:
    card = model_card.model_card(subject)
    heads = [line for line in card.splitlines() if line.startswith("#")]
    assert heads == [
        "# Origin 2026-01: stack of history, kernel and trees",
        "## Use",
        "## Skill",
        "## Calibration",
        "## Limits",
        "## Data and licences",
        "## Known failures",
    ]
    assert "code `abcdef`" in card
    # Bamako's coup lies within every horizon of both origins; Niamey's fighting within six months of both
    assert "| events | 1 | 3 | 4 | 4 |" in card
    assert "of the ten highest of each origin 50% were disrupted" in card
    assert "Bamako 2020-03 (5.9%, 3 of 4, forecast 2020-01)" in card
    assert "`stale:rings` 50%" in card
    assert "nan" not in card


def test_a_source_is_told_under_its_licence(subject: model_card.Subject) -> None:
    sources = [
        {"title": "Events", "licence": "CC BY 4.0", "newest_month": "2025-01"},
        {"title": "Coups", "licence": "citation asked"},
        {"title": "Prices", "licence": "CC BY 4.0"},
    ]
    subject.panel.manifest["sources"] = sources
    card = model_card.model_card(subject)
    assert "- CC BY 4.0: Events (to 2025-01); Prices." in card
    assert "- citation asked: Coups." in card


def test_a_description_too_long_for_the_registry_loses_whole_sections_and_says_so(subject: model_card.Subject) -> None:
    card = model_card.model_card(subject)
    whole = card.removeprefix("# ")
    assert model_card.description(card, len(whole)) == whole
    shorter = model_card.description(card, len(whole) - 1)
    assert len(shorter) <= len(whole) - 1
    assert "## Known failures" not in shorter
    assert "## Data and licences" in shorter
    assert shorter.endswith(model_card.CONTINUED)
    assert len(model_card.description("# Title\n\n" + "x" * 9000)) <= model_card.DESCRIPTION_LIMIT
