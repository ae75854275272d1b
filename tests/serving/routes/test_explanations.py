"""History, drivers and analogues of a capital over the API."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from data.panel.panel import Panel
from features.build import build
from training.explanation.analogues import AnalogueIndex, encode

SEEN = pd.DataFrame({"feature": ["country_deaths_1m"], "centre": [0.0], "scale": [1.0], "weight_disruption": [1.0]})


def get(client: TestClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_history_of_a_capital_says_what_happened(client: TestClient) -> None:
    body = get(client, "/v1/capitals/NER/history?target=seizure&horizon=1,3&to=2023-12")
    found = [(f["origin"], f["horizon"], f["risk"], f["outcome"], f["onset_month"]) for f in body["forecasts"]]
    # Niamey fell in 2023-07: two months after the origin, so not within one month but within three
    assert found == [("2023-05", 1, 0.02, "none", None), ("2023-05", 3, 0.06, "onset", "2023-07")]


def test_a_window_that_is_not_over_is_open_and_an_episode_ongoing(client: TestClient) -> None:
    assert {f["outcome"] for f in get(client, "/v1/capitals/NER/history?from=2026-09")["forecasts"]} == {"open"}
    besieged = get(client, "/v1/capitals/MLI/history?target=strangulation")["forecasts"]
    assert {(f["outcome"], f["risk"]) for f in besieged} == {("ongoing", None)}


def test_a_span_of_a_capital_without_a_past_is_404(client: TestClient) -> None:
    assert get(client, "/v1/capitals/AFG/history")["total"] == 0
    answer = client.get("/v1/capitals/AFG/history?from=2025-01")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_origin")


def test_the_history_is_given_as_hxl(client: TestClient) -> None:
    lines = client.get("/v1/capitals/NER/history?format=hxl").text.splitlines()
    assert lines[0].startswith("origin,iso3,target")
    assert lines[1].startswith("#date+origin,#country+code+v_iso3,")


def test_a_span_without_an_origin_is_404_and_one_that_runs_backwards_422(client: TestClient) -> None:
    assert client.get("/v1/forecasts?from=1990-01&to=1990-12").status_code == 404
    assert client.get("/v1/forecasts?from=2026-10&to=2026-09").status_code == 422
    assert get(client, "/v1/forecasts?from=2026-09&country=NER&horizon=1&target=seizure")["total"] == 2


def test_the_accept_header_chooses_the_format_and_the_parameter_goes_before_it(client: TestClient) -> None:
    def kind(path: str, accept: str) -> str:
        return client.get(path, headers={"accept": accept}).headers["content-type"]

    assert kind("/v1/forecasts", "text/csv").startswith("text/csv")
    assert kind("/v1/forecasts", "application/geo+json, text/csv;q=0.5") == "application/geo+json"
    assert kind("/v1/forecasts", "*/*") == "application/json"
    assert kind("/v1/forecasts?format=json", "text/csv") == "application/json"
    refused = client.get("/v1/forecasts", headers={"accept": "image/png"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (406, "not_acceptable")


def test_formats_of_one_address_have_tags_of_their_own(client: TestClient) -> None:
    as_json = client.get("/v1/forecasts", headers={"accept": "application/json"})
    as_csv = client.get("/v1/forecasts", headers={"accept": "text/csv", "if-none-match": as_json.headers["etag"]})
    assert as_csv.status_code == 200
    assert as_csv.headers["vary"] == "accept, accept-encoding"


def test_geojson_has_a_point_for_each_row_at_the_seat(client: TestClient) -> None:
    body = get(client, "/v1/forecasts?format=geojson&country=NER&target=seizure&horizon=1")
    (feature,) = body["features"]
    assert (body["type"], body["model_version"], feature["geometry"]["type"]) == ("FeatureCollection", "1", "Point")
    assert feature["geometry"]["coordinates"] == pytest.approx([2.1, 13.5], abs=0.1)
    assert feature["properties"]["risk"] == pytest.approx(0.01 / 8)


def test_a_region_narrows_the_forecasts_and_an_unknown_one_names_all(client: TestClient) -> None:
    body = get(client, "/v1/forecasts?region=western africa&country=NER")
    assert {row["iso3"] for row in body["forecasts"]} == {"NER"}
    assert get(client, "/v1/forecasts?region=Caribbean&country=NER")["total"] == 0
    missing = client.get("/v1/forecasts?region=Atlantis")
    assert missing.status_code == 404
    assert "the regions are Australia and New Zealand, Caribbean" in missing.json()["error"]["message"]


def test_analogues_say_what_followed_and_count_it(client: TestClient) -> None:
    body = get(client, "/v1/forecasts/NER/analogues?count=5&target=seizure&horizon=6")
    assert len(body["analogues"]) == 5
    assert (
        body["summary"] == f"Of the {body['calm']} closest situations {body['disrupted']} saw seizure within 6 months."
    )
    distances = [a["distance"] for a in body["analogues"]]
    assert distances == sorted(distances)


def test_analogues_are_only_months_whose_following_year_was_over(panel: Panel) -> None:
    origins = [pd.Timestamp(f"{year}-06-01") for year in range(2014, 2024)]
    past = AnalogueIndex(encode(build(panel, origins), SEEN), SEEN)
    row = build(panel, [pd.Timestamp("2024-02-01")])
    row = row[row["iso3"] == "BFA"]
    row = row.assign(country_deaths_1m=np.float32(0.0))
    coded = past.coded.assign(country_deaths_1m=np.int8(0))
    until = (2024 - 1989) * 12  # the index of 2024-01: a year after 2022-06 is over by then, one after 2023-06 is not
    found = AnalogueIndex(coded, SEEN).closest(row, "disruption", until, 5000)
    assert found["origin"].max() == pd.Timestamp("2022-06-01")
    own = found[found["iso3"] == "BFA"]["origin"]
    assert own.max() == pd.Timestamp("2020-06-01")  # three years of its own past are left out
    months = found.groupby("iso3")["origin"].apply(lambda o: o.sort_values().diff().min())
    assert (months.dropna() >= pd.Timedelta(days=365)).all()


def test_a_model_that_explains_nothing_has_no_drivers(client: TestClient) -> None:
    answer = client.get("/v1/forecasts/NER/drivers")
    assert answer.status_code == 404
    assert "climatology does not explain" in answer.json()["error"]["message"]
