"""Outlines of countries on the drawing of the world."""

import json

import numpy as np
import pytest

from serving.queries.reference.country_outlines import OUTLINES, WIDTH, outlines, project

LUXEMBOURG = "M5140 617l3 7 2 1 2 1 1 0 1 1 -3 10 -9 0 -4 -3 2 -3 -4 -7 5 -8z"


def test_the_drawing_is_as_wide_as_the_world_in_equal_earth() -> None:
    x, y = project(np.array([-180.0, 0.0, 180.0]), np.zeros(3))
    assert x.tolist() == pytest.approx([WIDTH / 2 - 500, WIDTH / 2, WIDTH / 2 + 500], abs=0.1)
    assert y.tolist() == [236, 236, 236]


def test_an_outline_is_a_closed_path_of_relative_steps_in_tenths_of_a_unit() -> None:
    assert outlines()["LUX"] == LUXEMBOURG


def test_every_ring_of_the_file_is_closed_and_on_the_globe() -> None:
    for country in json.loads(OUTLINES.read_text())["features"]:
        for (ring,) in country["geometry"]["coordinates"]:
            assert ring[0] == ring[-1], country["properties"]
            assert np.abs(ring).max(axis=0).tolist() <= [180, 90]
