"""The rules held against a catalogue of a few rows, on coups and months of fighting in MLI, NER and TCD."""

from dataclasses import replace

import pandas as pd
import pytest

from data import calendar
from data.panel.panel import Panel, assemble
from data.panel.rule_agreement import episodes_found, held_out, months_confirmed, sensitivity, unconfirmed

EPISODES = [
    ("MLI", "fighting", "2000-03", "2000-04"),
    ("MLI", "coup", "2000-07", "2000-07"),
    ("NER", "coup_attempt", "1999-08", "1999-09"),
    ("NER", "fighting", "2001-05", "2001-05"),
    ("NER", "siege", "2001-07", "2001-08"),
    ("TCD", "attack", "2001-10", "2001-10"),
    ("MLI", "fighting", "2010-02", "2010-03"),  # events are known to 2002-12
    ("XKX", "coup", "2011-12", "2011-12"),
]
NEAR = [
    ("MLI", "2000-03", 25, 25.0),
    ("MLI", "2000-04", 25, 24.0),  # one death short
    ("MLI", "2000-07", 50, 99.0),  # too far out
    ("TCD", "2001-02", 25, 60.0),  # in no episode
    ("TCD", "2001-10", 25, 30.0),  # in an attack
    ("NER", "2001-07", 10, 12.0),
]
COUPS = [("MLI", "2000-07"), ("NER", "1999-09"), ("TCD", "2001-01"), ("MLI", "1980-01"), ("FJI", "2001-12")]


def months(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts).astype("datetime64[us]")


@pytest.fixture(scope="module")
def panel() -> Panel:
    catalogue = pd.DataFrame(EPISODES, columns=["iso3", "kind", "start", "end"])
    catalogue = catalogue.assign(start=months(catalogue["start"]), end=months(catalogue["end"]))
    near = pd.DataFrame(NEAR, columns=["iso3", "month", "radius_km", "deaths"])
    within = [near.assign(radius_km=r)[near["radius_km"] <= r] for r in (10, 25, 50)]
    near = pd.concat(within).assign(deaths_largest_event=1.0, events=3.0, days=3.0)
    near = near.assign(**{f"{name}_or_district": near[name] for name in ("events", "days", "deaths")})
    coups = pd.DataFrame(COUPS, columns=["iso3", "month"]).assign(failed=0.0, successful=1.0)
    ring = near.head(1)[["iso3", "month", "deaths", "events"]]
    ring = ring.assign(ring=0, sector=0, violence="state", abroad=False)
    lines = ["events_5km", "deaths_5km", "events_25km", "deaths_25km", "nearest_km"]
    corridors = near.head(1)[["iso3", "month"]].assign(corridor="none", sector=0, **dict.fromkeys(lines, 0.0))
    tables = {"near": near, "coups": coups, "rings": ring, "corridors": corridors}
    for name, table in tables.items():
        when = months(table["month"])
        tables[name] = table.assign(month=when, source="test", available_at=calendar.available_at(when, 20))
    spans = {"table": ["events"], "iso3": ["*"], "first": ["1989-01"], "last": ["2002-12"]}
    coverage = pd.DataFrame(spans).assign(first=lambda t: months(t["first"]), last=lambda t: months(t["last"]))
    labelled = catalogue.assign(confidence="H", capital="", reason="curated")
    return assemble(tables | {"coverage": coverage}, labelled, {"vintage": "test"})


def lines(table: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return list(table[list(columns)].itertuples(index=False, name=None))


def test_episodes_are_counted_by_kind_and_decade_as_seen_and_found(panel: Panel) -> None:
    assert lines(episodes_found(panel), "kind", "decade", "episodes", "seen", "found") == [
        ("fighting", "2000-2009", 2, 2, 1),  # Niger's of 2001 has no month of the rule
        ("fighting", "2010-2019", 1, 0, 0),  # no event is known so late
        ("siege", "2000-2009", 1, 0, 0),  # nobody reports prices
        ("coup", "2000-2009", 1, 1, 1),
        ("coup", "2010-2019", 1, 0, 0),
        ("coup_attempt", "1989-1999", 1, 1, 1),
    ]
    assert episodes_found(panel)["share"].dropna().tolist() == [0.5, 1.0, 1.0]


def test_months_of_the_rules_are_counted_by_rule_and_decade(panel: Panel) -> None:
    assert lines(months_confirmed(panel), "rule", "decade", "months", "same_target", "any_kind", "share") == [
        ("fighting", "2000-2009", 3, 1, 2, pytest.approx(2 / 3)),  # Chad's attack is of another kind
        ("seizure", "1989-1999", 1, 1, 1, 1.0),  # 1980 lies before the panel
        ("seizure", "2000-2009", 3, 1, 1, pytest.approx(1 / 3)),
    ]


def test_months_in_no_episode_are_named(panel: Panel) -> None:
    named = unconfirmed(panel)
    keys = [(rule, iso3, f"{month:%Y-%m}") for rule, iso3, month in lines(named, "rule", "iso3", "month")]
    assert sorted(keys) == [
        ("fighting", "TCD", "2001-02"),
        ("seizure", "FJI", "2001-12"),
        ("seizure", "TCD", "2001-01"),
    ]


def test_sensitivity_counts_months_and_episodes_at_each_radius_and_threshold(panel: Panel) -> None:
    table = sensitivity(panel).set_index(["radius_km", "deaths"])
    assert len(table) == 3 * 4
    assert table.loc[(10, 10), ["rule_months", "in_episodes"]].tolist() == [1, 1.0]  # Niger's siege
    assert table.loc[(25, 25), "rule_months"] == 3
    assert table.loc[(50, 25), "rule_months"] == 4
    assert table.loc[(25, 5), ["rule_months", "in_episodes"]].tolist() == [5, pytest.approx(0.8)]
    assert table.loc[(25, 100), "rule_months"] == 0
    assert table.loc[(25, 25), ["fighting_episodes", "episodes_found"]].tolist() == [2, 0.5]


def test_without_events_there_is_no_sensitivity_and_nothing_is_found(panel: Panel) -> None:
    bare = replace(panel, cubes={})
    assert sensitivity(bare).empty
    assert months_confirmed(bare).empty
    assert episodes_found(bare)["seen"].sum() == 0
    assert held_out(bare, pd.Timestamp("2000-03-01"))["by_rule"].sum() == 0


def test_a_cut_off_past_says_what_the_rules_would_have_found_and_invented(panel: Panel) -> None:
    table = held_out(panel, pd.Timestamp("2000-03-01")).set_index("kind")
    counts = ["later", "seen", "found", "by_rule", "same_target", "other_kind", "invented"]
    # Mali's fighting was going on at the cut; of the two later ones Niger's is seen; Chad's months are an attack and nothing
    assert table.loc["fighting", counts].tolist() == [2, 1, 0, 2, 0, 1, 1]
    assert table.loc["coup", counts].tolist() == [2, 1, 1, 3, 1, 0, 2]
    assert table.loc["siege", counts].tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_what_rules_added_is_not_held_against_the_rules_themselves(panel: Panel) -> None:
    cut = pd.Timestamp("2000-06-01")
    past = panel.episodes[panel.episodes["start"] <= cut].assign(end=lambda t: t["end"].clip(upper=cut))
    shorter = panel.extended(past, cut)
    assert "rule" in set(shorter.episodes["source"])
    assert episodes_found(shorter)["episodes"].sum() == 2
    assert months_confirmed(shorter)["months"].sum() == 2


def test_months_after_the_catalogues_end_can_turn_out_disrupted_but_never_calm(panel: Panel) -> None:
    from training.dataset.target import outcomes

    cut = pd.Timestamp("2000-06-01")
    past = panel.episodes[panel.episodes["start"] <= cut].assign(end=lambda t: t["end"].clip(upper=cut))
    seizure = outcomes(panel.extended(past, cut))["seizure"]
    origin = pd.Series([calendar.month_index(cut)]).to_numpy()
    observed = pd.Series(seizure.observed(origin, 1)[:, 0], index=panel.iso3)
    assert observed["MLI"] == 1.0  # by rule
    assert observed.drop("MLI").isna().all()
