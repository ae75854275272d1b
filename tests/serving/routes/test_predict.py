from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.build import feature_names
from serving.schemas.prediction import MAX_ROWS, PredictRow

MONTHLY = 0.02


def predict(client: TestClient, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post("/v1/predict", json={"rows": list(rows)})
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"]


def test_a_calm_capital_gets_a_curve_for_every_target(client: TestClient) -> None:
    answer = client.post("/v1/predict", json={"rows": [{"iso3": "NER", "origin": "2026-10"}]})
    body = answer.json()
    assert body["horizons"] == list(range(1, 13))
    assert (body["model_version"], body["data_vintage"]) == ("1", "test.1")
    (row,) = body["predictions"]
    assert (row["iso3"], row["origin"]) == ("NER", "2026-10")
    assert set(row["targets"]) == {"disruption", "fighting", "strangulation", "seizure"}
    assert row["targets"]["disruption"]["risk"] == pytest.approx(
        [1 - (1 - MONTHLY) ** h for h in range(1, 13)], abs=1e-6
    )


def test_a_capital_under_siege_is_ongoing_for_strangulation_and_disruption_only(client: TestClient) -> None:
    (row,) = predict(client, {"iso3": "mli", "origin": "2026-08"})
    states = {target: curve["state"] for target, curve in row["targets"].items()}
    assert states == {"disruption": "ongoing", "fighting": "calm", "strangulation": "ongoing", "seizure": "calm"}
    assert row["targets"]["strangulation"]["risk"] is None


def test_a_capital_without_origin_is_predicted_at_the_newest_published_one(client: TestClient) -> None:
    (row,) = predict(client, {"iso3": "BFA"})
    assert row["origin"] == "2026-10"
    assert "missing:prices" in row["flags"]


def test_features_alone_are_a_calm_place_of_which_nothing_else_is_known(client: TestClient) -> None:
    (row,) = predict(client, {"features": {"country_deaths_1m": 3.5, "gdp_growth_1y": None}})
    assert (row["iso3"], row["origin"], row["flags"]) == (None, None, [])
    assert row["targets"]["fighting"]["state"] == "calm"


def test_features_beside_a_capital_replace_its_own(client: TestClient) -> None:
    over = {"iso3": "MLI", "features": {"strangulation_going_on": 0}}
    besieged, relieved = predict(client, {"iso3": "MLI"}, over)
    assert besieged["targets"]["disruption"]["state"] == "ongoing"
    assert relieved["targets"]["disruption"]["state"] == "calm"


def test_many_rows_are_answered_in_their_order(client: TestClient) -> None:
    rows = [
        {"iso3": iso3, "origin": origin} for origin in ("2026-10", "2024-01") for iso3 in ("MLI", "BFA", "NER")
    ] * 200
    found = predict(client, *rows)
    assert [{"iso3": r["iso3"], "origin": r["origin"]} for r in found] == rows


def test_the_example_of_the_documentation_works(client: TestClient) -> None:
    examples = {name: field.examples[0] for name, field in PredictRow.model_fields.items() if field.examples}
    assert set(examples["features"]) <= set(feature_names())
    assert len(predict(client, examples)) == 1


@pytest.mark.parametrize(
    ("row", "status", "message"),
    [
        ({"iso3": "MLX"}, 404, "no capital has the code 'MLX'; the nearest are"),
        ({"iso3": "Burkina"}, 404, "BFA (Burkina Faso)"),
        ({"iso3": "HKG"}, 404, "HKG is a territory"),
        (
            {"iso3": "MLI", "origin": "1950-01"},
            404,
            "origin 1950-01 is outside the panel; choose one from 1989-01 to 2026-10",
        ),
        ({"iso3": "SSD", "origin": "2003-01"}, 404, "SSD is in the panel from 2011-07"),
        ({"iso3": "MLI", "origin": "May"}, 422, "month 'May' is not of the form YYYY-MM"),
        (
            {"features": {"country_death_1m": 1}},
            422,
            "no feature is called 'country_death_1m'; the nearest are country_deaths_1m",
        ),
        (
            {"features": {"country_deaths_1m": "3"}},
            422,
            "rows.0.features.country_deaths_1m: Input should be a valid number",
        ),
        (
            {"features": {"country_deaths_1m": 1e300}},
            422,
            "rows.0.features.country_deaths_1m: Input should be less than",
        ),
        ({"iso3": 5}, 422, "rows.0.iso3: Input should be a valid string"),
        ({"iso": "MLI"}, 422, "rows.0.iso"),
        ({"origin": "2026-10", "features": {}}, 422, "`origin` needs `iso3`"),
        ({}, 422, "give `iso3`"),
    ],
)
def test_a_row_that_cannot_be_answered_is_named(
    client: TestClient, row: dict[str, Any], status: int, message: str
) -> None:
    answer = client.post("/v1/predict", json={"rows": [row]})
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]
    assert answer.json()["error"]["fields"][0]["field"].startswith("rows.0")


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(client: TestClient, literal: str) -> None:
    body = f'{{"rows": [{{"features": {{"gdp_growth_1y": {literal}}}}}]}}'
    answer = client.post("/v1/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"] == [
        {"field": "rows.0.features.gdp_growth_1y", "problem": "Input should be a finite number"}
    ]


def test_more_than_5000_rows_are_refused(client: TestClient) -> None:
    answer = client.post("/v1/predict", json={"rows": [{"iso3": "MLI"}] * (MAX_ROWS + 1)})
    assert answer.status_code == 422
    assert "rows: List should have at most 5000 items" in answer.json()["error"]["message"]


def test_more_than_120_origins_in_a_request_are_refused(client: TestClient) -> None:
    rows = [{"iso3": "MLI", "origin": f"{year}-{month:02}"} for year in range(2000, 2011) for month in range(1, 13)]
    answer = client.post("/v1/predict", json={"rows": rows})
    assert answer.status_code == 422
    assert "more than 120 different origins" in answer.json()["error"]["message"]
