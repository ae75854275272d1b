"""The case command on a small backtest: the same numbers as JSON and as a figure, and errors that say what to do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from data.contracts.forecasts import BACKTEST
from data.panel.panel import load
from data.reference_tables import read_episodes, seats
from features.build import build
from tests.publication import tables
from training.evaluation.backtest_table import write_forecast_rows
from training.forecasting.forecast import Provenance, rows_of

ORIGINS = pd.date_range("2025-06-01", "2026-10-01", freq="MS")
HAZARD = {"BFA": 0.02, "HKG": 0.5, "MLI": 0.04, "NER": 0.01}
"""Monthly hazard of every target; HKG is a territory, which no list shows."""


def write_backtest(home: Path, targets: tuple[str, ...], episodes: pd.DataFrame | None = None) -> None:
    features = build(load(home / "panel", episodes), ORIGINS)
    features = features[features["iso3"].isin(HAZARD)].reset_index(drop=True)
    monthly = np.repeat(features["iso3"].map(HAZARD).to_numpy()[:, None], 12, axis=1)
    provenance = Provenance("backtest", pd.Timestamp("2026-11-23"), "test.1")
    rows = rows_of(
        "stack", dict.fromkeys(("disruption", "fighting", "strangulation", "seizure"), monthly), features, provenance
    )
    rows = rows.assign(observed=np.where(rows["risk"].isna(), np.nan, 0.0), calm=rows["risk"].notna())
    (home / "backtest").mkdir(exist_ok=True)

    def kept() -> Iterator[pd.DataFrame]:
        yield BACKTEST.validate(rows[rows["target"].isin(targets)])

    write_forecast_rows(kept(), home / "backtest" / "forecasts.parquet")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The panel of the other tests, reported for every month of the backtest: no target abstains."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "panel").mkdir()
    made = tables()
    months = pd.date_range("2025-01-01", "2026-09-01", freq="MS")
    quiet = pd.MultiIndex.from_product([["MLI", "BFA", "NER", "HKG"], months], names=["iso3", "month"]).to_frame(False)
    quiet = quiet.assign(source="test", events_state=0.0, events_nonstate=0.0, events_onesided=0.0, deaths=0.0)
    listed = pd.DataFrame({"iso3": "FJI", "month": months, "successful": 0.0, "failed": 1.0, "source": "test"})
    for name, reported in (("countries", quiet), ("coups", listed)):
        extra = reported.assign(available_at=reported["month"] + pd.DateOffset(months=1))
        joined = pd.concat([made[name], extra]).drop_duplicates(["iso3", "month"])
        made[name] = joined[list(made[name].columns)].astype(made[name].dtypes.to_dict())
    for name, table in made.items():
        table.to_parquet(folder / "panel" / f"{name}.parquet")
    (folder / "panel" / "manifest.json").write_text(
        json.dumps({"vintage": "test.1", "built_at": "2026-11-23T00:00:00+00:00"})
    )
    return folder


@pytest.fixture(scope="module")
def tested(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with a backtest beside the panel of the other tests."""
    folder = tmp_path_factory.mktemp("tested")
    (folder / "panel").symlink_to(home / "panel")
    write_backtest(folder, ("disruption", "fighting", "strangulation", "seizure"))
    return folder


@pytest.fixture
def one_target(home: Path, tmp_path: Path) -> Path:
    (tmp_path / "panel").symlink_to(home / "panel")
    write_backtest(tmp_path, ("fighting",))
    return tmp_path


def test_a_case_is_drawn_and_told_as_json(chokepoint: Callable[..., Any], tested: Path, tmp_path: Path) -> None:
    done = chokepoint(tested, "case", "mli", "--from", "2025-07", "--json", "--out", str(tmp_path / "mli.png"))
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["iso3"], told["capital"], told["from"], told["to"]) == ("MLI", "Bamako", "2025-07", "2026-10")
    at = {(row["origin"], row["target"], row["horizon"]): row for row in told["forecasts"]}
    assert len(at) == 16 * 4 * 2
    assert at["2025-08", "disruption", 12]["risk"] == pytest.approx(1 - 0.96**12, abs=1e-6)
    assert (at["2025-08", "seizure", 3]["rank"], at["2025-08", "seizure", 3]["of"]) == (1, 3)
    assert (at["2026-04", "disruption", 12]["state"], at["2026-04", "disruption", 12]["risk"]) == ("ongoing", None)
    assert at["2026-04", "disruption", 12]["rank"] is None
    assert at["2026-04", "seizure", 12]["risk"] == pytest.approx(1 - 0.96**12, abs=1e-6)
    blockade, siege = told["episodes"]
    assert (blockade["kind"], blockade["start"], siege["kind"]) == ("supply", "2025-09", "siege")
    assert {row["target"]: row["origin"] for row in told["before_onsets"]} == {
        "disruption": "2025-08",
        "strangulation": "2025-08",
    }
    assert {"feed": "rings", "origin": "2026-10", "state": "missing"} in told["feeds"]
    with Image.open(told["figure"]) as picture:
        assert picture.format == "PNG"


def test_targets_and_horizons_are_those_asked_for_and_the_figure_goes_to_the_home_folder(
    chokepoint: Callable[..., Any], tested: Path
) -> None:
    done = chokepoint(tested, "case", "BFA", "--target", "seizure", "--horizon", "6", "--to", "2026-05", "--json")
    told = json.loads(done.out)
    assert {(row["target"], row["horizon"]) for row in told["forecasts"]} == {("seizure", 6)}
    assert Path(told["figure"]) == tested / "cases" / "BFA_2025-06_2026-05.png"
    assert Path(told["figure"]).exists()


def test_the_table_says_what_was_going_on_and_where_the_figure_is(
    chokepoint: Callable[..., Any], tested: Path, tmp_path: Path
) -> None:
    done = chokepoint(tested, "case", "MLI", "--out", str(tmp_path / "mli.png"))
    assert done.code == 0, done.err
    (line,) = [line for line in done.out.splitlines() if "2026-10 " in line and "│" in line]
    assert line.count("going on") == 3
    assert "38.7 (1)" in line
    assert f"Figure: {tmp_path / 'mli.png'}" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["MLX"],
            "unknown country 'MLX': give the ISO3 code of a state, such as MLI; `chokepoint risks` lists capitals",
        ),
        (["HKG"], "unknown country 'HKG': give the ISO3 code of a state"),
        (
            ["MLI", "--from", "2010-01", "--to", "2010-12"],
            "in the backtest, which holds 2025-06 to 2026-10: choose --from",
        ),
        (
            ["MLI", "--from", "2026-05", "--to", "2026-01"],
            "no origin between 2026-05 and 2026-01: --to lies before --from",
        ),
        (["MLI", "--from", "May"], "month 'May' is not of the form YYYY-MM"),
        (["MLI", "--target", "plague"], "unknown target 'plague': choose from disruption, fighting"),
        (["MLI", "--out", "mli.pdf"], "--out mli.pdf: the figure is a PNG; give a name that ends in .png"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_drawn_ends_in_one_line_that_says_how(
    chokepoint: Callable[..., Any], tested: Path, arguments: list[str], message: str
) -> None:
    done = chokepoint(tested, "case", *arguments)
    assert done.code == 1
    assert done.err.strip().splitlines()[-1].startswith("error: ")
    assert message in done.err
    assert done.out == ""


def test_without_a_backtest_the_command_says_how_to_make_one(chokepoint: Callable[..., Any], tmp_path: Path) -> None:
    done = chokepoint(tmp_path, "case", "MLI")
    assert done.code == 1
    assert "no backtest at" in done.err
    assert "run `make forecast` or `chokepoint backtest`" in done.err


def test_a_backtest_of_one_target_is_refused_for_the_others(chokepoint: Callable[..., Any], one_target: Path) -> None:
    done = chokepoint(one_target, "case", "MLI")
    assert done.code == 1
    assert "has no rows of stack for target disruption, strangulation, seizure: run `chokepoint backtest`" in done.err


def test_a_backtest_made_under_another_catalogue_is_refused(
    chokepoint: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    (tmp_path / "panel").symlink_to(home / "panel")
    before = read_episodes()
    write_backtest(tmp_path, ("disruption",), before[before["iso3"] != "MLI"])
    done = chokepoint(tmp_path, "case", "MLI", "--target", "disruption")
    assert done.code == 1
    assert "the catalogue has changed since the backtest: disruption of MLI at 2025-09 was calm then" in done.err
    assert done.err.rstrip().endswith("run `chokepoint backtest`")


def test_a_seat_of_government_that_moved_is_named_with_its_month() -> None:
    span = pd.Timestamp("2014-01-01"), pd.Timestamp("2018-12-01")
    assert seats("BDI", *span) == "Bujumbura"
    assert seats("BDI", span[0], pd.Timestamp("2020-01-01")) == "Bujumbura, from 2019-01 Gitega"
