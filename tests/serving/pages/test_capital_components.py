import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from data import calendar
from data.grid import Cube
from data.panel.panel import Panel
from data.tables.corridors import MAX_CORRIDORS
from serving.pages.components import attack_map, prices
from serving.pages.components.what_if import WhatIf, what_if
from serving.served_publication import ServedPublication
from serving.store import Store


@pytest.fixture
def served(store: Store) -> ServedPublication:
    assert store.refresh(), store.not_ready_reason
    assert store.served is not None
    return store.served


def cube(panel: Panel, names: list[str], values: dict[str, float], month: str, quiet: int = 0) -> Cube:
    """Numbers for Mali in one month after some months of zeros."""
    shape = (len(panel.iso3), panel.last + 1)
    made = Cube(tuple(names), np.full((*shape, len(names)), np.nan, np.float32), np.full(shape, 10**6, np.int32))
    row, last = panel.iso3.index("MLI"), calendar.month_index(pd.Timestamp(month))
    made.values[row, last - quiet : last] = 0
    made.values[row, last] = [values.get(name, 0.0) for name in names]
    made.visible[row, last - quiet : last + 1] = last + 1
    return made


def with_cubes(served: ServedPublication, **cubes: Cube) -> ServedPublication:
    return replace(served, panel=replace(served.panel, cubes=served.panel.cubes | cubes))


def test_the_map_of_attacks_is_that_of_the_newest_known_year_however_old(served: ServedPublication) -> None:
    rings = [f"events_r{i}" for i in range(8)] + [f"events_s{i}" for i in range(8)]
    roads = [f"events_5km_c{i}" for i in range(MAX_CORRIDORS)]
    known = with_cubes(
        served,
        rings=cube(served.panel, rings, {"events_r0": 2, "events_r4": 31, "events_s6": 9}, "2023-10", 11),
        corridors=cube(served.panel, roads, {"events_5km_c1": 12}, "2023-10", 11),
    )
    found = attack_map.attack_map(known, "MLI")
    assert found is not None
    assert (found.first, found.last) == (pd.Timestamp("2022-11-01"), pd.Timestamp("2023-10-01"))
    assert found.rings[0] == ("0 to 10 km", 2)
    assert found.rings[4] == ("100 to 200 km", 31)
    assert found.sectors[6] == ("W", 9)
    assert found.corridors[0][2] == 12
    assert "33 events within 325 km, 2 of them within 10 km" in found.drawing
    assert found.drawing.count('class="corridor w3"') >= 1
    assert attack_map.attack_map(known, "NER") is None


def test_a_month_after_a_gap_does_not_pass_for_a_quiet_year(served: ServedPublication) -> None:
    rings = [f"events_r{i}" for i in range(8)] + [f"events_s{i}" for i in range(8)]
    alone = with_cubes(served, rings=cube(served.panel, rings, {"events_r0": 2}, "2023-10", 10))
    assert attack_map.attack_map(alone, "MLI") is None


def test_grades_of_event_counts_begin_at_round_numbers() -> None:
    assert [attack_map.grade(n) for n in (0, 1, 2, 3, 10, 30, 99, 100)] == [0, 1, 1, 2, 3, 4, 4, 5]


def test_prices_are_given_against_the_half_year_before(served: ServedPublication) -> None:
    names = ["fuel_vs_median_6m", "staple_vs_median_6m"]
    known = with_cubes(served, prices=cube(served.panel, names, {"fuel_vs_median_6m": 0.5}, "2026-08"))
    shown = prices.prices(known, "MLI")
    assert shown is not None
    assert shown.lines == [{"month": "August 2026", "Fuel": "+50 %", "Staple food": "as before"}]
    assert prices.prices(served, "MLI") is None


def test_a_slider_asks_a_scenario_in_the_sentence_it_stands_for(served: ServedPublication) -> None:
    found = what_if(served, "MLI", WhatIf(country_deaths=3000))
    assert found is not None
    assert {line["slider"].name: line["value"] for line in found["sliders"]}["country_deaths"] == 3000
    assert json.loads(found["body"]) == {"iso3": "MLI", "changes": ["country fighting 3000 deaths"]}
    assert found["result"].iso3 == "MLI"
    untouched = what_if(served, "MLI", WhatIf())
    assert untouched is not None
    assert untouched["result"] is None


def test_the_form_asks_without_scripts_and_refuses_what_it_does_not_know(client: TestClient) -> None:
    text = client.get("/capitals/BFA?near_deaths=500").text
    assert "capital fighting 500 deaths 5 events" in text
    assert client.get("/capitals/BFA?near_deaths=-1").status_code == 422
    assert client.get("/capitals/BFA?near_death=1").status_code == 422
