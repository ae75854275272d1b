"""Scenarios: the counts change, every feature follows, and the answer says where it should not be leant on."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.changes import UNDERSTOOD, read


def ask(client: TestClient, *changes: Any, **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/scenarios", json={"iso3": "BFA", "changes": list(changes)} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def moved(body: dict[str, Any]) -> dict[str, tuple[float | None, float | None]]:
    return {f["name"]: (f["before"], f["after"]) for f in body["features"]}


def test_deaths_in_the_country_move_every_measure_that_counts_them(client: TestClient) -> None:
    found = moved(ask(client, {"kind": "fighting", "place": "country", "deaths": 100, "events": 2}))
    # 20 deaths in the newest month become 120: ln 21 and ln 121
    assert found["country_deaths_1m"] == pytest.approx((3.0445, 4.7958), abs=1e-3)
    assert "country_deaths_change_12m" not in found or found["country_deaths_change_12m"]
    assert "neighbour_deaths_12m" not in found  # a capital is no neighbour of itself


def test_a_sentence_and_its_typed_form_are_the_same(client: TestClient) -> None:
    said = ask(client, "country fighting 100 deaths 2 events")
    assert said == ask(client, {"kind": "fighting", "place": "country", "deaths": 100, "events": 2})


def test_a_coup_in_the_month_before_counts_as_past_and_leaves_seizure_open(client: TestClient) -> None:
    body = ask(client, "coup")
    assert moved(body)["coup_decayed_60m"][1] == pytest.approx(2 ** (-1 / 60), abs=1e-4)
    assert body["targets"]["seizure"]["after"]["state"] == "calm"


def test_what_no_method_uses_and_what_is_unknown_is_said(client: TestClient) -> None:
    body = ask(client, {"kind": "corridor_attacks", "corridor": "all", "factor": 2}, "coup attempt")
    assert any(w.startswith("Nothing is known of `corridors`") for w in body["warnings"])
    assert any("this vintage: " in w and "coups" in w for w in body["warnings"])
    # prices are nowhere reported here: the scenario's own stand alone, and no method looks at them
    dear = ask(client, "diesel +50 %")
    assert any(w.startswith("Nothing is known of `prices`") for w in dear["warnings"])
    assert "The scenario changes no feature." in dear["warnings"]


def test_the_panel_in_memory_stays_as_it_is(client: TestClient) -> None:
    before = client.get("/v1/features/BFA").json()
    ask(client, "country fighting 100 deaths")
    assert client.get("/v1/features/BFA").json() == before


@pytest.mark.parametrize("sentence", UNDERSTOOD)
def test_every_sentence_that_is_offered_is_understood(sentence: str) -> None:
    assert read(sentence, "changes.0").kind in {"corridor_attacks", "fighting", "price", "coup"}


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        (
            "the king dies",
            422,
            "'the king dies' is not understood; such sentences are: attacks on the Dakar corridor x2",
        ),
        ("gold +5 %", 422, "is not understood"),
        ({"kind": "fighting", "deaths": -1}, 422, "greater than or equal to 0"),
        ({"kind": "weather"}, 422, "weather"),
        (
            {"kind": "corridor_attacks", "corridor": "Atlantis", "factor": 2},
            422,
            "no corridor of BFA is called 'Atlantis'",
        ),
        ({"kind": "corridor_attacks", "corridor": "all"}, 422, "give `factor` or `events`"),
    ],
)
def test_a_change_that_cannot_be_made_is_named(client: TestClient, change: Any, status: int, message: str) -> None:
    answer = client.post("/v1/scenarios", json={"iso3": "BFA", "changes": [change]})
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]
    assert answer.json()["error"]["fields"][0]["field"].startswith("changes.0")


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(client: TestClient, literal: str) -> None:
    body = f'{{"iso3": "BFA", "changes": [{{"kind": "price", "commodity": "fuel", "percent": {literal}}}]}}'
    answer = client.post("/v1/scenarios", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
change_like = st.one_of(
    json_like,
    st.sampled_from(UNDERSTOOD),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["corridor_attacks", "fighting", "price", "coup"])},
        optional={
            "deaths": json_like | st.integers(0, 10**6),
            "factor": json_like,
            "corridor": json_like | st.just("all"),
            "commodity": st.sampled_from(["fuel", "staple"]),
            "percent": st.floats(),
        },
    ),
)


@settings(max_examples=60, deadline=None)
@given(
    body=st.fixed_dictionaries(
        {"iso3": json_like | st.just("MLI"), "changes": st.lists(change_like, max_size=3) | json_like}
    )
)
def test_no_body_breaks_the_service(client: TestClient, body: dict[str, Any]) -> None:
    for path, sent in (("/v1/scenarios", body), ("/v1/predict", {"rows": body["changes"]})):
        raw = json.dumps(sent)
        answer = client.post(path, content=raw, headers={"content-type": "application/json"})
        assert answer.status_code in {200, 404, 422}, (raw, answer.text)


def test_corridors_are_lines_and_sources_and_skill_are_listed(client: TestClient) -> None:
    lines = client.get("/v1/corridors?country=MLI")
    assert lines.headers["content-type"] == "application/geo+json"
    assert {f["geometry"]["type"] for f in lines.json()["features"]} == {"LineString"}
    assert {f["properties"]["iso3"] for f in lines.json()["features"]} == {"MLI"}
    found = client.get("/v1/sources")
    assert "ucdp_ged" in {s["name"] for s in found.json()["sources"]}
    assert "etag" not in found.headers
    scores = client.get("/v1/skill?model=own_history&metric=auroc").json()
    assert [s["value"] for s in scores["skill"]] == [0.77]
