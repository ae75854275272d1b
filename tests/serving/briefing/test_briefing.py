"""The briefing: two A4 pages whose text can be selected and stays inside the margins, and the same as HTML."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pypdfium2
import pytest

from data.contracts.forecasts import TARGETS
from serving.briefing import world_figure
from serving.briefing.blocks import Brief, Text
from serving.briefing.pdf import write_pdf
from training.models.registry import CHAMPION

A4_POINTS = (595, 842)


@pytest.fixture(scope="module")
def briefed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published home with a backtest: Ouagadougou .3, Niamey .2 and Bamako .1 at all horizons, 2024-01 to 2026-08."""
    folder = tmp_path_factory.mktemp("briefed") / "home"
    shutil.copytree(home, folder)
    origins = pd.date_range("2024-01-01", "2026-08-01", freq="MS")
    grid = pd.MultiIndex.from_product(
        [origins, ["BFA", "NER", "MLI"], list(TARGETS), range(1, 13)], names=["origin", "iso3", "target", "horizon"]
    )
    rows = grid.to_frame(index=False)
    rows["risk"] = rows["iso3"].map({"BFA": 0.3, "NER": 0.2, "MLI": 0.1})
    rows["observed"] = (rows["iso3"] == "BFA").astype(float)
    stamped = rows.assign(
        state="calm", risk_low=np.nan, risk_high=np.nan, flags="missing:prices", model=CHAMPION, data_vintage="test.1"
    ).assign(issued_at=pd.Timestamp("2026-11-23"))
    (folder / "backtest").mkdir()
    stamped.to_parquet(folder / "backtest" / "forecasts.parquet")
    return folder


def texts(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(str(path))
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def require_two_clean_pages(path: Path) -> None:
    """Two A4 pages, nothing printed within 12 mm of an edge."""
    document = pypdfium2.PdfDocument(str(path))
    assert len(document) == 2
    for page in document:
        assert tuple(round(side) for side in page.get_size()) == A4_POINTS
        ink = np.asarray(page.render(scale=1).to_pil().convert("L")) < 200
        edge = round(12 / 25.4 * 72)
        inside = np.zeros_like(ink)
        inside[edge:-edge, edge:-edge] = True
        assert ink[inside].any()
        assert not ink[~inside].any()


def write(chokepoint: Callable[..., object], home: Path, out: Path, *arguments: str) -> dict[str, str]:
    done = chokepoint(home, "brief", "--out", str(out), "--json", *arguments)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_the_world_in_two_pages(briefed: Path, chokepoint: Callable[..., object], tmp_path: Path) -> None:
    made = write(chokepoint, briefed, tmp_path)
    require_two_clean_pages(Path(made["pdf"]))
    first, second = texts(Path(made["pdf"]))
    # Six months at .02 and .01 a month: 1 - .98^6 = 11 %, 1 - .99^6 = 5.9 %.
    assert "1 Ouagadougou, Burkina Faso 2.0 % 5.9 % 11 % 22 % about 1 in 9" in first
    assert "2 Niamey, Niger 1.0 %" in first
    assert "Of 3 capitals, 1 is disrupted" in first
    assert "Bamako (siege since April 2026, last confirmed April 2026)" in first
    assert "as issued on 23 November 2026" in first
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    # All three were 10 % or more: (.3 + .2 + .1) / 3 = 20 %, and one in three was followed.
    assert "averaged 20 %, and a disruption followed 33 % of the time" in second


def test_a_calm_capital_in_two_pages(briefed: Path, chokepoint: Callable[..., object], tmp_path: Path) -> None:
    made = write(chokepoint, briefed, tmp_path, "--country", "bfa")
    require_two_clean_pages(Path(made["pdf"]))
    first, second = texts(Path(made["pdf"]))
    assert (
        "Ouagadougou at the end of October 2026: no episode known, list checked to April 2026. Any disruption: about 1 in 9 within six months (11 %)"
        in first
    )
    assert "Fighting raises the odds x2" in first
    assert "Similar past months Of the 12 past months" in first
    assert "If a coup is attempted: 11 % becomes 11 %." in second  # a base rate moves with nothing
    assert (
        "If ten attacks hit a supply corridor within three months: no change, as the model in use does not use"
        in second
    )
    assert "Jan 2022 Coup" in second


def test_a_besieged_capital_says_what_goes_on_and_what_could_come_on_top(
    briefed: Path, chokepoint: Callable[..., object], tmp_path: Path
) -> None:
    made = write(chokepoint, briefed, tmp_path, "--country", "MLI")
    require_two_clean_pages(Path(made["pdf"]))
    first, second = texts(Path(made["pdf"]))
    assert "Bamako is disrupted: siege since April 2026, last confirmed April 2026." in first
    assert "Risk of further disruption within six months: fighting about 1 in 9" in first
    assert "since Apr 2026 Siege" in second


def test_a_past_origin_says_that_nobody_issued_it(
    briefed: Path, chokepoint: Callable[..., object], tmp_path: Path
) -> None:
    made = write(chokepoint, briefed, tmp_path, "--country", "MLI", "--origin", "2025-08")
    first, _ = texts(Path(made["pdf"]))
    assert made["as_issued"] is False
    assert "made again by the backtest" in first
    assert "None were published with this origin" in first


def test_the_page_holds_the_same_words_and_loads_nothing(
    briefed: Path, chokepoint: Callable[..., object], tmp_path: Path
) -> None:
    made = write(chokepoint, briefed, tmp_path, "--country", "BFA")
    page = Path(made["html"]).read_text()
    assert "Ouagadougou at the end of October 2026: no episode known, list checked to April 2026." in page
    assert page.count("<img alt=") == 3
    assert page.count('src="data:image/svg+xml;base64,') == 3
    assert [part for part in ("<script", "<link", 'src="http', "url(") if part in page] == []


def test_an_origin_or_country_without_forecasts_is_refused(
    briefed: Path, chokepoint: Callable[..., object], tmp_path: Path
) -> None:
    late = chokepoint(briefed, "brief", "--origin", "2031-01", "--out", str(tmp_path))
    assert late.code == 1
    assert "no forecast of origin 2031-01: choose one from 2024-01 to 2026-10" in late.err
    assert "unknown country 'MLX'" in chokepoint(briefed, "brief", "--country", "MLX", "--out", str(tmp_path)).err


def test_numbers_of_the_map_stand_apart_from_each_other_and_from_every_place() -> None:
    # Damascus and Beirut lie closer together than their numbers are wide
    x, y = np.array([500.0, 502.0, 504.0, 700.0]), np.array([200.0, 201.0, 199.0, 300.0])
    labels = np.array([label for _, label in world_figure.number_positions(x, y)])
    gaps = np.hypot(*(labels[:, None] - labels[None, :]).transpose(2, 0, 1)) + 1e9 * np.eye(len(labels))
    assert gaps.min() >= world_figure.CLEAR * 0.9
    assert [place for place, _ in world_figure.number_positions(x, y)] == list(zip(x.tolist(), y.tolist(), strict=True))


def test_a_page_that_nobody_could_read_is_refused(tmp_path: Path) -> None:
    crowded = Brief("x", "Title", "Now", ([Text("word " * 6000)], [Text("short")]), "stamp", "licence")
    with pytest.raises(ValueError, match=r"page 1 of x\.pdf would have to shrink"):
        write_pdf(crowded, tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []
