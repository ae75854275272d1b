"""What the panel knew at an origin: small tables of Mali and Niger in 2024."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import calendar
from data.contracts.forecasts import TARGETS
from data.grid import NEVER
from data.panel import folder, panel
from data.panel.panel import Panel, assemble
from data.panel.view import View, as_of
from data.tables.registry import max_age_months
from features.build import build_one
from features.registry import groups

EPISODES = pd.DataFrame(
    {
        "iso3": ["MLI", "MLI", "NER"],
        "capital": ["Bamako", "Bamako", "Niamey"],
        "start": pd.to_datetime(["2024-03-01", "2023-01-01", "2024-02-01"]),
        "end": pd.to_datetime(["2024-12-01", "2023-02-01", "2024-02-01"]),
        "kind": ["supply", "coup", "fighting"],
        "confidence": ["H", "H", "L"],
        "reason": [""] * 3,
    }
)


def month(text: str) -> pd.Timestamp:
    return calendar.parse_month(text)


def media(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["iso3", "month", "conflict_events", "available_at"])
    dates = {c: pd.to_datetime(frame[c]) for c in ("month", "available_at")}
    return frame.assign(**dates, source="gdelt", protest_events=0.0, goldstein_mean=0.0)


def countries(source: str, *rows: tuple[str, str, float, float | None], lag_days: int = 20) -> pd.DataFrame:
    """Rows (iso3, month, deaths, state-based events); the other kinds have as many events or are as unknown."""
    frame = pd.DataFrame(rows, columns=["iso3", "month", "deaths", "events_state"]).astype({"events_state": float})
    months = pd.to_datetime(frame["month"])
    events = {f"events_{kind}": frame["events_state"] for kind in ("nonstate", "onesided")}
    return frame.assign(**events, month=months, source=source, available_at=calendar.available_at(months, lag_days))


def coverage(*spans: tuple[str, str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(spans, columns=["table", "iso3", "first", "last"])
    return frame.assign(first=pd.to_datetime(frame["first"]), last=pd.to_datetime(frame["last"]))


def built(episodes: pd.DataFrame = EPISODES, spans: pd.DataFrame | None = None, **tables: pd.DataFrame) -> Panel:
    return assemble(tables | {"coverage": coverage() if spans is None else spans}, episodes, {"vintage": "test"})


def of(view: View, iso3: str, values: np.ndarray) -> list[float]:
    return list(values[view.panel.iso3.index(iso3)].tolist())


def test_a_row_is_seen_from_the_origin_at_whose_end_it_had_been_published() -> None:
    made = built(media=media(("MLI", "2024-01", 7.0, "2024-02-01"), ("MLI", "2024-02", 9.0, "2024-04-15")))
    assert of(
        as_of(made, month("2024-01")), "MLI", as_of(made, month("2024-01")).recent("media", "conflict_events", 1)
    ) == [7.0]
    for origin in ("2024-02", "2024-03"):
        view = as_of(made, month(origin))
        assert of(view, "MLI", view.recent("media", "conflict_events", 1)) == [7.0]
    view = as_of(made, month("2024-04"))
    assert of(view, "MLI", view.recent("media", "conflict_events", 2)) == [7.0, 9.0]


def test_a_month_known_only_after_a_later_one_is_nan_until_then() -> None:
    made = built(media=media(("MLI", "2024-01", 7.0, "2024-06-10"), ("MLI", "2024-02", 9.0, "2024-03-01")))
    early, late = as_of(made, month("2024-05")), as_of(made, month("2024-06"))
    np.testing.assert_array_equal(of(early, "MLI", early.recent("media", "conflict_events", 2)), [np.nan, 9.0])
    np.testing.assert_array_equal(of(late, "MLI", late.recent("media", "conflict_events", 2)), [7.0, 9.0])


cells = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 200)), min_size=1, max_size=10, unique_by=lambda c: c[0])


@settings(max_examples=30, deadline=None)
@given(cells, st.integers(0, 11))
def test_no_origin_sees_a_row_before_it_is_available_or_a_month_after_itself(
    drawn: list[tuple[int, int]], origin_offset: int
) -> None:
    first = calendar.month_index(month("2024-01"))
    origin = calendar.month_at(first + origin_offset)
    months = [calendar.month_at(first + offset) for offset, _ in drawn]
    available = [
        m + pd.offsets.MonthBegin(1) + pd.Timedelta(days=lag) for m, (_, lag) in zip(months, drawn, strict=True)
    ]
    rows = [("MLI", str(m), 100.0 + m.month, str(a)) for m, a in zip(months, available, strict=True)]
    view = as_of(built(media=media(*rows)), origin)
    known = {m: 100.0 + m.month for m, a in zip(months, available, strict=True) if a <= calendar.as_of(origin)}
    newest = max(map(calendar.month_index, known), default=None)
    fresh = newest is not None and calendar.month_index(origin) - newest <= 6
    window = of(view, "MLI", view.recent("media", "conflict_events", 12))
    assert sorted(v for v in window if not np.isnan(v)) == (sorted(known.values()) if fresh else [])
    age = of(view, "MLI", view.age("media")[:, None])[0]
    assert np.isnan(age) if newest is None else age == calendar.month_index(origin) - newest


def test_what_nobody_reported_is_nan_and_never_zero() -> None:
    made = built(media=media(("MLI", "2024-01", 7.0, "2024-02-01"), ("MLI", "2024-03", 9.0, "2024-04-01")))
    view = as_of(made, month("2024-03"))
    np.testing.assert_array_equal(of(view, "MLI", view.recent("media", "conflict_events", 3)), [7.0, np.nan, 9.0])
    assert np.isnan(of(view, "NER", view.recent("media", "conflict_events", 12))).all()
    assert np.isnan(of(view, "MLI", view.total("media", "conflict_events", 2)[:, None])).all()


def test_a_total_is_the_sum_of_the_newest_months_and_unknown_if_one_of_them_is() -> None:
    rows = [("MLI", f"2024-0{n}", float(n), f"2024-0{n + 1}-01") for n in (1, 2, 3)]
    view = as_of(built(media=media(*rows)), month("2024-05"))
    assert of(view, "MLI", view.total("media", "conflict_events", 2)[:, None]) == [5.0]  # 2 + 3
    assert of(view, "MLI", view.total("media", "conflict_events", 3)[:, None]) == [6.0]  # 1 + 2 + 3
    assert np.isnan(of(view, "MLI", view.total("media", "conflict_events", 4)[:, None])).all()
    assert of(view, "MLI", view.last("media", "conflict_events")[:, None]) == [3.0]
    assert of(view, "MLI", view.age("media")[:, None]) == [2.0]


@pytest.mark.parametrize(("origin", "usable"), [("2024-07", True), ("2024-08", False)])
def test_a_series_older_than_half_a_year_counts_as_missing_yet_its_age_is_told(origin: str, usable: bool) -> None:
    ongoing = EPISODES.assign(end=pd.Timestamp("2025-12-01"))
    made = built(ongoing, media=media(("MLI", "2024-01", 7.0, "2024-02-01")))
    view = as_of(made, month(origin))
    assert np.isfinite(of(view, "MLI", view.recent("media", "conflict_events", 1))).all() == usable
    assert of(view, "MLI", view.age("media")[:, None]) == [6.0 if usable else 7.0]


@pytest.mark.parametrize(("years_later", "usable"), [(5, True), (6, False)])
def test_slow_series_last_longer(years_later: int, usable: bool) -> None:
    assert max_age_months("economy") == 60
    until = pd.Timestamp(year=2018 + years_later, month=12, day=1)
    economy = pd.DataFrame(
        {"iso3": ["MLI"], "year": [2018], "indicator": ["population"], "value": [2e7], "source": ["worldbank"]}
    ).assign(available_at=pd.Timestamp("2019-06-01"))
    view = as_of(built(EPISODES.assign(start=until, end=until), economy=economy), until)
    assert np.isfinite(of(view, "MLI", view.recent("economy", "population", 1))).all() == usable


def rings_table(iso3: str, when: str, events: float, ring: int = 0) -> pd.DataFrame:
    months = pd.to_datetime(pd.Series([when]))
    frame = pd.DataFrame({"iso3": [iso3], "ring": [ring], "sector": [0], "violence": ["state"], "abroad": [False]})
    return frame.assign(
        month=months,
        source="ucdp_ged",
        events=events,
        deaths=2 * events,
        available_at=calendar.available_at(months, 20),
    )


NO_ROWS = {
    "near": [
        "iso3",
        "month",
        "radius_km",
        "source",
        "events",
        "days",
        "deaths",
        "deaths_largest_event",
        "events_or_district",
        "days_or_district",
        "deaths_or_district",
        "available_at",
    ],
    "corridors": ["iso3", "corridor", "month", "source", "events_5km", "events_25km", "nearest_km", "available_at"],
}


def empty(name: str) -> pd.DataFrame:
    dates = {"month": "datetime64[us]", "available_at": "datetime64[us]"}
    return pd.DataFrame({c: pd.Series(dtype=dates.get(c, "float64")) for c in NO_ROWS[name]})


def around(*parts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"rings": pd.concat(parts), "near": empty("near"), "corridors": empty("corridors")}


def test_a_missing_row_means_zero_within_the_sources_coverage_only() -> None:
    spans = coverage(("events", "MLI", "2024-02-01", "2024-04-01"))
    made = built(spans=spans, **around(rings_table("MLI", "2024-03", 4.0)))
    view = as_of(made, month("2024-05"))
    expected = [np.nan, 0.0, 4.0, 0.0]  # January lies before the coverage
    np.testing.assert_array_equal(of(view, "MLI", view.recent("rings", "events_r0", 4)), expected)
    assert np.isnan(of(view, "NER", view.recent("rings", "events_r0", 4))).all()


def test_a_true_zero_becomes_knowable_as_late_as_the_rows_of_its_source() -> None:
    made = built(
        spans=coverage(("events", "*", "2024-01-01", "2024-04-01")), **around(rings_table("MLI", "2024-03", 4.0))
    )
    view = as_of(made, month("2024-04"))
    # rows come 20 days after the month's end, so at the end of April those of March are the newest, quiet or not
    assert of(view, "NER", view.age("rings")[:, None]) == [1.0]
    assert of(view, "MLI", view.age("rings")[:, None]) == [1.0]


def test_a_ring_that_saw_nothing_anywhere_is_zero_where_the_source_looked() -> None:
    made = built(
        spans=coverage(("events", "*", "2024-01-01", "2024-03-01")), **around(rings_table("MLI", "2024-03", 4.0, 5))
    )
    view = as_of(made, month("2024-05"))
    for column in ("events_r0", "events_s3", "deaths_state_100km"):
        assert of(view, "MLI", view.recent("rings", column, 3)) == [0.0] * 3
    assert of(view, "MLI", view.recent("corridors", "events_5km_c0", 3)) == [0.0] * 3
    assert of(view, "MLI", view.recent("near", "days_25km", 3)) == [0.0] * 3


@pytest.mark.parametrize("origin", ["1988-12", "2025-01"])
def test_an_origin_outside_the_panel_is_refused_with_the_panels_ends(origin: str) -> None:
    made = built(media=media(("MLI", "2024-01", 7.0, "2024-02-01")))
    with pytest.raises(ValueError, match=rf"origin {origin} is outside the panel \(1989-01\.\.2024-12\); ingest newer"):
        as_of(made, month(origin))
    assert as_of(made, month("2024-12")).index == made.last


def test_countries_come_from_the_fuller_source_where_it_has_them() -> None:
    totals = countries("ucdp_country_month_totals", ("MLI", "2024-01", 50.0, None), ("MLI", "2024-02", 60.0, None))
    full = countries("ucdp_country_month", ("MLI", "2024-01", 70.0, 8.0))
    view = as_of(built(countries=pd.concat([totals, full])), month("2024-03"))
    assert of(view, "MLI", view.recent("countries", "deaths", 2)) == [70.0, 60.0]
    assert of(view, "MLI", view.recent("countries", "totals_only", 2)) == [0.0, 1.0]
    np.testing.assert_array_equal(of(view, "MLI", view.recent("countries", "events_state", 2)), [8.0, np.nan])


def test_a_country_the_census_does_not_list_in_a_month_had_no_deaths() -> None:
    full = countries("ucdp_country_month", ("MLI", "2024-01", 70.0, 8.0), ("NER", "2024-02", 1.0, 1.0))
    view = as_of(built(countries=full), month("2024-03"))
    assert of(view, "MLI", view.recent("countries", "deaths", 2)) == [70.0, 0.0]
    assert np.isnan(of(view, "MLI", view.recent("countries", "deaths", 3))[0])


def districts_table(when: str, core: float) -> pd.DataFrame:
    months = pd.to_datetime(pd.Series([when]))
    frame = pd.DataFrame({"iso3": ["MLI"], "role": ["core"], "source": ["ucdp_district_month"], "deaths": [core]})
    events = {"events_state": 1.0, "events_nonstate": 0.0, "events_onesided": 0.0}
    return frame.assign(**events, month=months, available_at=calendar.available_at(months, 20))


def test_fighting_at_the_capital_comes_from_rings_else_districts_else_a_quiet_country_else_is_unknown() -> None:
    months = ("2024-01", "2024-02", "2024-03", "2024-04")
    war = countries("ucdp_country_month", *(("MLI", m, 0.0 if m == "2024-03" else 90.0, 9.0) for m in months))
    spans = coverage(("events", "*", "2024-01-01", "2024-01-01"), ("districts", "MLI", "2024-01-01", "2024-02-01"))
    made = built(
        spans=spans,
        countries=war,
        districts=pd.concat([districts_table("2024-01", 33.0), districts_table("2024-02", 44.0)]),
        **around(rings_table("MLI", "2024-01", 4.0)),
    )
    view = as_of(made, month("2024-05"))
    # January: ring 0 has 4 events, 8 deaths; February: the district's 44; March: no deaths in Mali; April: a war, unknown
    np.testing.assert_array_equal(of(view, "MLI", view.recent("capital", "basis", 4)), [0.0, 1.0, 2.0, np.nan])
    np.testing.assert_array_equal(of(view, "MLI", view.recent("capital", "deaths", 4)), [8.0, 44.0, 0.0, np.nan])
    np.testing.assert_array_equal(of(view, "MLI", view.recent("capital", "events", 4)), [4.0, 1.0, 0.0, np.nan])


def test_episodes_mark_their_months_up_to_the_origin_and_low_confidence_is_no_label() -> None:
    made = built()
    view = as_of(made, month("2024-04"))
    kinds = ("supply", "coup", "fighting")
    marked = view.episodes(kinds)
    assert marked.shape[1] == view.index + 1
    assert of(view, "MLI", marked[:, -4:]) == [False, False, True, True]
    assert of(view, "MLI", marked[:, -16:-12]) == [True, True, False, False]
    assert not any(of(view, "NER", marked))
    assert of(view, "MLI", view.going_on(kinds)[:, None]) == [True]


def test_another_catalogue_changes_the_labels_and_nothing_else() -> None:
    made = built(media=media(("MLI", "2024-01", 7.0, "2024-02-01")))
    other = made.with_episodes(EPISODES.assign(iso3="NER"))
    assert other.disrupted["supply"][made.iso3.index("NER")].sum() == 10  # March to December
    assert not other.disrupted["supply"][made.iso3.index("MLI")].any()
    assert made.disrupted["supply"][made.iso3.index("MLI")].sum() == 10
    assert all(other.cubes[name] is cube for name, cube in made.cubes.items() if name != "episodes")


def coups(*months: str) -> pd.DataFrame:
    when = pd.Series(pd.to_datetime(list(months)))
    table = pd.DataFrame({"iso3": "MLI", "month": when, "successful": 1.0, "failed": 0.0, "source": "test"})
    return table.assign(available_at=calendar.available_at(when, 14))


def fighting_near(months: list[str]) -> dict[str, pd.DataFrame]:
    """Thirty deaths a month in MLI; events are known to reach the last of the months, each published 20 days later."""
    when = pd.Series(pd.to_datetime(months))
    counts = dict.fromkeys(("deaths", "deaths_or_district", "deaths_largest_event"), 30.0)
    counts |= dict.fromkeys(("events", "days", "events_or_district", "days_or_district"), 3.0)
    table = pd.DataFrame({"iso3": "MLI", "month": when, "radius_km": 25, "source": "ucdp_ged"}).assign(**counts)
    ring = pd.concat([rings_table("MLI", m, 3.0) for m in months])
    return around(ring) | {"near": table.assign(available_at=calendar.available_at(when, 20))}


def onsets_ago(made: Panel, kinds: tuple[str, ...], origin: str) -> list[int]:
    """List how many months before the newest known month an origin sees months of these kinds in MLI beyond the catalogue."""
    view, row = as_of(made, month(origin)), made.iso3.index("MLI")
    marked = view.episodes(kinds)[row]
    beyond = max(int(view.known_month(kinds)[row]) - made.known_to, 1)
    return np.flatnonzero(marked[::-1][:beyond]).tolist()


def later_months(count: int) -> list[str]:
    """Return the months after the catalogue's known-to month."""
    end = calendar.month_at(built().known_to)
    return [f"{end + pd.DateOffset(months=m):%Y-%m}" for m in range(1, count + 1)]


def test_what_a_rule_found_after_the_catalogues_end_is_seen_once_its_source_was_published() -> None:
    later = later_months(6)
    made = built(coups=coups(later[1], later[4]))
    assert calendar.month_at(made.known_to) == calendar.month_at(built().known_to)
    assert made.episodes["source"].tolist()[-2:] == ["rule", "rule"]
    assert onsets_ago(made, ("coup",), later[1]) == []  # published on the 15th of the next month
    assert onsets_ago(made, ("coup",), later[2]) == [0]
    reached = f"{calendar.month_at(built().known_to):%Y-%m}"
    at_the_end = built(coups=coups(reached))
    assert (at_the_end.episodes["source"] == "catalogue").all()  # it has none in its last month, and is believed


def test_a_coup_counts_as_news_while_the_other_kinds_of_its_target_are_not_reviewed_and_ages_by_itself() -> None:
    later = later_months(6)
    media_later = media(("MLI", later[5], 1.0, later[5] + "-28"))  # makes the panel reach that month
    made = built(coups=coups(later[1], later[4]), media=media_later)  # the list is known to the fifth month
    assert onsets_ago(made, ("coup",), later[5]) == [0, 3]
    assert onsets_ago(made, TARGETS["seizure"], later[5]) == [0]
    assert not as_of(made, month(later[5])).going_on(("takeover", "uprising"))[made.iso3.index("MLI")]


def test_time_that_nobody_has_reviewed_does_not_age() -> None:
    later = later_months(8)
    made = built(media=media(("MLI", later[7], 1.0, later[7] + "-28")))  # makes the panel reach that month
    row = made.iso3.index("MLI")
    known = [as_of(made, month(at)).episodes(TARGETS["disruption"])[row] for at in (later[0], later[7])]
    np.testing.assert_array_equal(*known)
    assert as_of(made, month(later[7])).age("episodes")[row] == 8


def test_an_episode_that_nobody_has_seen_the_end_of_goes_on_and_one_that_has_ended_does_not() -> None:
    later, end = later_months(8), calendar.month_at(built().known_to)
    open_ended = EPISODES.assign(last_confirmed=pd.Series(pd.NaT, EPISODES.index, dtype="datetime64[us]"))
    open_ended.loc[open_ended["end"] == end, "last_confirmed"] = end
    tables = {"media": media(("MLI", later[7], 1.0, later[7] + "-28"))}
    kinds = tuple(EPISODES.loc[EPISODES["end"] == end, "kind"])
    over, on = built(**tables), built(episodes=open_ended, **tables)
    row = over.iso3.index("MLI")
    assert as_of(over, end).going_on(kinds)[row]
    assert not as_of(over, month(later[0])).going_on(kinds)[row]
    assert as_of(on, month(later[0])).going_on(kinds)[row]
    assert as_of(on, month(later[7])).going_on(kinds)[row]


def test_fighting_in_the_newest_reported_month_goes_on_until_a_month_is_reported_quiet() -> None:
    months = later_months(8)
    tables = fighting_near([months[1], months[2]])
    media_later = media(("MLI", months[7], 1.0, months[7] + "-28"))
    made = built(spans=coverage(("events", "*", months[0], months[2])), media=media_later, **tables)

    def goes_on(panel: Panel, origin: str) -> bool:
        return bool(as_of(panel, month(origin)).going_on(("fighting",))[panel.iso3.index("MLI")])

    assert not goes_on(made, months[1])  # nothing of it is published yet
    assert goes_on(made, months[2])
    assert goes_on(made, months[7])
    longer = built(spans=coverage(("events", "*", months[0], months[4])), media=media_later, **tables)
    assert not goes_on(longer, months[5])  # the two months after it were reported quiet


def test_another_catalogue_given_by_hand_is_extended_by_no_rule() -> None:
    made = built(coups=coups("2030-01"))
    assert (made.with_episodes(EPISODES).episodes["source"] == "catalogue").all()


def test_a_panel_compiled_by_another_version_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"vintage": "2024-01.old"}')
    empty("near").drop(columns="days_or_district").to_parquet(tmp_path / "near.parquet")
    with pytest.raises(ValueError, match=r"near.parquet lacks days_or_district: another version.*chokepoint ingest"):
        panel.load(tmp_path)


def test_a_state_is_a_member_from_its_first_month() -> None:
    made = built()
    south_sudan = made.iso3.index("SSD")
    assert not made.members(month("2011-06"))[south_sudan]
    assert made.members(month("2011-07"))[south_sudan]


def test_a_folder_without_a_panel_or_with_a_damaged_manifest_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=f"no panel at {tmp_path}: run `chokepoint ingest"):
        panel.load(tmp_path)
    (tmp_path / "manifest.json").write_text('{"vintage": "2026-')
    with pytest.raises(
        ValueError, match=r"manifest\.json is damaged .*run `chokepoint ingest` or restore data/starter"
    ):
        panel.load(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ValueError, match=r"manifest\.json names no vintage"):
        panel.load(tmp_path)


def test_the_starter_panel_serves_until_there_is_one_of_the_users_own(home: Path) -> None:
    assert folder.panel_folder() == folder.STARTER
    (home / "panel").mkdir(parents=True)
    (home / "panel" / "manifest.json").write_text("{}")
    assert folder.panel_folder() == home / "panel"


ORIGIN = "2020-12"
"""An origin at which every table of the starter panel is fresh for most units."""


@pytest.fixture(scope="module")
def complete(starter: Panel) -> pd.DataFrame:
    return build_one(starter, month(ORIGIN))


def made_from(starter: Panel, name: str) -> set[str]:
    """Features of groups that read this table alone; age and flags aside they can know nothing without it."""
    alone = {f for group in groups() if group.tables == (name,) for f in group.features}
    return alone - {"landlocked"}


@pytest.mark.parametrize("table", ["rings", "countries", "coups", "prices", "media", "economy", "regime", "districts"])
def test_withdrawing_a_table_leaves_nan_never_zero_and_says_so(
    starter: Panel, starter_tables: dict[str, pd.DataFrame], complete: pd.DataFrame, table: str
) -> None:
    dependent = {"rings": ("rings", "near", "corridors")}.get(table, (table,))
    left = {name: frame for name, frame in starter_tables.items() if name not in dependent}
    without = build_one(assemble(left, starter.episodes, starter.manifest), month(ORIGIN))
    assert list(without["iso3"]) == list(complete["iso3"])
    values, before = without.drop(columns=["origin", "iso3", "flags"]), complete[without.columns]
    gone = sorted(set().union(*(made_from(starter, name) for name in dependent)))
    assert values[gone].isna().all(axis=None)
    # what the group's features could say before must not be all NaN too, or this test would show nothing
    if gone:
        assert before[gone].notna().any(axis=0).mean() > 0.9
    invented = values.notna() & before[values.columns].isna()
    assert not invented.any(axis=None)
    flagged = {"districts": None, "countries": "countries", "rings": "rings"}.get(table, table)
    if flagged:
        assert without["flags"].str.split().map(lambda words: f"missing:{flagged}" in words).all()


def test_a_cell_never_reported_is_never_visible(starter: Panel) -> None:
    for cube in starter.cubes.values():
        assert np.isnan(cube.values[cube.visible == NEVER]).all()


def test_what_befell_a_city_is_no_past_of_the_seat_that_came_after_and_what_befell_the_state_is() -> None:
    rows = [
        ("YEM", "Sana'a", "2011-05", "2011-11", "fighting"),
        ("YEM", "Sana'a", "2014-08", "2014-12", "takeover"),
        ("YEM", "Aden", "2015-04", "2015-07", "fighting"),
        ("FJI", "Suva", "2016-12", "2016-12", "attack"),
    ]
    table = pd.DataFrame(rows, columns=["iso3", "capital", "start", "end", "kind"])
    dates = {c: pd.to_datetime(table[c]).astype("datetime64[us]") for c in ("start", "end")}
    made = built(episodes=table.assign(**dates, confidence="H", reason="a reason"))
    row = made.iso3.index("YEM")

    def months(kinds: tuple[str, ...], origin: str) -> int:
        return int(as_of(made, month(origin)).episodes(kinds)[row].sum())

    assert months(("fighting",), "2015-02") == 7  # Sana'a is the seat
    assert months(("fighting",), "2016-01") == 4  # Aden is
    assert months(("takeover",), "2016-01") == 5
    assert made.disrupted["fighting"][row].sum() == 11  # labels are the state's
