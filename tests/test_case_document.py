"""docs/cases.md, its figures and its generated tables agree with each other."""

import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from benchmarks.case_document import contradictions, require_sections
from data.settings import REPOSITORY
from training.explanation.case_study import Case

DOCUMENT = REPOSITORY / "docs" / "cases.md"
TEXT = DOCUMENT.read_text()
FIGURES = sorted((REPOSITORY / "docs" / "cases").glob("*.png"))
SECTIONS = {
    found[1]: part
    for part in re.split(r"^(?=## )", TEXT, flags=re.M)
    if (found := re.search(r"^!\[[^]]+\]\(cases/(.+)\.png\)$", part, re.M))
}
ASKED = {
    *("bamako-2012", "bamako-2020", "bamako-2025", "khartoum-2023", "kabul-2021", "port-au-prince-2021-24"),
    *("kathmandu-2015", "colombo-2022", "kyiv-2022"),
}


def test_the_document_shows_every_figure_and_no_other() -> None:
    shown = re.findall(r"^!\[[^]]+\]\((cases/.+\.png)\)$", TEXT, re.M)
    assert sorted(shown) == [f"cases/{path.name}" for path in FIGURES]
    assert len(shown) == len(set(shown))


def test_the_cases_asked_for_and_three_false_alarms_are_there() -> None:
    assert set(SECTIONS) > ASKED
    assert len([name for name in SECTIONS if name.startswith("false-alarm-")]) == 3


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_a_figure_is_small_and_as_wide_as_a_page(path: Path) -> None:
    assert path.stat().st_size < 80_000
    with Image.open(path) as picture:
        assert picture.width == 1200


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_a_section_has_prose_of_its_own_and_a_table_of_origins(name: str) -> None:
    prose, rest = SECTIONS[name].split(f"<!-- {name} -->")
    assert len(re.sub(r"<!--.*?-->", "", prose).split()) > 60
    assert "| origin | what followed |" in rest.split(f"<!-- /{name} -->")[0]


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_what_the_prose_calls_seen_or_missed_is_so_in_its_table(name: str) -> None:
    table = re.findall(r"^\| (\d{4}-\d{2}) \| (\w+) \| .* \| (yes|\*\*no\*\*) \|$", SECTIONS[name], re.M)
    verdict = {(target, onset): "seen" if said == "yes" else "missed" for onset, target, said in table}
    claims = re.findall(r"<!-- says (seen|missed) (\w+) (\d{4}-\d{2}) -->", SECTIONS[name])
    assert [claim for claim in claims if verdict.get(claim[1:]) != claim[0]] == []
    assert claims or name.startswith("false-alarm-")


def test_the_generator_refuses_a_document_without_a_place_for_a_case() -> None:
    require_sections(TEXT, list(SECTIONS))
    with pytest.raises(ValueError, match="sections missing: false-alarm-XXX; sections of no case: kyiv-2022"):
        require_sections(TEXT, [*(set(SECTIONS) - {"kyiv-2022"}), "false-alarm-XXX"])


def test_a_claim_the_backtest_refutes_is_named() -> None:
    origins = pd.to_datetime(["2012-01-01", "2012-02-01", "2012-03-01"])
    risks = {"risk": [0.1, 0.2, float("nan")], "rank": [30.0, 21.0, float("nan")]}
    coup = pd.DataFrame(
        {"kind": ["coup"], "start": [origins[2]], "end": [origins[2]], "confidence": "H", "reason": "a"}
    )
    case = Case(
        iso3="MLI",
        capital="Bamako",
        model="stack",
        forecasts=pd.DataFrame({"origin": origins, "target": "seizure", "horizon": 12, "of": 190, **risks}),
        episodes=coup,
        inputs=(),
        unknown=(),
        feeds=pd.DataFrame(columns=["origin", "feed", "state"]),
        forecast_vintage="test.1",
        input_vintage="test.1",
        issued_at=pd.Timestamp("2026-11-23"),
    )
    good = "<!-- says missed seizure 2012-03 --> <!-- says rose seizure 2012-01 2012-02 -->"
    bad = "<!-- says seen seizure 2012-03 --> <!-- says fell seizure 2012-01 2012-02 -->"
    assert contradictions(good, case) == []
    assert contradictions(bad, case) == [
        "seen seizure 2012-03, got rank 21",
        "fell seizure 2012-01 to 2012-02, got 0.100 to 0.200",
    ]
    assert contradictions("<!-- says missed siege 2012-03 -->", case) == ["missed siege 2012-03, got rank nan"]
