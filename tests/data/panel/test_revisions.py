"""What was known of a country's deaths at each origin: dated versions to a panel that says what was said at the time."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.panel.panel import Panel, assemble
from data.panel.view import as_of
from data.settings import REPOSITORY
from data.sources.registry import sources

SOURCE = sources()["ucdp_country_month_vintages"]
SAMPLE = REPOSITORY / "tests" / "samples" / SOURCE.name / "country_month_vintages.csv"


def said(iso3: str, rows: pd.DataFrame) -> list[tuple[str, float, str]]:
    own = rows[rows["iso3"] == iso3].sort_values(["month", "available_at"])
    return [(f"{r.month:%Y-%m}", r.deaths, f"{r.available_at:%Y-%m-%d}") for r in own.itertuples()]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return SOURCE.parse(SAMPLE.read_bytes(), SAMPLE.name).rows


def test_a_number_is_known_from_its_usual_day_and_a_revision_from_the_day_it_was_seen(rows: pd.DataFrame) -> None:
    assert said("MLI", rows) == [
        ("2024-01", 7, "2024-02-21"),
        ("2024-01", 8, "2024-03-21"),  # revised
        ("2024-02", 0, "2024-03-21"),
        ("2024-02", 3, "2024-04-03"),  # the version of the day before lacks January, so none of it counts
        ("2024-03", 11, "2024-04-21"),  # said first in June: no version after its usual day lacked it
        ("2024-04", 12, "2024-05-21"),
    ]


def test_both_spellings_of_a_country_are_one_and_a_country_not_listed_had_no_deaths(rows: pd.DataFrame) -> None:
    assert [line[0] for line in said("MMR", rows)] == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert said("NER", rows)[:2] == [("2024-01", 0, "2024-02-21"), ("2024-01", 2, "2024-03-21")]


def test_months_of_the_first_version_and_versions_that_end_early_tell_nothing(rows: pd.DataFrame) -> None:
    assert rows["month"].min() == pd.Timestamp("2024-01-01")
    assert "2024-03-25" not in {f"{day:%Y-%m-%d}" for day in rows["available_at"]}


def counts(source: str, months: dict[str, float]) -> pd.DataFrame:
    month = pd.to_datetime(list(months))
    events = 1.0 if source == "ucdp_country_month" else np.nan
    frame = pd.DataFrame({"source": source, "iso3": "MLI", "month": month, "deaths": list(months.values())})
    kinds = dict.fromkeys(("events_state", "events_nonstate", "events_onesided"), events)
    return frame.assign(**kinds, available_at=month + pd.offsets.MonthBegin(1) + pd.Timedelta(days=20))


@pytest.fixture(scope="module")
def panel(rows: pd.DataFrame) -> Panel:
    full = counts("ucdp_country_month", {"2023-12-01": 20.0, "2024-01-01": 18.0, "2024-02-01": 13.0})
    totals = counts("ucdp_country_month_totals", {"2023-12-01": 12.0, "2024-03-01": 11.0, "2025-07-01": 1.0})
    spans = {"source": ["x"], "table": ["countries"], "iso3": ["MLI"]}
    dates = pd.to_datetime(["2023-12-01"])
    coverage = pd.DataFrame(spans | {"first": dates, "last": pd.to_datetime(["2024-03-01"])})
    labels = pd.DataFrame({"iso3": ["FJI"], "kind": ["attack"], "start": dates, "end": dates, "confidence": ["H"]})
    tables = {"countries": pd.concat([full, totals]), "country_vintages": rows, "coverage": coverage}
    return assemble(tables, labels, {"vintage": "test"})


@pytest.mark.parametrize(
    ("origin", "deaths", "totals_only"),
    [
        ("2024-01", 20, 0),  # December by publication lag, from the yearly file
        ("2024-02", 7, 1),  # January as it was first said
        ("2024-03", 0, 1),
        ("2024-04", 11, 1),
    ],
)
def test_an_origin_sees_what_was_said_by_then(panel: Panel, origin: str, deaths: float, totals_only: float) -> None:
    view, mali = as_of(panel, pd.Timestamp(origin)), panel.iso3.index("MLI")
    assert view.age("countries")[mali] == 1
    assert view.last("countries", "deaths")[mali] == deaths
    assert view.last("countries", "totals_only")[mali] == totals_only


def test_revisions_and_then_the_yearly_release_replace_what_was_said(panel: Panel) -> None:
    mali = panel.iso3.index("MLI")
    seen = {
        o: as_of(panel, pd.Timestamp(o)).recent("countries", "deaths", 3)[mali]
        for o in ("2024-02", "2024-03", "2024-04")
    }
    assert [float(seen[o][-back]) for back, o in enumerate(seen, 1)] == [7, 8, 8]  # January 2024
    # The yearly file on 2024 comes out in June 2025.
    cube = panel.cubes["countries"]
    assert cube.revisions is not None
    month = np.flatnonzero(np.arange(cube.values.shape[1]) + cube.first == (2024 - 1989) * 12)[0]
    mine = (cube.revisions.unit == mali) & (cube.revisions.month == month)
    assert cube.revisions.values[mine, cube.names.index("deaths")].tolist() == [8, 18]
    assert cube.revisions.visible[mine].tolist() == [(2024 - 1989) * 12 + 2, (2025 - 1989) * 12 + 5]


def test_a_quiet_country_that_turns_out_not_to_have_been_leaves_the_capital_unknown(panel: Panel) -> None:
    mali = panel.iso3.index("MLI")
    early, late = (as_of(panel, pd.Timestamp(o)).recent("capital", "deaths", 2)[mali] for o in ("2024-03", "2024-04"))
    assert early[-1] == 0  # no deaths in the country, as was said of February in March
    assert np.isnan(late[-2])  # three, as was said in April: nobody knows where


@pytest.mark.real_data
def test_the_fifty_seven_versions_give_each_month_a_first_and_later_numbers(real_data: Path) -> None:
    file = real_data / "ucdp_country_month" / "ucdp_country_month_vintages_pace.parquet"
    parsed = SOURCE.parse(file.read_bytes(), file.name)
    assert parsed.read == 2_027_498
    assert said("MLI", parsed.rows)[:3] == [
        ("2024-01", 133, "2024-02-21"),
        ("2024-01", 199, "2025-02-21"),
        ("2024-01", 181, "2025-07-21"),
    ]
    world = parsed.rows.drop_duplicates(["iso3", "month"]).groupby("month")["deaths"].sum()
    assert (world > 3_000).all()
    assert world.index.tolist() == pd.date_range("2024-01-01", "2026-05-01", freq="MS").tolist()
