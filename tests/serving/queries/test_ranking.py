import pandas as pd
import pytest

from serving.queries.ranking import rank
from serving.served_publication import states_only

ORIGIN = pd.Timestamp("2026-10-01")


def rows(values: dict[str, tuple[float | None, float | None, float | None, float | None]]) -> pd.DataFrame:
    targets = ("disruption", "fighting", "strangulation", "seizure")
    return pd.DataFrame(
        [
            (ORIGIN, iso3, target, 6, float("nan") if risk is None else risk, "ongoing" if risk is None else "calm")
            for iso3, risks in values.items()
            for target, risk in zip(targets, risks, strict=True)
        ],
        columns=["origin", "iso3", "target", "horizon", "risk", "state"],
    )


def test_calm_capitals_are_ranked_by_their_risk_of_disruption() -> None:
    table = rank(rows({"BFA": (0.10, 0.9, 0.9, 0.9), "NER": (0.20, 0.0, 0.0, 0.0)}), 6)
    assert table.to_dict("list") == {
        "iso3": ["NER", "BFA"],
        "rank": [1, 2],
        "score": [0.20, 0.10],
        "state": ["calm", "calm"],
    }


def test_a_disrupted_capital_is_ranked_by_what_could_come_on_top() -> None:
    table = rank(rows({"MLI": (None, 0.2, None, 0.1), "BFA": (0.27, 0, 0, 0)}), 6)
    assert list(table["iso3"]) == ["MLI", "BFA"]
    assert table["score"].iloc[0] == pytest.approx(1 - 0.8 * 0.9)
    assert list(table["state"]) == ["ongoing", "calm"]


def test_a_capital_with_every_target_going_on_has_no_score_and_comes_last() -> None:
    table = rank(rows({"SDN": (None, None, None, None), "CHE": (0.001, 0, 0, 0)}), 6)
    assert list(table["iso3"]) == ["CHE", "SDN"]
    assert pd.isna(table["score"].iloc[1])
    assert list(table["rank"]) == [1, 2]


def test_equal_scores_share_a_rank() -> None:
    table = rank(rows({"BFA": (0.1, 0, 0, 0), "NER": (0.1, 0, 0, 0), "MLI": (0.05, 0, 0, 0)}), 6)
    assert list(table["rank"]) == [1, 1, 3]


def test_ranking_two_origins_at_once_is_refused() -> None:
    one = rows({"BFA": (0.1, 0, 0, 0)})
    with pytest.raises(ValueError, match="one origin, got 2"):
        rank(pd.concat([one, one.assign(origin=pd.Timestamp("2026-09-01"))]), 6)


def test_an_unknown_horizon_is_refused() -> None:
    with pytest.raises(ValueError, match="no forecast has horizon 13"):
        rank(rows({"BFA": (0.1, 0, 0, 0)}), 13)


def test_territories_are_not_listed() -> None:
    table = rows({"BFA": (0.1, 0, 0, 0), "HKG": (0.9, 0, 0, 0)})
    assert set(states_only(table)["iso3"]) == {"BFA"}
