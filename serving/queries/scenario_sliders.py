"""The numbers a reader may move in a scenario, each the plain sentence it stands for, and which of them move the model in use."""

from dataclasses import dataclass

from data.reference_tables import read_corridors
from serving.queries.scenario import compare
from serving.store import ServedPublication


@dataclass(frozen=True)
class Lever:
    """A number that becomes a change of a scenario; 0 leaves everything as reported."""

    name: str
    label: str
    most: int
    step: int
    sentence: str
    """What /v1/scenarios is told, with `{number}` and `{corridor}`."""
    tried: int
    """A number at which a model that looks at it at all must answer otherwise."""

    def says(self, number: int, corridor: str) -> str:
        """Return the sentence for a number."""
        return self.sentence.format(number=f"{number:+d}" if self.sentence.endswith("%") else number, corridor=corridor)


LEVERS = (
    Lever(
        "near_deaths",
        "more deaths in fighting at the capital, within 25 km, in the newest month",
        500,
        10,
        "capital fighting {number} deaths 5 events",
        20,
    ),
    Lever(
        "around_attacks",
        "more attacks 25 to 50 km out, in the newest month",
        100,
        1,
        "surroundings fighting 0 deaths {number} events",
        20,
    ),
    Lever(
        "country_deaths",
        "more deaths elsewhere in the country, in the newest month",
        5000,
        50,
        "country fighting {number} deaths",
        100,
    ),
    Lever("coups", "coup attempts in the month before", 1, 1, "coup attempt", 1),
    Lever(
        "corridor_attacks",
        "attacks on the supply corridor chosen, in three months",
        60,
        1,
        "{number} attacks on the {corridor} corridor",
        10,
    ),
    Lever("fuel", "rise of the price of fuel in the newest month, percent", 200, 10, "diesel {number} %", 50),
)


def corridors_of(iso3: str) -> dict[str, str]:
    """Return the supply corridors of a capital, code to name."""
    lines = read_corridors()
    own = lines[lines["iso3"] == iso3].sort_values("corridor")
    return dict(zip(own["corridor"], own["name"], strict=True))


def working(served: ServedPublication) -> dict[str, bool]:
    """Tell of each lever whether the model in use looks at what it changes, by trying; tried once a publication.

    Whether a model looks at a measure is the same for every capital, so that one with corridors stands for all.
    """
    return served.views.get_or_compute("sliders", lambda: _tried(served))


def _tried(served: ServedPublication) -> dict[str, bool]:
    lines = read_corridors()
    first = lines[lines["iso3"].isin(served.features(served.newest_origin)["iso3"])].iloc[0]
    tried = {
        lever.name: compare(served, first["iso3"], served.newest_origin, [lever.says(lever.tried, first["corridor"])])
        for lever in LEVERS
    }
    return {name: bool(made.moved(used=True)) for name, made in tried.items()}


def offered(served: ServedPublication) -> list[str]:
    """Return sentences that do move the model in use."""
    able = working(served)
    return [lever.says(lever.tried, "") for lever in LEVERS if able[lever.name] and "{corridor}" not in lever.sentence]
