"""Published forecasts against what followed: which issue counts, which windows are closed, and when a difference is chance."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.panel.panel import Panel
from training.evaluation.score_table import pick
from training.figures.track_record import draw
from training.monitoring.track_record import COLUMNS, EVENTS, first_publications, track_record, verdict

NO_PROMISE = pd.DataFrame(
    columns=["episodes", "model", "reference", "target", "horizon", "window", "metric", "value", "low", "high"]
)
NO_REFERENCES = pd.DataFrame(
    {c: pd.Series(dtype=float) for c in ("origin", "iso3", "target", "horizon", "model", "risk")}
)


def issue(
    panel: Panel,
    origin: str,
    name: str,
    issued_at: str,
    hazard: float,
    horizons: tuple[int, ...] = (1,),
    *,
    backfilled: bool = False,
) -> pd.DataFrame:
    """Give every unit the same monthly hazard of disruption."""
    month = pd.Timestamp(origin)
    rows = [(month, iso3, "disruption", h, 1 - (1 - hazard) ** h, hazard) for iso3 in panel.iso3 for h in horizons]
    table = pd.DataFrame(rows, columns=["origin", "iso3", "target", "horizon", "risk", "hazard"])
    moment = {"issued_at": pd.Timestamp(issued_at), "as_of": month + pd.offsets.MonthBegin(1)}
    return table.assign(publication_id=name, backfilled=backfilled, **moment)


def references(rows: pd.DataFrame, **risk: float) -> pd.DataFrame:
    """Let each reference say one risk everywhere."""
    keys = rows[["origin", "iso3", "target", "horizon"]]
    return pd.concat([keys.assign(model=name, risk=value) for name, value in risk.items()], ignore_index=True)


def promise(**value: float) -> pd.DataFrame:
    """Promise a value of each metric, known to within .02."""
    rows = [
        (
            "current",
            "stack",
            reference,
            "disruption",
            1,
            "all",
            metric,
            value[metric],
            value[metric] - 0.02,
            value[metric] + 0.02,
        )
        for reference, metric in (("climatology", "brier_skill_vs_climatology"), ("own_history", "log_score"))
    ]
    return pd.DataFrame(rows, columns=NO_PROMISE.columns)


@pytest.fixture(scope="module")
def panel(panel_of: Callable[..., Panel]) -> Panel:
    """Six of about two hundred capitals are disrupted in 2020-02, one in 2020-12, where the catalogue ends."""
    onsets = [(iso3, "coup", "2020-02", "2020-02", "H") for iso3 in ("MLI", "NER", "BFA", "TCD", "SDN", "GAB")]
    return panel_of([*onsets, ("GIN", "coup", "2020-12", "2020-12", "H")])


def test_the_first_issue_of_an_origin_counts_and_one_made_too_late_or_backfilled_is_called_so(panel: Panel) -> None:
    early = issue(panel, "2020-01", "a", "2020-02-20", 0.02)
    again = issue(panel, "2020-01", "b", "2020-02-25", 0.9)
    late = issue(panel, "2020-02", "c", "2020-04-01", 0.02)
    made_after = issue(panel, "2020-01", "d", "2020-02-01", 0.02, backfilled=True)
    kept = first_publications(pd.concat([again, early, late, made_after]))
    assert dict(kept.groupby("publication_id")["kind"].first()) == {"a": "live", "c": "late", "d": "backfilled"}


def test_events_are_counted_against_the_sum_of_risks(panel: Panel) -> None:
    rows = issue(panel, "2020-01", "a", "2020-02-20", 0.03)
    (line,) = track_record(panel, rows, NO_REFERENCES, NO_PROMISE).itertuples()
    units = len(panel.iso3)
    assert (line.kind, line.measure, line.forecasts, line.onsets, line.origins) == ("live", EVENTS, units, 6, 1)
    assert line.live == pytest.approx(6 / (0.03 * units))
    assert line.promised == 1.0
    assert line.p > 0.5


@pytest.mark.parametrize("hazard", [0.2, 0.0002])
def test_risks_far_too_high_or_too_low_are_more_than_chance(panel: Panel, hazard: float) -> None:
    rows = issue(panel, "2020-01", "a", "2020-02-20", hazard)
    (line,) = track_record(panel, rows, NO_REFERENCES, NO_PROMISE).itertuples()
    assert line.p < 0.01


def test_skill_is_measured_on_the_same_rows_as_the_references(panel: Panel) -> None:
    rows = issue(panel, "2020-01", "a", "2020-02-20", 0.001)
    hit = rows["iso3"].isin(["MLI", "NER", "BFA", "TCD", "SDN", "GAB"])
    rows = rows.assign(risk=np.where(hit, 0.5, 0.0))
    said = references(rows, climatology=0.03, own_history=0.03)
    found = track_record(panel, rows, said, promise(brier_skill_vs_climatology=0.1, log_score=-0.01)).set_index(
        "measure"
    )
    units = len(panel.iso3)
    reference = (6 * 0.97**2 + (units - 6) * 0.03**2) / units
    assert found.at["brier_skill_vs_climatology", "live"] == pytest.approx(1 - 6 * 0.5**2 / units / reference)
    own = -(6 * np.log(0.03) + (units - 6) * np.log(0.97)) / units
    assert found.at["log_score_minus_own_history", "live"] == pytest.approx(-6 * np.log(0.5) / units - own, abs=1e-5)
    # a perfect ranking with one half each time is far better than a promise of a tenth
    assert found.at["brier_skill_vs_climatology", "p"] < 0.01


def test_skill_as_promised_is_called_chance_and_too_few_onsets_get_no_p_value(
    panel: Panel, panel_of: Callable[..., Panel]
) -> None:
    rows = issue(panel, "2020-01", "a", "2020-02-20", 0.03)
    said = references(rows, climatology=0.03, own_history=0.03)
    same = promise(brier_skill_vs_climatology=0.0, log_score=0.0)
    assert (track_record(panel, rows, said, same)["p"] > 0.5).all()
    few = panel_of([("MLI", "coup", "2020-02", "2020-02", "H"), ("GIN", "coup", "2020-12", "2020-12", "H")])
    found = track_record(few, rows, said, same).set_index("measure")
    assert found["p"].isna().to_dict() == {
        EVENTS: False,
        "brier_skill_vs_climatology": True,
        "log_score_minus_own_history": True,
    }


def test_a_window_that_has_not_closed_is_not_scored_even_where_its_onset_is_known(panel: Panel) -> None:
    rows = issue(panel, "2020-10", "a", "2020-11-20", 0.02, tuple(range(1, 13)))
    assert list(track_record(panel, rows, NO_REFERENCES, NO_PROMISE)["horizon"]) == [1]


def test_true_forecasts_are_called_surprising_about_as_often_as_the_level_says(panel_of: Callable[..., Panel]) -> None:
    chance, surprising = np.random.default_rng(1), 0
    end = ("GIN", "coup", "2020-12", "2020-12", "H")
    iso3 = panel_of([end]).iso3
    for _ in range(40):
        hit = [(code, "coup", "2020-02", "2020-02", "H") for code in iso3 if chance.random() < 0.05]
        truth = panel_of([*hit, end])
        rows = issue(truth, "2020-01", "a", "2020-02-20", 0.05)
        (line,) = track_record(truth, rows, NO_REFERENCES, NO_PROMISE).itertuples()
        surprising += line.p < 0.05
    assert surprising <= 6  # 2 expected; more than 6 has a chance of 1 in 500


def test_overlapping_windows_share_their_fate_in_the_draws(panel: Panel) -> None:
    """One unlucky month counts in six windows: taken for six pieces of luck it would look like more than chance."""
    months = ["2019-08", "2019-09", "2019-10", "2019-11", "2019-12", "2020-01"]
    rows = pd.concat([issue(panel, m, m, f"{m}-20", 0.003, tuple(range(1, 7))) for m in months])
    found = pick(track_record(panel, rows, NO_REFERENCES, NO_PROMISE), horizon=6).iloc[0]
    units = len(panel.iso3)
    # the six onsets lie in all six windows: 36 events where 6 x units x (1 - .997^6) were expected
    assert (found["onsets"], found["forecasts"]) == (6, 6 * units)
    assert found["live"] == pytest.approx(36 / (6 * units * (1 - 0.997**6)), rel=0.01)
    independent = np.random.default_rng(0).binomial(6 * units, 1 - 0.997**6, 2000)
    assert np.mean(independent >= 36) < found["p"] / 2


def test_the_verdict_is_of_disruption_at_six_months_alone(panel: Panel) -> None:
    rows = issue(panel, "2020-01", "a", "2020-02-20", 0.0002, tuple(range(1, 13)))
    found = track_record(panel, rows, NO_REFERENCES, NO_PROMISE)
    assert verdict(found).startswith("6 onsets in 1 origin, ")
    assert "more than chance: events_of_expected" in verdict(found)
    early = track_record(panel, issue(panel, "2020-01", "a", "2020-02-20", 0.02), NO_REFERENCES, NO_PROMISE)
    assert verdict(early) == "no window of six months has closed since the first live forecast"
    afterwards = track_record(panel, rows.assign(backfilled=True), NO_REFERENCES, NO_PROMISE)
    assert verdict(afterwards).startswith(f"{verdict(early)}; of backfilled ones: 6 onsets in 1 origin, ")


def test_nothing_published_gives_an_empty_record_and_a_figure_that_says_so(panel: Panel) -> None:
    found = track_record(panel, pd.DataFrame(), NO_REFERENCES, NO_PROMISE)
    assert list(found.columns) == COLUMNS
    assert found.empty
    assert [t.get_text() for t in draw(found).axes[1].texts] == ["no window has closed yet"]


def test_windows_that_end_after_the_last_reviewed_month_are_not_scored_as_quiet(panel: Panel) -> None:
    rows = issue(panel, "2020-02", "a", "2020-03-02", 0.02, tuple(range(1, 13)))
    reviewed = replace(panel, known_to=calendar.month_index(pd.Timestamp("2020-05")))
    scored = track_record(reviewed, rows, NO_REFERENCES, NO_PROMISE)
    # of the reported horizons 1, 3, 6 and 12 those to March and May 2020 are closed; with the whole year known, six too
    assert sorted(set(scored["horizon"])) == [1, 3]
    whole = track_record(panel, rows, NO_REFERENCES, NO_PROMISE)
    assert sorted(set(whole["horizon"])) == [1, 3, 6]
