"""Sliders of the pages: numbers a reader may change, the plain sentence of each, and which of them the served model uses."""

from dataclasses import dataclass

from data.reference_tables import read_corridors
from serving.queries.scenarios.scenario import run_scenario
from serving.served_publication import ServedPublication


@dataclass(frozen=True)
class Slider:
    """A number that becomes a change of a scenario; 0 is as reported."""

    name: str
    label: str
    maximum: int
    step: int
    sentence: str
    """Change as POST /v1/scenarios takes it, with `{number}` and `{corridor}`."""
    probe: int
    """A number large enough to change some risk of any model that uses what the slider changes."""

    def sentence_for(self, number: int, corridor: str) -> str:
        """Return the plain sentence of a number."""
        return self.sentence.format(number=f"{number:+d}" if self.sentence.endswith("%") else number, corridor=corridor)


SLIDERS = (
    Slider(
        "near_deaths",
        "more deaths in fighting at the capital, within 25 km, in the newest month",
        500,
        10,
        "capital fighting {number} deaths 5 events",
        20,
    ),
    Slider(
        "around_attacks",
        "more attacks 25 to 50 km out, in the newest month",
        100,
        1,
        "surroundings fighting 0 deaths {number} events",
        20,
    ),
    Slider(
        "country_deaths",
        "more deaths elsewhere in the country, in the newest month",
        5000,
        50,
        "country fighting {number} deaths",
        100,
    ),
    Slider("coups", "coup attempts in the month before", 1, 1, "coup attempt", 1),
    Slider(
        "corridor_attacks",
        "attacks on the supply corridor chosen, in three months",
        60,
        1,
        "{number} attacks on the {corridor} corridor",
        10,
    ),
    Slider("fuel", "rise of the price of fuel in the newest month, percent", 200, 10, "diesel {number} %", 50),
)


def corridors_of(iso3: str) -> dict[str, str]:
    """Return the supply corridors of a capital, code to name."""
    lines = read_corridors()
    corridors = lines[lines["iso3"] == iso3].sort_values("corridor")
    return dict(zip(corridors["corridor"], corridors["name"], strict=True))


def effective_sliders(served: ServedPublication) -> dict[str, bool]:
    """Return by slider whether the served model uses what it changes, found by running its probe once a publication.

    Whether a model uses a measure is the same for every capital, so that one with corridors stands for all.
    """
    return served.views.get_or_compute("sliders", lambda: _probed(served))


def _probed(served: ServedPublication) -> dict[str, bool]:
    corridors, origin = read_corridors(), served.newest_origin
    first = corridors[corridors["iso3"].isin(served.features(origin)["iso3"])].iloc[0]
    scenarios = {
        slider.name: run_scenario(served, first["iso3"], origin, [slider.sentence_for(slider.probe, first["corridor"])])
        for slider in SLIDERS
    }
    return {name: bool(scenario.changed_features(used=True)) for name, scenario in scenarios.items()}


def effective_sentences(served: ServedPublication) -> list[str]:
    """Return plain sentences of changes that do change some risk of the served model."""
    effective = effective_sliders(served)
    return [
        slider.sentence_for(slider.probe, "")
        for slider in SLIDERS
        if effective[slider.name] and "{corridor}" not in slider.sentence
    ]
