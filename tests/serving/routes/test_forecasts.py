import csv
import io
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.store import Store


def get(client: TestClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    "path",
    ["/v1/forecasts", "/v1/forecasts/BFA", "/v1/capitals", "/v1/episodes", "/v1/model", "/v1/features/BFA"],
)
def test_every_answer_names_model_version_origin_vintage_and_time_of_issue(client: TestClient, path: str) -> None:
    body = get(client, path)
    assert {k: body[k] for k in ("model", "model_version", "origin", "data_vintage", "issued_at")} == {
        "model": "climatology",
        "model_version": "1",
        "origin": "2026-10",
        "data_vintage": "test.1",
        "issued_at": "2026-11-23T00:00:00Z",
    }


def test_forecasts_are_of_the_newest_origin_unless_asked_otherwise(client: TestClient) -> None:
    body = get(client, "/v1/forecasts")
    assert body["total"] == 3 * 4 * 12
    assert {row["origin"] for row in body["forecasts"]} == {"2026-10"}


def test_forecasts_are_filtered_by_comma_separated_and_repeated_values(client: TestClient) -> None:
    body = get(
        client, "/v1/forecasts?country=bfa,NER&target=disruption&target=seizure&horizon=2&origin=2026-09,2026-10"
    )
    found = [(r["origin"], r["iso3"], r["target"], r["horizon"], r["target_month"]) for r in body["forecasts"]]
    assert found == [
        (origin, iso3, target, 2, target_month)
        for origin, target_month in (("2026-09", "2026-11"), ("2026-10", "2026-12"))
        for iso3 in ("BFA", "NER")
        for target in ("disruption", "seizure")
    ]


def test_risk_accumulates_the_monthly_hazard(client: TestClient) -> None:
    rows = get(client, "/v1/forecasts?country=BFA&target=disruption&horizon=1,2")["forecasts"]
    assert rows[0]["risk"] == pytest.approx(0.02)
    assert rows[1]["risk"] == pytest.approx(1 - 0.98**2)
    assert (rows[0]["country"], rows[0]["capital"]) == ("Burkina Faso", "Ouagadougou")


def test_paging_walks_through_all_rows_once(client: TestClient) -> None:
    seen = []
    for offset in (0, 10, 20):
        body = get(client, f"/v1/forecasts?country=BFA&target=disruption,fighting&limit=10&offset={offset}")
        assert body["total"] == 24
        seen += [(r["target"], r["horizon"]) for r in body["forecasts"]]
    assert seen == [(t, h) for t in ("disruption", "fighting") for h in range(1, 13)]


def test_csv_has_the_hub_columns_and_the_total(client: TestClient) -> None:
    answer = client.get("/v1/forecasts?format=csv&country=MLI&target=strangulation,seizure&horizon=1")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["x-total-count"] == "2"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(r["target"], r["state"], r["risk"]) for r in rows] == [
        ("seizure", "calm", "0.005"),
        ("strangulation", "ongoing", ""),
    ]
    assert rows[0]["target_month"] == "2026-11-01"


def test_a_capital_under_siege_has_no_risk_of_strangulation_but_one_of_seizure(client: TestClient) -> None:
    body = get(client, "/v1/forecasts/mli")
    assert body["capital"] == "Bamako"
    strangled, seized = body["targets"]["strangulation"], body["targets"]["seizure"]
    assert strangled["state"] == "ongoing"
    assert strangled["risk"] is None
    assert strangled["ongoing"] == [
        {"kind": "siege", "since": "2026-04", "reason": "siege declared", "last_confirmed": None}
    ]
    assert seized["state"] == "calm"
    assert seized["risk"][0] == pytest.approx(0.04 / 8)
    assert len(seized["risk"]) == 12


def test_a_disrupted_capital_has_no_risk_but_a_place_by_what_could_come_on_top(client: TestClient) -> None:
    # Monthly hazards of Bamako: fighting .02, seizure .005; of Ouagadougou any disruption .02.
    standing = get(client, "/v1/forecasts/MLI")["standing"]
    further = 1 - 0.98**6 * 0.995**6
    assert standing == {
        "horizon": 6, "rank": 1, "of": 3, "state": "ongoing", "risk": None, "further_risk": pytest.approx(further)
    }  # fmt: skip
    calm = get(client, "/v1/forecasts/BFA")["standing"]
    assert (calm["rank"], calm["risk"], calm["further_risk"]) == (2, pytest.approx(1 - 0.98**6), None)


def test_a_capital_forecast_carries_drivers_and_the_state_of_its_feeds(client: TestClient) -> None:
    body = get(client, "/v1/forecasts/BFA")
    assert [d["sentence"] for d in body["targets"]["disruption"]["drivers"]] == ["Fighting raises the odds x2"]
    facts = body["targets"]["disruption"]["drivers"][0]["facts"]
    assert facts[0] == {"text": "310 deaths in the country", "contribution": 0.5}
    assert "missing:prices" in body["flags"]


def test_a_capital_forecast_of_an_earlier_origin_says_so(client: TestClient) -> None:
    assert get(client, "/v1/forecasts/BFA?origin=2026-09")["origin"] == "2026-09"


def test_capitals_are_states_without_territories(client: TestClient) -> None:
    body = get(client, "/v1/capitals")
    codes = {row["iso3"] for row in body["capitals"]}
    assert {"MLI", "TWN", "PSE"} <= codes
    assert "HKG" not in codes
    assert body["total"] == len(body["capitals"])


def test_episodes_are_filtered_by_country_and_kind(client: TestClient) -> None:
    body = get(client, "/v1/episodes?country=MLI,NER&kind=coup")
    assert {e["source"] for e in body["episodes"]} == {"catalogue"}
    assert [(e["iso3"], e["start"], e["end"], e["kind"]) for e in body["episodes"]] == [
        ("MLI", "2020-08", "2020-08", "coup"),
        ("NER", "2023-07", "2023-08", "coup"),
    ]


def test_episodes_name_their_city_evidence_and_last_confirmation_and_how_far_the_list_is_known(
    client: TestClient,
) -> None:
    body = get(client, "/v1/episodes?country=MLI")
    assert body["known_to"] == "2026-10"
    assert body["episodes"][0] == {
        "iso3": "MLI",
        "capital": "Bamako",
        "start": "2020-08",
        "end": "2020-08",
        "kind": "coup",
        "confidence": "H",
        "reason": "president arrested",
        "last_confirmed": None,
        "evidence": "",
        "source": "catalogue",
    }


def test_episodes_come_as_csv_and_with_hxl_tags_and_doubtful_ones_are_asked_for(client: TestClient) -> None:
    lines = client.get("/v1/episodes?format=csv&country=NER").text.splitlines()
    assert lines[0] == "iso3,capital,start,end,kind,confidence,reason,last_confirmed,evidence,source"
    assert lines[1] == "NER,Niamey,2023-07-01,2023-08-01,coup,H,<b>president</b> detained,,,catalogue"
    tags = client.get("/v1/episodes?format=hxl").text.splitlines()[1]
    assert tags.split(",")[7:9] == ["#date+updated", "#meta+evidence"]
    assert "L" not in {row["confidence"] for row in get(client, "/v1/episodes")["episodes"]}
    assert "L" in {row["confidence"] for row in get(client, "/v1/episodes?doubtful=true")["episodes"]}


def test_the_model_card_has_the_champions_scores_beside_its_references(client: TestClient) -> None:
    body = get(client, "/v1/model")
    assert (body["title"], body["run_id"], body["publication"]) == ("Climatology (base rate)", "run1", "2026-10-v1")
    scores = {(s["model"], s["metric"]): s["value"] for s in body["skill"]}
    assert scores["climatology", "auroc"] == 0.5
    assert scores["own_history", "auroc"] == 0.77
    assert scores["own_history", "log_score"] is None
    apart = {(d["reference"], d["metric"]): (d["value"], d["low"], d["high"]) for d in body["differences"]}
    assert apart == {("own_history", "auroc"): (-0.27, -0.33, -0.21), ("own_history", "log_score"): (None, None, None)}


def test_the_model_card_is_markdown_and_a_publication_without_one_names_the_remedy(
    client: TestClient, store: Store, tmp_path: Path
) -> None:
    answer = client.get("/v1/model/card")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/markdown; charset=utf-8")
    assert answer.text == "# Climatology (base rate)\n\n## Use\n\nFor the tests: é.\n"
    (tmp_path / "2026-10-v1" / "model_card.md").unlink()
    assert store.refresh(), store.not_ready_reason
    with TestClient(create_app(store), raise_server_exceptions=False) as bare:
        error = bare.get("/v1/model/card").json()["error"]
    assert (error["status"], error["code"]) == (404, "no_card")
    assert error["message"] == "publication 2026-10-v1 has no model card; run `chokepoint retrain`"


def test_features_name_value_and_meaning_and_unknown_is_null(client: TestClient) -> None:
    body = get(client, "/v1/features/BFA")
    features = {f["name"]: f for f in body["features"]}
    assert features["country_deaths_1m"]["value"] == pytest.approx(3.0445, abs=1e-3)  # ln(1 + 20)
    assert features["gdp_per_capita"]["value"] is None
    assert features["country_deaths_1m"]["group"] == "fighting"


def test_an_etag_gets_304_until_the_query_changes(client: TestClient) -> None:
    first = client.get("/v1/forecasts/BFA")
    tag = first.headers["etag"]
    assert tag.startswith('"2026-10-v1-')
    assert first.headers["cache-control"] == "public, max-age=60"
    again = client.get("/v1/forecasts/BFA", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/v1/forecasts/NER", headers={"If-None-Match": tag}).status_code == 200


def test_errors_carry_no_etag(client: TestClient) -> None:
    assert "etag" not in client.get("/v1/forecasts/XXX").headers


def test_the_openapi_document_describes_every_error(client: TestClient) -> None:
    document = get(client, "/openapi.json")
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status in ("404", "422", "503"):
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorDocument"}, path
    assert "413" in document["paths"]["/v1/predict"]["post"]["responses"]
