"""The track record as a user asks for it, on a home folder where something was published long enough ago to have turned out."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.panel.panel import Panel
from features.build import build
from training.forecasting.forecast import Provenance, forecast
from training.models.registry import load_model
from training.monitoring.track_record import EVENTS, SKILLS
from training.publication.publication import Publication, read_publication

pytestmark = pytest.mark.slow

ORIGIN = pd.Timestamp("2025-01-01")
"""Every window of twelve months after it has closed by 2026-10, where the catalogue ends."""


@pytest.fixture
def published(retrained: Path) -> Publication:
    return read_publication(retrained / "published")


@pytest.fixture
def home(retrained: Path, tmp_path: Path) -> Path:
    """A home folder like the retrained one, to which something can be added."""
    for part in ("published", "issued", "backtest"):
        shutil.copytree(retrained / part, tmp_path / "home" / part)
    return tmp_path / "home"


def issue(home: Path, starter: Panel, published: Publication, issued_at: str) -> pd.DataFrame:
    """Put forecasts of ORIGIN into the store as an issue of that day; return them."""
    provenance = Provenance("1", pd.Timestamp(issued_at), "2025-01.then")
    rows = forecast(load_model(published.model_folder), build(starter, [ORIGIN]), provenance)
    rows.to_parquet(home / "issued" / f"2025-01-v1-{issued_at}.parquet", index=False)
    return rows


def told(chokepoint: Callable[..., Any], home: Path) -> Any:
    done = chokepoint(home, "track-record", "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_forecast_of_long_ago_is_scored_by_what_happened_since_and_held_against_the_promise(
    chokepoint: Callable[..., Any], home: Path, starter: Panel, published: Publication
) -> None:
    rows = issue(home, starter, published, "2025-02-10")
    found = told(chokepoint, home)
    at = {r["measure"]: r for r in found["rows"] if (r["kind"], r["target"], r["horizon"]) == ("live", "disruption", 6)}
    assert found["issues"] == 2
    assert set(at) == {EVENTS, *SKILLS}
    asked = [
        ("model", "==", "own_history"),
        ("target", "==", "disruption"),
        ("horizon", "==", 6),
        ("origin", "==", ORIGIN),
    ]
    known = pd.read_parquet(home / "backtest" / "forecasts.parquet", filters=asked).query("calm")
    risks = rows.query("target == 'disruption' and horizon == 6").set_index("iso3")["risk"].dropna()
    happened, expected = known["observed"].sum(), risks[known["iso3"].astype("str")].sum()
    assert happened > 0
    assert at[EVENTS]["forecasts"] == len(known)
    assert at[EVENTS]["live"] == pytest.approx(happened / expected, rel=1e-6)
    assert at["brier_skill_vs_climatology"]["promised"] is not None
    assert " onsets in 1 origin, " in found["verdict"]


def test_a_forecast_issued_when_its_first_month_was_over_counts_as_late_and_never_as_live(
    chokepoint: Callable[..., Any], home: Path, starter: Panel, published: Publication
) -> None:
    issue(home, starter, published, "2025-06-10")
    found = told(chokepoint, home)
    assert {r["kind"] for r in found["rows"]} == {"late"}
    assert found["verdict"] == "no window of six months has closed since the first live forecast"
