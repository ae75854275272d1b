"""Candidate episodes: what the starter panel shows of two months, and literal counts."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.curation.evidence import MIN_DEATHS_NEAR, SPIKE_Z, signals, z_scores
from data.curation.propose import PROPOSED, Proposal, propose
from data.panel.panel import Panel
from data.reference_tables import FOLDER
from data.settings import REPOSITORY

STARTER = REPOSITORY / "data" / "starter"


def month(text: str) -> pd.Timestamp:
    return pd.Timestamp(f"{text}-01")


@pytest.fixture(scope="module")
def summer(starter: Panel) -> Proposal:
    return propose(starter, STARTER, month("2024-07"), month("2024-08"))


def row(proposal: Proposal, candidate: str) -> dict[str, str]:
    rows = proposal.candidates[proposal.candidates["candidate"] == candidate]
    assert len(rows) == 1, sorted(proposal.candidates["candidate"])
    return rows.iloc[0].to_dict()


def test_a_month_of_the_rule_joins_the_spikes_around_it_with_numbers_sources_and_rows_of_the_panel(
    summer: Proposal,
) -> None:
    dhaka = row(summer, "BGD fighting 2024-07..2024-08")
    assert (dhaka["capital"], dhaka["confidence"], dhaka["status"]) == ("Dhaka", "M", "new")
    assert dhaka["reason"].startswith("2024-08: 42 deaths in 9 events in the capital's own district")
    assert "2024-08 fighting rule: 42 deaths in 9 events" in dhaka["evidence"]
    assert "(ucdp_district_month)" in dhaka["evidence"]
    assert "2024-07 spike of conflict news: 2240 conflict events" in dhaka["evidence"]
    assert "districts[iso3=BGD, month=2024-08]: deaths events_*" in dhaka["panel_rows"]
    assert dhaka["overlaps"] == "uprising 2024-07..2024-08; coup 2024-08..2024-08"
    assert dhaka["under_review"] == "2024-07..2024-08"


def test_deaths_short_of_the_rule_and_price_shocks_are_doubtful_candidates(summer: Proposal) -> None:
    kyiv = row(summer, "UKR fighting 2024-07..2024-07")
    assert kyiv["reason"] == "2024-07: 33 deaths in 1 events in the capital's own district, short of the rule"
    port_sudan = row(summer, "SDN shortage 2024-08..2024-08")
    assert port_sudan["capital"] == "Port Sudan"
    assert "staple +152% on half a year, net of the world price" in port_sudan["evidence"]
    assert {kyiv["confidence"], port_sudan["confidence"]} == {"L"}


def test_what_the_catalogue_has_of_the_kind_is_not_proposed_and_decisions_are_empty(summer: Proposal) -> None:
    kinds = set(zip(summer.candidates["iso3"], summer.candidates["kind"], strict=True))
    assert ("BGD", "coup") not in kinds
    assert ("SDN", "fighting") not in kinds
    assert list(summer.candidates) == list(PROPOSED)
    assert set(summer.candidates["decision"]) == {""}


def test_an_episode_going_on_asks_to_be_confirmed_from_its_start_on(starter: Panel, summer: Proposal) -> None:
    assert set(summer.candidates.loc[summer.candidates["status"] == "open", "iso3"]) == {"HTI"}
    spring = propose(starter, STARTER, month("2026-05"), month("2026-06"))
    going_on = spring.candidates[spring.candidates["status"] == "open"]
    assert list(going_on["candidate"]) == ["CUB supply 2026-01..", "HTI siege 2024-02..", "MLI siege 2026-04.."]
    assert set(going_on["last_confirmed"]) == {"2026-04"}
    assert set(going_on["end"]) == {""}


def test_months_that_no_feed_has_reached_are_counted_by_signal(starter: Panel) -> None:
    spring = propose(starter, STARTER, month("2026-05"), month("2026-06"))
    reach = spring.reach.set_index("signal")
    assert spring.capitals == 197
    assert reach.at["coups", "newest_month"] == "2025-12"
    assert reach.at["coups", "capitals_without_any_month"] == 197
    assert reach.at["spike of deaths in the country", "capitals_without_any_month"] == 0
    assert reach.at["spike of deaths in the country", "capitals_without_some_month"] == 197
    assert spring.unseen == ("siege", "takeover", "attack", "foreign_strike")


def test_by_default_the_months_after_the_known_month_are_proposed(starter: Panel, tmp_path: Path) -> None:
    for name in ("episodes.csv", "episodes_known_to.json"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "episodes_known_to.json").write_text('{"known_to": "2026-07"}')
    proposal = propose(starter, STARTER, folder=tmp_path)
    assert (proposal.first, proposal.last) == (month("2026-08"), month("2026-10"))


def test_a_span_outside_the_panel_is_refused(starter: Panel) -> None:
    with pytest.raises(ValueError, match="nothing to review from 2026-11 to 2026-12: the catalogue is known to"):
        propose(starter, STARTER, month("2026-11"), month("2026-12"))


def test_a_spike_is_measured_against_the_units_own_past_and_needs_enough_of_it() -> None:
    quiet = np.tile([100.0, 121.0], 18)
    counts = np.array([[*quiet, 1000.0], [*np.full(13, np.nan), *quiet[:23], 1000.0]], np.float32)
    scores = z_scores(counts)
    assert scores[0, -1] == pytest.approx((np.log(1001) - np.log([101, 122]).mean()) / 0.25, rel=1e-3)
    assert scores[0, -1] > SPIKE_Z
    assert np.isnan(scores[1, -1])


def test_no_candidate_lies_below_its_threshold(starter: Panel) -> None:
    found = {signal.name: signal.months for signal in signals(starter, 420, 431)}
    deaths = [int(e.numbers.split()[0]) for e in found["deaths near the capital"]]
    assert deaths
    assert min(deaths) >= MIN_DEATHS_NEAR
