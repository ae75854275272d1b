"""Hazards to forecast rows: states, months, stamps, and what the contract refuses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaError

from data import calendar
from data.contracts.forecasts import FORECASTS, PARTS, TARGETS
from training.forecasting.forecast import Provenance, forecast, rows_of, states
from training.models.climatology import Climatology

PROVENANCE = Provenance("7", pd.Timestamp("2025-09-03 04:05:06"), "2025-08.abc")


def features(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Return (origin, iso3, part going on or "") as the columns a forecast needs."""
    table = pd.DataFrame(
        {
            "origin": pd.to_datetime([origin for origin, *_ in rows]),
            "iso3": [iso3 for _, iso3, _ in rows],
            "flags": ["late:media" if iso3 == "MLI" else "" for _, iso3, _ in rows],
        }
    )
    return table.assign(
        **{f"{part}_going_on": np.array([float(now == part) for *_, now in rows], np.float32) for part in PARTS}
    )


def flat(count: int, hazard: float = 0.1) -> dict[str, np.ndarray]:
    return {target: np.full((count, 12), hazard) for target in TARGETS}


def made(*rows: tuple[str, str, str], hazard: float = 0.1) -> pd.DataFrame:
    return rows_of("a method", flat(len(rows), hazard), features(*rows), PROVENANCE)


def test_there_is_one_row_for_every_unit_target_and_horizon() -> None:
    table = made(("2025-08", "MLI", ""), ("2025-08", "NER", ""))
    assert len(table) == 2 * 4 * 12
    assert table.groupby(["iso3", "target"])["horizon"].apply(list).map(lambda h: h == list(range(1, 13))).all()


def test_the_risk_is_what_is_left_when_every_month_is_survived() -> None:
    table = made(("2025-08", "MLI", ""))
    risk = table[table["target"] == "seizure"].set_index("horizon")["risk"]
    # hazard .1 a month: 1 - .9, 1 - .9^2, 1 - .9^12
    assert risk[[1, 2, 12]].tolist() == pytest.approx([0.1, 0.19, 1 - 0.9**12])


def test_the_target_month_lies_horizon_months_after_the_origin_over_the_turn_of_the_year() -> None:
    table = made(("2025-11", "MLI", "")).drop_duplicates("horizon").set_index("horizon")
    assert [f"{table.at[h, 'target_month']:%Y-%m}" for h in (1, 2, 12)] == ["2025-12", "2026-01", "2026-11"]


def test_knowledge_is_frozen_at_the_first_instant_after_the_origin() -> None:
    assert (made(("2025-12", "MLI", ""))["as_of"] == pd.Timestamp("2026-01-01")).all()
    assert calendar.as_of(pd.Timestamp("2025-12")) == pd.Timestamp("2026-01-01")


def test_a_target_going_on_has_no_risk_and_the_others_keep_theirs() -> None:
    table = made(("2025-08", "MLI", "strangulation")).query("horizon == 6").set_index("target")
    assert table["state"].to_dict() == {
        "disruption": "ongoing",
        "fighting": "calm",
        "strangulation": "ongoing",
        "seizure": "calm",
    }
    assert table["risk"].isna().to_dict() == {
        "disruption": True,
        "fighting": False,
        "strangulation": True,
        "seizure": False,
    }
    assert (table["risk"].isna() == table["hazard"].isna()).all()


def test_disruption_goes_on_while_any_part_does() -> None:
    going_on = states(features(*(("2025-08", "MLI", part) for part in ("", *PARTS))))
    assert going_on["disruption"].tolist() == [False, True, True, True]
    assert [going_on[part].tolist().index(True) for part in PARTS] == [1, 2, 3]


def test_rows_carry_the_stamp_and_the_flags_of_their_unit() -> None:
    table = made(("2025-08", "MLI", ""), ("2025-08", "NER", ""))
    assert set(table["model_version"]) == {"7"}
    assert set(table["data_vintage"]) == {"2025-08.abc"}
    assert set(table["issued_at"]) == {PROVENANCE.issued_at}
    assert table.groupby("iso3")["flags"].unique().map(list).to_dict() == {"MLI": ["late:media"], "NER": [""]}


def test_a_model_gives_its_name_and_its_hazards() -> None:
    rates = {target: [0.01 * (i + 1)] * 12 for i, target in enumerate(TARGETS)}
    rates["disruption"] = [0.2] * 12
    table = forecast(Climatology(rates), features(("2025-08", "MLI", "")), PROVENANCE)
    assert set(table["model"]) == {"climatology"}
    assert table[table["target"] == "disruption"]["hazard"].to_numpy() == pytest.approx([0.2] * 12)
    FORECASTS.validate(table)


@settings(max_examples=15)
@given(st.lists(st.floats(0, 0.95), min_size=12, max_size=12), st.sampled_from(["", *PARTS]))
def test_any_hazards_become_rows_that_obey_the_contract_with_a_rising_curve(
    hazards: list[float], going_on: str
) -> None:
    given_hazards = {target: np.array([hazards]) for target in TARGETS}
    table = rows_of("m", given_hazards, features(("2025-08", "MLI", going_on)), PROVENANCE)
    FORECASTS.validate(table)
    for _, curve in table[table["state"] == "calm"].groupby("target"):
        assert (np.diff(curve.sort_values("horizon")["risk"]) >= 0).all()


def test_a_hazard_above_one_or_the_same_unit_twice_is_refused() -> None:
    with pytest.raises(SchemaError, match="in_range"):
        rows_of("m", {t: h * -1 for t, h in flat(1).items()}, features(("2025-08", "MLI", "")), PROVENANCE)
    with pytest.raises(SchemaError, match="not unique"):
        made(("2025-08", "MLI", ""), ("2025-08", "MLI", ""))


def test_the_spread_of_refits_gives_intervals_but_where_an_episode_is_going_on() -> None:
    table_features = features(("2025-08", "MLI", "seizure"), ("2025-08", "NER", ""))
    spread = dict.fromkeys(TARGETS, np.array([0.3, 0.0]))
    table = rows_of("a method", flat(2, 0.1), table_features, PROVENANCE, spread).set_index(
        ["iso3", "target", "horizon"]
    )
    assert pd.isna(table.at[("MLI", "seizure", 3), "risk_low"])
    assert table.at[("MLI", "fighting", 3), "risk_low"] < table.at[("MLI", "fighting", 3), "risk"]
    assert table.at[("MLI", "fighting", 3), "risk"] < table.at[("MLI", "fighting", 3), "risk_high"]
    assert table.at[("NER", "seizure", 3), "risk_low"] == pytest.approx(table.at[("NER", "seizure", 3), "risk_high"])


def test_a_forecast_outside_its_own_interval_is_refused() -> None:
    table = made(("2025-08", "MLI", "")).assign(risk_low=0.99, risk_high=1.0)
    with pytest.raises(SchemaError, match="within_interval"):
        FORECASTS.validate(table)
