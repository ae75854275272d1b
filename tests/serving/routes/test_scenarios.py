"""Scenarios: the counts change, every feature follows, and the answer says where it should not be leant on."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from data.contracts.forecasts import TARGETS
from serving.queries.scenarios.sentences import parse_sentence
from serving.routes.scenarios import ScenarioRequest, scenarios
from serving.schemas.scenario_changes import EXAMPLES
from serving.served_publication import ServedPublication
from serving.store import Store
from training.models.base import Hazards
from training.models.climatology import Climatology


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


def test_where_nothing_moves_the_answer_says_why_and_what_would(client: TestClient) -> None:
    twice = ask(client, "attacks on the Lome corridor x2")
    assert "“attacks on the Lome corridor x2” has nothing to change" in twice["summary"]
    assert "were never reported" in twice["summary"]
    dear = ask(client, "diesel +50 %")
    assert dear["summary"].startswith("No risk changes: “diesel +50 %” has nothing to change")
    # the model of these tests looks at past disruptions alone, and of all sliders a coup attempt alone moves them
    assert dear["effective_changes"] == twice["effective_changes"] == ["coup attempt"]
    assert ask(client, "coup attempt")["effective_changes"] == []


def test_what_the_model_does_not_look_at_is_said_beside_what_moves(client: TestClient) -> None:
    body = ask(client, "coup attempt", "country fighting 100 deaths")
    assert any("does not use fighting near the capital" in w for w in body["warnings"])


class Afraid(Climatology):
    """Takes unknown deaths near the capital for worse than none, as trees do, and twenty for worse still."""

    name = "afraid"
    title = "Afraid of the unknown"

    def raw_hazards(self, features: pd.DataFrame) -> Hazards:
        deaths = features["near_deaths_1m"].to_numpy(float)
        monthly = np.where(np.isnan(deaths), 0.02, np.where(deaths > 0, 0.03, 0.01))
        return {target: np.repeat(monthly[:, None], 12, axis=1) for target in TARGETS}


@pytest.fixture
def afraid(store: Store) -> ServedPublication:
    assert store.refresh(), store.not_ready_reason
    served = store.served
    assert served is not None
    columns = ("feature", "low", "high")
    seen = pd.DataFrame([("near_deaths_1m", 0.0, np.log(51.0))], columns=columns)
    return replace(served, model=Afraid(), publication=replace(served.publication, inputs=seen))


def test_deaths_where_nothing_was_known_are_compared_with_none_not_with_the_unknown(afraid: ServedPublication) -> None:
    made = scenarios(ScenarioRequest(iso3="BFA", changes=["capital fighting 20 deaths"]), afraid)
    curve = made.targets["disruption"]
    assert [c.risk[0] for c in (curve.reported, curve.before, curve.after) if c.risk] == [0.02, 0.01, 0.03]
    assert "any disruption from 5.9 % to 17 %" in made.summary  # 1 - .99 ** 6 and 1 - .97 ** 6
    assert made.assumptions[0].endswith("both curves assume none, except for the change.")
    assert made.assumptions[1].startswith(
        "Missing is not zero: with these months left missing, as they are, the risk within 6 months is"
    )
    assert not any("Extrapolation" in warning for warning in made.warnings)


def test_a_scenario_that_leaves_what_the_model_has_seen_says_by_how_much(afraid: ServedPublication) -> None:
    made = scenarios(ScenarioRequest(iso3="BFA", changes=["capital fighting 400 deaths"]), afraid)
    (beyond,) = (w for w in made.warnings if w.startswith("Extrapolation"))
    assert "would be 400, in the training data it is at most 50 (near_deaths_1m)" in beyond


def test_a_risk_that_falls_although_worse_is_supposed_is_no_good_news(afraid: ServedPublication) -> None:
    class Contrary(Afraid):
        def raw_hazards(self, features: pd.DataFrame) -> Hazards:
            return {t: 0.04 - hazard for t, hazard in super().raw_hazards(features).items()}

    made = scenarios(
        ScenarioRequest(iso3="BFA", changes=["capital fighting 20 deaths"]), replace(afraid, model=Contrary())
    )
    assert any("falls although the change is for the worse" in warning for warning in made.warnings)


def test_the_panel_in_memory_stays_as_it_is(client: TestClient) -> None:
    before = client.get("/v1/features/BFA").json()
    ask(client, "country fighting 100 deaths")
    assert client.get("/v1/features/BFA").json() == before


@pytest.mark.parametrize("sentence", EXAMPLES)
def test_every_sentence_that_is_offered_is_understood(sentence: str) -> None:
    assert parse_sentence(sentence, "changes.0").kind in {"corridor_attacks", "fighting", "price", "coup"}


@pytest.mark.parametrize("sentence", EXAMPLES)
def test_a_typed_change_says_itself_in_a_sentence_that_means_the_same(sentence: str) -> None:
    typed = parse_sentence(sentence, "changes.0")
    assert parse_sentence(typed.sentence, "changes.0") == typed


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
    st.sampled_from(EXAMPLES),
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
