"""Rules: what a file may say, which conditions hold, and what is news."""

from pathlib import Path

import pandas as pd
import pytest

from serving.alerts.alert import AlertProvenance, make_alert
from serving.alerts.conditions import conditions
from serving.alerts.history import ConditionHistory
from serving.alerts.replay import alert_statistics, replay
from serving.alerts.rule_file import DEFAULT, read_rules
from serving.alerts.rules import Rules

TARGETS = ("disruption", "fighting", "strangulation", "seizure")


def rules(*given: dict[str, object]) -> Rules:
    return Rules.model_validate({"rule": [{"name": f"rule-{n}", **rule} for n, rule in enumerate(given)]})


def forecasts(origin: str, risks: dict[str, float | None], flags: str = "", horizon: int = 6) -> pd.DataFrame:
    """Rows of one origin at one horizon: the same risk for every target; None while an episode goes on."""
    return pd.DataFrame(
        [
            {
                "origin": pd.Timestamp(origin),
                "iso3": iso3,
                "target": target,
                "horizon": horizon,
                "risk": float("nan") if risk is None else risk,
                "state": "ongoing" if risk is None else "calm",
                "flags": flags,
                "observed": 1.0 if iso3 == "MLI" else 0.0,
            }
            for iso3, risk in risks.items()
            for target in TARGETS
        ]
    )


def holding(given: Rules, now: pd.DataFrame, before: pd.DataFrame | None = None) -> list[tuple[str, str]]:
    return [(found.rule.name, found.subject) for found in conditions(given.rule, now, before)]


def test_the_default_rules_are_read_where_there_is_no_file(tmp_path: Path) -> None:
    found = read_rules(tmp_path / "alerts.toml")
    assert [rule.kind for rule in found.rule] == ["above", "rise", "rise", "top", "stale"]
    assert found == read_rules(DEFAULT)
    assert found.webhook == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[rule]]\nname = "a"\nkind = "above"\nrisk = 2.0', "rule a: risk: Input should be less than 1"),
        ('[[rule]]\nname = "a"\nkind = "above"\nrisk = "0.2"', "rule a: risk: Input should be a valid number"),
        ('[[rule]]\nname = "a"\nkind = "above"\nrisk = 0.2\nhorizont = 3', "rule a: horizont: Extra inputs"),
        ('[[rule]]\nname = "a"\nkind = "above"', "rule a: risk: Field required"),
        ('[[rule]]\nname = "a"\nkind = "below"', "rule a: Input tag 'below'"),
        ('[[rule]]\nkind = "top"\nplaces = 3', "rule number 1: name: Field required"),
        ('[[rule]]\nname = "A b"\nkind = "top"\nplaces = 3', "rule A b: name: give small letters"),
        (
            '[[rule]]\nname = "a"\nkind = "top"\nplaces = 3\ncountries = ["MLX"]',
            "rule a: countries: 'MLX' is not the ISO3",
        ),
        ('[[rule]]\nname = "a"\nkind = "stale"\nshare = 0.5\nfeeds = ["tea"]', "rule a: feeds: 'tea' is not a feed: "),
        ('[[webhook]]\nname = "desk"\nurl = "ftp://x"', "webhook desk: url: give an address that begins with https"),
        ('[[webhook]]\nname = "desk"\nurl = "https://a:b@x"', "webhook desk: url: an address holds no user"),
        ('[[webhook]]\nname = "desk"\nurl = "https://x"\nrules = ["b"]', "webhook desk: rules: no rule is called 'b'"),
        ('[[rule]]\nname = "a', "is no TOML"),
    ],
)
def test_a_wrong_file_is_refused_naming_the_rule_and_the_field(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"alerts\.toml") as refused:
        read_rules(path)
    assert message in str(refused.value)


def test_a_risk_at_the_threshold_holds_and_a_missing_one_does_not() -> None:
    given = rules({"kind": "above", "risk": 0.2})
    assert holding(given, forecasts("2026-10", {"MLI": 0.2, "BFA": 0.19, "NER": None})) == [("rule-0", "MLI")]


def test_a_rise_needs_the_factor_the_least_risk_and_an_origin_before() -> None:
    given = rules({"kind": "rise", "factor": 2.0, "least_risk": 0.05})
    now = forecasts("2026-10", {"MLI": 0.08, "BFA": 0.04, "NER": 0.07})
    before = forecasts("2026-09", {"MLI": 0.04, "BFA": 0.01, "NER": 0.04})
    assert holding(given, now, before) == [("rule-0", "MLI")]
    assert holding(given, now) == []


def test_the_first_places_hold_but_not_of_a_capital_in_an_episode() -> None:
    # Niamey is disrupted and nothing is left to forecast there: it stands last.
    given = rules({"kind": "top", "places": 2})
    assert holding(given, forecasts("2026-10", {"MLI": 0.1, "BFA": 0.2, "NER": None, "TCD": 0.05})) == [
        ("rule-0", "BFA"),
        ("rule-0", "MLI"),
    ]


def test_a_rule_watches_the_countries_and_regions_it_names() -> None:
    now = forecasts("2026-10", {"MLI": 0.3, "KEN": 0.3, "FRA": 0.3})
    given = rules({"kind": "above", "risk": 0.2, "countries": ["FRA"], "regions": ["Western Africa"]})
    assert {subject for _, subject in holding(given, now)} == {"MLI", "FRA"}


def test_a_feed_holds_when_it_fails_enough_capitals() -> None:
    now = pd.concat([forecasts("2026-10", {"MLI": 0.1}, "missing:prices"), forecasts("2026-10", {"BFA": 0.1})])
    assert holding(rules({"kind": "stale", "share": 0.5}), now) == [("rule-0", "prices")]
    assert holding(rules({"kind": "stale", "share": 0.6}), now) == []


def test_a_condition_that_holds_is_raised_once_and_again_after_it_has_ceased() -> None:
    given = rules({"kind": "above", "risk": 0.2, "quiet_months": 2})
    risk = {1: 0.3, 2: 0.3, 3: 0.1, 4: 0.3, 5: 0.1, 6: 0.1, 7: 0.3}
    past = {pd.Timestamp(2026, m, 1): forecasts(f"2026-{m:02d}", {"MLI": r}) for m, r in risk.items()}
    # April follows March's lapse by less than two quiet origins; July does not.
    assert [origin.month for origin, news in replay(given, past) if news] == [1, 7]


def test_a_standing_condition_is_repeated_where_the_rule_asks_for_it() -> None:
    given = rules({"kind": "above", "risk": 0.2, "repeat_months": 3})
    past = {pd.Timestamp(2026, m, 1): forecasts(f"2026-{m:02d}", {"MLI": 0.3}) for m in range(1, 9)}
    assert [origin.month for origin, news in replay(given, past) if news] == [1, 4, 7]


def test_a_later_origin_does_not_silence_an_earlier_one() -> None:
    given = rules({"kind": "above", "risk": 0.2})
    (found,) = conditions(given.rule, forecasts("2026-10", {"MLI": 0.3}), None)
    history = ConditionHistory()
    history.add([found], [found], pd.Timestamp("2026-10-01"))
    assert history.is_new(found, pd.Timestamp("2026-09-01"))
    assert not history.is_new(found, pd.Timestamp("2026-11-01"))


def test_noise_counts_alerts_and_what_followed_after_a_year_of_warming_up() -> None:
    given = rules({"kind": "above", "risk": 0.2, "quiet_months": 0})
    past = {
        pd.Timestamp(2025 + m // 12, m % 12 + 1, 1): forecasts(
            f"{2025 + m // 12}-{m % 12 + 1:02d}", {"MLI": 0.3, "BFA": 0.3}
        )
        for m in range(14)
    }
    one, every = alert_statistics(given, past, min(past), max(past))
    # Two counted origins, two capitals at each; what was observed at Bamako followed, at Ouagadougou nothing.
    assert (one.alerts, one.per_month, one.busiest_month, one.judged, one.followed) == (4, 2.0, 2, 4, 0.5)
    assert one.median_lead_months == 6
    assert every.alerts == 4


def test_an_alert_says_why_in_words() -> None:
    given = rules({"kind": "rise", "factor": 2.0, "least_risk": 0.05})
    found = conditions(given.rule, forecasts("2026-10", {"MLI": 0.09}), forecasts("2026-09", {"MLI": 0.03}))[0]
    source = AlertProvenance(
        pd.Timestamp("2026-10-01"), pd.Timestamp("2026-11-20", tz="UTC"), "3", "v", "https://example.org"
    )
    alert = make_alert(found, source, "Roads burn.")
    assert alert.headline == "Bamako: risk of any disruption 9.0 % within 6 months"
    assert alert.reason == (
        "Bamako, Mali: the risk of any disruption within 6 months is 9.0 % (about 1 in 11), "
        "3.0 times the 3.0 % of the month before; the rule asks for 2 times. Roads burn."
    )
    assert alert.link == "https://example.org/capitals/MLI"
    assert f"{alert.expires:%Y-%m-%d}" == "2027-05-01"
