"""The banner of inputs: months and ages from the panel, on every view alike, and the checks the champion fails."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from fastapi.testclient import TestClient

from data.panel.panel import Panel
from serving.queries.data_status import headline, panel_status, paragraph, reach

OCTOBER = pd.Timestamp("2026-10-01")


def test_each_input_has_the_newest_month_of_any_capital_and_its_age(panel: Panel) -> None:
    status = panel_status(panel, OCTOBER)
    by_table = {one.table: one for one in status.inputs}
    assert reach(by_table["coups"]).startswith("to September 2026, 1 month old")
    assert by_table["prices"].newest_month is None
    assert reach(by_table["prices"]) == f"nothing reported for any of {by_table['prices'].of} capitals"
    assert by_table["episodes"].newest_month == OCTOBER
    assert status.behind > 0
    assert headline(status).startswith(f"{status.behind} kinds of {len(status.inputs)}")


def test_an_input_is_late_beyond_its_expected_age_and_missing_beyond_the_largest(panel: Panel) -> None:
    for months, state in ((0, "on time"), (1, "on time"), (2, "late"), (12, "late"), (13, "missing")):
        reviewed = panel.extended(panel.episodes, OCTOBER - pd.DateOffset(months=months))
        (catalogue,) = [one for one in panel_status(reviewed, OCTOBER).inputs if one.table == "episodes"]
        assert (catalogue.age_months, catalogue.state) == (months, state)


def test_failed_checks_are_named_and_absent_ones_are_not(panel: Panel) -> None:
    assert "fails checks" not in paragraph(panel_status(panel, OCTOBER))
    said = paragraph(panel_status(panel, OCTOBER, ("inputs", "calibration_since_2020")))
    assert said.endswith("The model in use fails checks of its own: inputs and calibration since 2020.")


def test_pages_and_api_name_the_same_months(client: TestClient) -> None:
    for path in ("/", "/capitals/BFA"):
        text = client.get(path).text
        assert text.count('id="status-heading"') == 1
        assert "Catalogue of episodes</strong>\nto October 2026, this month&#39;s, on time" in text
    catalogue = client.get("/v1/sources").json()["sources"][0]
    assert catalogue["name"] == "episodes"
    assert catalogue["max_age_months"] == 12
    assert catalogue["in_panel_to"] == catalogue["newest_month"]


def test_the_printed_table_and_its_json_carry_the_banner(home: Path, chokepoint: Callable[..., Any]) -> None:
    document = json.loads(chokepoint(home, "risks", "--json").out)["data_status"]
    assert {one["table"] for one in document["inputs"]} >= {"episodes", "coups", "prices"}
    assert document["failed_checks"] == []
    assert "Data in use: catalogue of episodes to" in chokepoint(home, "risks").out
