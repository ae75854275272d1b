"""A version's bundle, as a retraining recorded it, on the panel it was made on and on a newer one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.panel import panel as panels
from data.panel.folder import STARTER
from data.settings import settings
from training.publication.download import download_bundle
from training.publication.model_bundle import ModelBundle, read_bundle
from training.publication.reforecast import reforecast
from training.tracking import model_registry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bundle(retrained: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelBundle:
    folder = tmp_path_factory.mktemp("downloaded") / "bundle"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHOKEPOINT_HOME", str(retrained))
        settings.cache_clear()
        held = model_registry.champion()
        assert held is not None
        download_bundle(held, folder)
    settings.cache_clear()
    return read_bundle(folder)


def widths(rows: pd.DataFrame) -> pd.Series:
    """Return how far apart the ends of the intervals lie, as the spread of refits is measured: ln(-ln(1 - risk))."""
    keyed = rows[rows["state"] == "calm"].set_index(["iso3", "target", "horizon"])
    low, high = (np.log(-np.log1p(-keyed[end])) for end in ("risk_low", "risk_high"))
    return high - low


def test_a_champion_on_newer_data_keeps_the_width_of_its_intervals_capital_by_capital(bundle: ModelBundle) -> None:
    newer = replace(panels.load(STARTER), vintage="2026-11.newer")
    made = reforecast(bundle, newer).forecasts
    newest = made[made["origin"] == bundle.origin]
    assert set(newest["data_vintage"]) == {"2026-11.newer"}
    was = bundle.forecasts[bundle.forecasts["origin"] == bundle.origin]
    pd.testing.assert_series_equal(widths(newest).sort_index(), widths(was).sort_index(), check_names=False, rtol=1e-4)
    assert widths(newest).gt(0).all()


def test_a_bundle_on_its_own_panel_stays_as_it_is(bundle: ModelBundle) -> None:
    assert reforecast(bundle, panels.load(STARTER)) is bundle


def test_a_bundle_recorded_without_spreads_forecasts_without_intervals(bundle: ModelBundle) -> None:
    (bundle.folder / "tables" / "spread.parquet").rename(bundle.folder / "spread.parquet")
    made = reforecast(bundle, replace(panels.load(STARTER), vintage="2026-11.newer")).forecasts
    assert made.loc[made["origin"] == bundle.origin, "risk_low"].isna().all()
