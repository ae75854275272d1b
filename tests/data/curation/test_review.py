"""Decisions on candidates: the rows they write, the lines they leave alone, and what is refused."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from data.curation.catalogue_files import JOURNAL, finish_interrupted
from data.curation.propose import PROPOSED
from data.curation.review import Row, read_decisions, review, write_decisions
from data.reference_tables import read_episodes

HEADER = "iso3,capital,start,end,kind,confidence,reason,last_confirmed,evidence\n"
BFA = 'BFA,Ouagadougou,2022-09,2022-09,coup,H,"Traore, 30 Sep",,\n'
MLI = "MLI,Bamako,2026-04,2026-04,siege,M,siege declared,2026-04,a newspaper\n"
NER = "NER,Niamey,2023-07,2023-08,coup,H,president detained,,\n"
MAY = pd.Timestamp("2026-05-01")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "episodes.csv").write_text(HEADER + BFA + MLI + NER)
    (tmp_path / "episodes_known_to.json").write_text('{"known_to": "2026-04"}\n')
    return tmp_path


def candidate(**fields: str) -> Row:
    """Return a candidate of fighting in Niamey in May 2026, with other fields."""
    row = dict.fromkeys(PROPOSED, "") | {
        "candidate": "NER fighting 2026-05..2026-05",
        "status": "new",
        "iso3": "NER",
        "capital": "Niamey",
        "start": "2026-05",
        "end": "2026-05",
        "kind": "fighting",
        "confidence": "M",
        "reason": "airport attacked, 30 dead",
        "evidence": "districts 2026-05",
        "under_review": "2026-05..2026-05",
        "decision": "yes",
    }
    return row | fields


def siege(**fields: str) -> Row:
    """Return the siege of Bamako as a row that asks to be confirmed, with other fields."""
    row = candidate(
        candidate="MLI siege 2026-04..",
        status="open",
        iso3="MLI",
        capital="Bamako",
        start="2026-04",
        end="",
        kind="siege",
        reason="siege declared",
        last_confirmed="2026-04",
        evidence="a newspaper; another of 20 May",
        decision="confirm",
    )
    return row | fields


def catalogue(folder: Path) -> str:
    return (folder / "episodes.csv").read_text()


def test_an_accepted_candidate_is_one_new_line_in_the_files_order_and_others_stay_as_they_are(folder: Path) -> None:
    result = review([siege(), candidate()], MAY, folder)
    confirmed = "MLI,Bamako,2026-04,2026-05,siege,M,siege declared,2026-05,a newspaper; another of 20 May\n"
    new = 'NER,Niamey,2026-05,2026-05,fighting,M,"airport attacked, 30 dead",,districts 2026-05\n'
    assert catalogue(folder) == HEADER + BFA + confirmed + NER + new
    assert result.changes["added"] == ["NER fighting 2026-05..2026-05"]
    assert result.changes["confirmed"] == ["MLI siege 2026-04.."]
    known = json.loads((folder / "episodes_known_to.json").read_text())
    assert known["known_to"] == "2026-05"
    assert known["note"] == (
        "Reviewed after 2026-04: 1 added, 0 changed, 0 rejected, 1 confirmed, 0 ended; known to 2026-05."
    )
    assert len(read_episodes(folder / "episodes.csv")) == 4


def test_a_rejected_candidate_leaves_no_line_and_an_ended_episode_is_no_longer_open(folder: Path) -> None:
    review([siege(decision="end", end="2026-04"), candidate(decision="no")], MAY, folder, "press of May")
    ended = "MLI,Bamako,2026-04,2026-04,siege,M,siege declared,,a newspaper; another of 20 May\n"
    assert catalogue(folder) == HEADER + BFA + ended + NER
    assert json.loads((folder / "episodes_known_to.json").read_text())["note"] == "press of May"


def test_an_edited_candidate_may_differ_and_may_go_on(folder: Path) -> None:
    review([siege(), candidate(decision="edit", kind="siege", last_confirmed="2026-05")], MAY, folder)
    assert "NER,Niamey,2026-05,2026-05,siege,M," in catalogue(folder)
    open_rows = read_episodes(folder / "episodes.csv").dropna(subset="last_confirmed")
    assert list(open_rows["iso3"]) == ["MLI", "NER"]


def test_what_no_feed_proposed_is_a_line_of_the_reviewers_own(folder: Path) -> None:
    own = candidate(candidate="", kind="takeover", decision="edit", evidence="https://example.org/may")
    assert review([siege(), own], MAY, folder).changes["added"] == ["NER takeover 2026-05..2026-05"]
    assert "NER,Niamey,2026-05,2026-05,takeover,M," in catalogue(folder)


def test_an_edit_with_the_start_of_an_episode_lengthens_its_row(folder: Path) -> None:
    longer = candidate(decision="edit", kind="coup", start="2023-07", end="2026-05")
    assert review([siege(), longer], MAY, folder).changes["changed"] == [longer["candidate"]]
    assert NER not in catalogue(folder)
    assert "NER,Niamey,2023-07,2026-05,coup," in catalogue(folder)


def test_months_before_the_known_month_are_corrected_without_moving_it(folder: Path) -> None:
    earlier = candidate(candidate="NER fighting 2025-05..2025-05", start="2025-05", end="2025-05")
    review([earlier | {"under_review": "2025-05..2025-05"}], pd.Timestamp("2026-04-01"), folder)
    assert MLI in catalogue(folder)
    assert json.loads((folder / "episodes_known_to.json").read_text())["known_to"] == "2026-04"


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([siege(), candidate(decision="")], "line 3, NER fighting .*: undecided; write one of yes, no, edit"),
        ([siege(decision="")], "line 2, MLI siege 2026-04..: undecided; write one of confirm, end"),
        ([siege(), candidate(decision="maybe")], "decision 'maybe' is unknown for a row that is new; write one of yes"),
        ([siege(decision="yes")], "decision 'yes' is unknown for a row that is open; write one of confirm, end"),
        ([candidate()], "MLI siege 2026-04.. is going on and has no row; propose again"),
        ([siege(), candidate(), candidate()], "NER fighting 2026-05 is decided twice; keep one row"),
        ([siege(), candidate(start="2026-04")], "differ from the candidate; decide `edit`"),
        ([siege(), candidate(decision="edit", end="2026-06")], "ends after the known-to month 2026-05; edit `end`"),
        ([siege(), candidate(decision="edit", end="2026-03")], "before it starts .*; correct the months"),
        ([siege(), candidate(decision="edit", start="May")], "`start`: month 'May' is not of the form YYYY-MM"),
        ([siege(), candidate(kind="riot")], "kind 'riot' is unknown; write one of fighting"),
        ([siege(), candidate(confidence="high")], "confidence 'high' is unknown; write one of H, M, L, PT"),
        ([siege(), candidate(capital="Agadez")], "'NER' has no seat 'Agadez'; write Niamey"),
        ([siege(), candidate(iso3="XXX")], "'XXX' has no seat 'Niamey'; write the ISO3 code of a state"),
        ([siege(), candidate(reason="")], "`reason` is empty .*; say in one line what happened"),
        ([siege(), candidate(evidence="")], "`evidence` is empty .*; say in one line what it rests on"),
        ([siege(evidence="")], "`evidence` is empty"),
        ([siege(decision="end", end="")], "`end` is empty; write its last month, from 2026-04 to 2026-05"),
        ([siege(start="2026-03")], "the catalogue has no such episode going on"),
        (
            [siege(), candidate(decision="edit", last_confirmed="2026-04")],
            "an episode going on has `end` and `last_confirmed` 2026-05",
        ),
        (
            [siege(), candidate(decision="edit", kind="coup", start="2023-09", end="2023-09")],
            "touches coup 2023-07..2023-08, .* decide `edit` with start 2023-07 to lengthen that row",
        ),
        ([siege(), candidate(under_review="2026-04..2026-04")], "proposes candidates up to 2026-04 only"),
    ],
)
def test_what_cannot_be_applied_is_refused_with_the_row_and_the_remedy(
    folder: Path, rows: list[Row], complaint: str
) -> None:
    with pytest.raises(ValueError, match=f"(?s)the catalogue was not changed.*{complaint}"):
        review(rows, MAY, folder)
    assert catalogue(folder) == HEADER + BFA + MLI + NER
    assert (folder / "episodes_known_to.json").read_text() == '{"known_to": "2026-04"}\n'


def test_every_faulty_row_is_named_at_once(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"(?s)line 2, MLI .*line 3, NER"):
        review([siege(decision=""), candidate(decision="")], MAY, folder)


@pytest.mark.parametrize(
    ("month", "complaint"),
    [("2026-03", "goes backwards from 2026-04"), ("2999-01", "is not over yet; give the last complete month")],
)
def test_a_known_month_that_goes_backwards_or_is_not_over_is_refused(folder: Path, month: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        review([siege()], pd.Timestamp(f"{month}-01"), folder)


def test_where_the_disk_refuses_the_second_file_the_first_gets_back_its_content(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.replace

    def refuse(draft: Path, place: Path) -> None:
        if Path(place).name == "episodes_known_to.json":
            raise OSError(28, "No space left on device")
        whole(draft, place)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        review([siege(), candidate()], MAY, folder)
    assert catalogue(folder) == HEADER + BFA + MLI + NER
    assert not (folder / JOURNAL).exists()


def test_a_review_killed_between_the_two_files_is_finished_by_the_next_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Ends the process where a signal would."""

    whole = os.replace

    def die(draft: Path, place: Path) -> None:
        if Path(place).name == "episodes_known_to.json":
            raise Killed
        whole(draft, place)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", die)
        with pytest.raises(Killed):
            review([siege(), candidate()], MAY, folder)
    assert finish_interrupted(folder)
    assert json.loads((folder / "episodes_known_to.json").read_text())["known_to"] == "2026-05"
    assert "NER,Niamey,2026-05" in catalogue(folder)
    assert not finish_interrupted(folder)


def test_a_file_of_candidates_is_read_as_it_was_written_and_one_without_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "candidates.csv"
    write_decisions(path, [siege(), candidate()])
    assert read_decisions(path) == [siege(), candidate()]
    path.write_text("iso3,decision\nMLI,yes\n")
    with pytest.raises(ValueError, match="lacks the columns candidate, status, capital"):
        read_decisions(path)
