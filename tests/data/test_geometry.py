"""Distances on the sphere, against pyproj's geodesic and against the same formula in SQL."""

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from data.geometry import great_circle_km, great_circle_sql

degrees = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


@given(degrees, degrees)
def test_a_distance_is_within_a_hundredth_of_the_geodesic(one: tuple[float, float], other: tuple[float, float]) -> None:
    _, _, metres = Geod(ellps="WGS84").inv(one[1], one[0], other[1], other[0])
    assert float(great_circle_km(*one, *other)) == pytest.approx(metres / 1000, rel=0.006, abs=1e-3)


def test_sql_computes_the_same_distances_as_numpy() -> None:
    places = np.array([[12.6, -8.0, 14.7, -17.4], [0.0, 179.5, 0.0, -179.5], [48.9, 2.35, 48.9, 2.35]])
    computed = [duckdb.sql(f"select {great_circle_sql(*map(str, row))}").fetchall()[0][0] for row in places.tolist()]
    np.testing.assert_allclose(great_circle_km(*places.T), computed, rtol=1e-12)


def test_an_unknown_coordinate_gives_an_unknown_distance_and_shapes_broadcast() -> None:
    grid = great_circle_km(np.array([[0.0], [np.nan]]), 0.0, 0.0, np.array([0.0, 90.0, 180.0]))
    assert grid.shape == (2, 3)
    np.testing.assert_allclose(grid[0], 6371.0088 * np.array([0, np.pi / 2, np.pi]))
    assert np.isnan(grid[1]).all()
