import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.build import feature_names
from serving.api.errors import QUERY_ERRORS, api_error
from serving.queries.errors import QueryError

JSON = {"content-type": "application/json"}


def refused(answer: Any, status: int, code: str) -> str:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"status", "code", "message", "fields"}
    assert (error["status"], error["code"]) == (status, code)
    return error["message"]


def test_an_unknown_path_answers_in_the_one_shape(client: TestClient) -> None:
    assert refused(client.get("/v2/forecasts"), 404, "unknown_path").startswith("nothing is at /v2/forecasts")


def test_a_wrong_method_answers_in_the_one_shape(client: TestClient) -> None:
    answer = client.get("/v1/predict")
    assert refused(answer, 405, "method_not_allowed").startswith("GET is not allowed at /v1/predict")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("error", QueryError.__subclasses__())
def test_every_error_of_a_query_has_a_status_and_a_code(error: type[QueryError]) -> None:
    http = api_error(error("no such thing", {"iso3": "is unknown"}))
    assert (http.status_code, http.code) == QUERY_ERRORS[error]
    assert (http.detail, http.fields) == ("no such thing", {"iso3": "is unknown"})


def test_an_unknown_country_is_404_naming_the_nearest(client: TestClient) -> None:
    message = refused(client.get("/v1/forecasts?country=Mali"), 404, "unknown_country")
    assert "no capital has the code 'Mali'; the nearest are MLI (Mali)" in message


def test_a_capital_is_found_by_the_name_of_its_city(client: TestClient) -> None:
    assert "the nearest are MLI (Mali)" in refused(client.get("/v1/forecasts/Bamako"), 404, "unknown_country")


def test_an_origin_that_is_not_published_is_404_naming_the_range(client: TestClient) -> None:
    message = refused(client.get("/v1/forecasts?origin=2020-01"), 404, "unknown_origin")
    assert message == "no forecast is published for origin 2020-01; published are 2026-09 to 2026-10"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("horizon=13", "horizon.0: Input should be less than or equal to 12"),
        ("horizon=soon", "horizon.0: Input should be a valid integer"),
        ("target=war", "target.0: Input should be 'disruption', 'fighting', 'strangulation' or 'seizure'"),
        ("limit=0", "limit: Input should be greater than or equal to 1"),
        ("offset=-1", "offset: Input should be greater than or equal to 0"),
        ("contry=MLI", "no parameter is called 'contry'; did you mean 'country'?"),
        ("origin=2026-13", "origin: month '2026-13' is not of the form YYYY-MM"),
    ],
)
def test_a_wrong_parameter_is_422_naming_it(client: TestClient, query: str, message: str) -> None:
    assert message in refused(client.get(f"/v1/forecasts?{query}"), 422, "invalid_request")


@pytest.mark.parametrize("body", [b"", b"{", b'{"rows": [}', b"\xff\xfe", b"[" * 100_000, b"1" * 6000, b"null"])
def test_a_body_that_is_not_json_is_422(client: TestClient, body: bytes) -> None:
    refused(client.post("/v1/predict", content=body, headers=JSON), 422, "invalid_request")


def test_a_body_over_8_mb_is_413_announced_or_streamed(client: TestClient) -> None:
    def stream() -> Iterator[bytes]:
        for _ in range(9):
            yield b"x" * 1024 * 1024

    for content in (b"x" * (8 * 1024 * 1024 + 1), stream()):
        message = refused(client.post("/v1/predict", content=content, headers=JSON), 413, "body_too_large")
        assert "larger than 8,388,608 bytes" in message


def test_a_browser_gets_a_page_for_an_unknown_capital_and_a_program_json(client: TestClient) -> None:
    page = client.get("/capitals/Mali", headers={"accept": "text/html,*/*"})
    assert page.status_code == 404
    assert "No capital has the code &#39;Mali&#39;" in page.text
    refused(client.get("/capitals/Mali"), 404, "unknown_country")


def test_what_a_request_said_is_echoed_without_half_characters(client: TestClient) -> None:
    body = b'{"rows": [{"features": {"\\ud800": 1}}]}'
    message = refused(client.post("/v1/predict", content=body, headers=JSON), 422, "invalid_request")
    assert "no feature is called" in message


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
rows = st.fixed_dictionaries(
    {},
    optional={
        "iso3": st.sampled_from(["MLI", "bfa", "SSD", "HKG", "XXX", ""]) | values,
        "origin": st.sampled_from(["2026-10", "2003-01", "0001-01", "9999-12"]) | values,
        "features": st.dictionaries(
            st.sampled_from(feature_names()), st.none() | st.floats() | st.integers(), max_size=5
        )
        | values,
        "extra": values,
    },
)
bodies = st.fixed_dictionaries({"rows": st.lists(rows, max_size=3)}) | values


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies)
def test_no_json_body_makes_a_prediction_fail_inside(client: TestClient, body: Any) -> None:
    answer = client.post("/v1/predict", content=json.dumps(body), headers=JSON)
    assert answer.status_code in (200, 404, 422), answer.text


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_no_bytes_make_a_prediction_fail_inside(client: TestClient, body: bytes) -> None:
    assert client.post("/v1/predict", content=body, headers=JSON).status_code == 422
