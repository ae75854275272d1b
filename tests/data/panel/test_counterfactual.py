"""Supposing: both sides of a comparison know the same, and nothing later than the origin is looked at."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.grid import NEVER, Cube, Revisions
from data.panel.counterfactual import Edit, EpisodeMonth, Floats, counterfactual
from data.panel.panel import Panel, assemble
from data.panel.view import as_of
from data.tables.countries import ROWS

ORIGIN = pd.Timestamp("2020-12-01")
INDEX = calendar.month_index(ORIGIN)


@pytest.fixture(scope="module")
def bare() -> Panel:
    columns = list(ROWS.contract.columns)
    rows = [("test", "MLI", pd.Timestamp("2020-11-01"), 1.0, 0.0, 0.0, 5.0, pd.Timestamp("2020-12-01"))]
    coverage = pd.DataFrame({"source": ["x"], "table": ["y"], "iso3": ["*"], "first": [ORIGIN], "last": [ORIGIN]})
    episodes = pd.DataFrame(
        [("MLI", "Bamako", ORIGIN, ORIGIN, "attack", "H", "")],
        columns=["iso3", "capital", "start", "end", "kind", "confidence", "reason"],
    )
    return assemble(
        {"countries": pd.DataFrame(rows, columns=columns), "coverage": coverage}, episodes, {"vintage": "t"}
    )


def with_roads(panel: Panel, known: dict[str, float], seen_from: int = INDEX, later: Revisions | None = None) -> Panel:
    """Return a panel in which one column of attacks in Mali is known of these months only."""
    shape = (len(panel.units), panel.last + 1)
    values, visible = np.full((*shape, 1), np.nan, np.float32), np.full(shape, NEVER, np.int32)
    row = panel.iso3.index("MLI")
    for month, count in known.items():
        (
            values[row, calendar.month_index(calendar.parse_month(month)), 0],
            visible[row, calendar.month_index(calendar.parse_month(month))],
        ) = count, seen_from
    return replace(panel, cubes=panel.cubes | {"roads": Cube(("events",), values, visible, 0, later)})


def added(count: float, months: int = 1, *, stands_alone: bool = False) -> Edit:
    return Edit("roads", "events", months, lambda x: x + np.float32(count), stands_alone)


def attacks(panel: Panel, months: int = 12, origin: pd.Timestamp = ORIGIN) -> Floats:
    return np.asarray(as_of(panel, origin).recent("roads", "events", months)[panel.iso3.index("MLI")])


def test_a_change_falls_on_the_newest_known_month_and_on_one_side_only(bare: Panel) -> None:
    made = counterfactual(with_roads(bare, {"2020-09": 1, "2020-10": 2}), ORIGIN, "MLI", [added(20)])
    assert attacks(made.before, 2).tolist() == [1, 2]
    assert attacks(made.after, 2).tolist() == [1, 22]
    assert (made.quiet, made.idle) == ({}, [])


def test_what_nobody_reported_is_supposed_quiet_on_both_sides_where_a_change_stands_alone(bare: Panel) -> None:
    made = counterfactual(with_roads(bare, {"2020-11": np.nan}), ORIGIN, "MLI", [added(20, stands_alone=True)])
    assert attacks(made.before).tolist() == [0] * 12
    assert attacks(made.after).tolist() == [0] * 11 + [20]
    assert made.quiet == {"roads": (pd.Timestamp("2019-12-01"), pd.Timestamp("2020-11-01"))}


def test_too_old_counts_do_not_carry_a_change_but_one_that_stands_alone_falls_on_the_origin(bare: Panel) -> None:
    old = with_roads(bare, {"2018-05": 7})
    idle = counterfactual(old, ORIGIN, "MLI", [added(20)])
    assert [e.table for e in idle.idle] == ["roads"]
    assert idle.last_known == {"roads": pd.Timestamp("2018-05-01")}
    assert np.isnan(attacks(idle.after)).all()
    alone = counterfactual(old, ORIGIN, "MLI", [added(30, 3, stands_alone=True)])
    assert attacks(alone.before, 4).tolist() == [0, 0, 0, 0]
    assert attacks(alone.after, 4).tolist() == [0, 30, 30, 30]


def test_a_multiple_of_nothing_is_idle(bare: Panel) -> None:
    twice = Edit("roads", "events", 3, lambda x: x * np.float32(2))
    assert counterfactual(with_roads(bare, {"2020-11": 0}), ORIGIN, "MLI", [twice]).idle == [twice]


def test_months_reported_after_the_origin_stay_unseen(bare: Panel) -> None:
    later = with_roads(bare, {"2020-11": 9}, seen_from=INDEX + 1)
    made = counterfactual(later, ORIGIN, "MLI", [added(20, stands_alone=True)])
    assert attacks(made.before).tolist() == [0] * 12
    assert made.quiet["roads"][1] == ORIGIN


def test_a_revision_does_not_undo_the_change(bare: Panel) -> None:
    row, month = bare.iso3.index("MLI"), calendar.month_index(pd.Timestamp("2020-11-01"))
    said = Revisions(np.array([row]), np.array([month]), np.array([INDEX]), np.array([[4.0]], np.float32))
    made = counterfactual(with_roads(bare, {"2020-11": 1}, later=said), ORIGIN, "MLI", [added(20)])
    assert attacks(made.before, 1).tolist() == [4]
    assert attacks(made.after, 1).tolist() == [24]


def test_no_other_unit_and_not_the_panel_itself_changes(bare: Panel) -> None:
    panel = with_roads(bare, {"2020-11": 1})
    untouched = {name: cube.values.copy() for name, cube in panel.cubes.items()}
    made = counterfactual(panel, ORIGIN, "MLI", [added(20, stands_alone=True)], [EpisodeMonth("coup", 1)])
    others = np.arange(len(panel.units)) != panel.iso3.index("MLI")
    for name, values in untouched.items():
        np.testing.assert_array_equal(panel.cubes[name].values, values)
        np.testing.assert_array_equal(made.after.cubes[name].values[others], values[others])
    assert not panel.disrupted["coup"].any()
    assert made.after.disrupted["coup"].sum() == 1


def test_a_table_nobody_has_leaves_the_change_idle(bare: Panel) -> None:
    made = counterfactual(bare, ORIGIN, "MLI", [added(20, stands_alone=True)])
    assert (len(made.idle), made.last_known) == (1, {})
