"""The model card of a version: use, skill, calibration, limits, data, known failures.

One Markdown text for the registry, the run, the publication and the API. After Mitchell et al. (2019), Model cards for
model reporting, doi:10.1145/3287560.3287596.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from data import calendar
from data.contracts.forecasts import TARGETS
from data.panel.panel import Panel
from training.dataset.folds import SCORED_FROM
from training.evaluation.backtest import Backtest
from training.evaluation.judge import ScoreTables
from training.models.registry import CHAMPION, method
from training.tracking import card_sections

FILE = "model_card.md"
DESCRIPTION_LIMIT = 5000
"""Characters that MLflow's registry keeps of a version's description; PostgreSQL refuses more."""
CONTINUED = "*The rest is in `model_card.md` among the artifacts of the run.*"
USE = """\
Ranking capitals by the risk of being fought over, besieged, starved of supply or seized within 1 to 12 months, once a month,
beside other sources and by somebody who knows the place: to decide where to look, to stock and to plan first.
Not for judging or targeting persons or governments, for automatic decisions, for places inside a city or outside the capital,
or as the only ground for moving people. A low risk is no assurance of safety."""
LIMITS = (
    "A capital whose episode is going on has no onset risk of that kind. How long an episode lasts is not forecast.",
    "The catalogue of episodes is curated by hand and thin before 1995; after its last month only rules extend it, which find no uprising.",
    "Corridors and districts were mapped in 2026, with hindsight; prices reach 13 countries and are used by no method yet.",
    "An event without precursors in the inputs, such as a mutiny, a foreign strike or a state that runs out of money, is missed.",
)


@dataclass(frozen=True)
class Subject:
    """The inputs of a card; `stale` is the share of capitals by flag at the newest origin."""

    panel: Panel
    scored: ScoreTables
    backtest: Backtest
    stale: Mapping[str, float]
    commit: str
    trained_from: pd.Timestamp


def model_card(subject: Subject) -> str:
    """Return the card in Markdown."""
    return "\n\n".join(f"{head}\n\n{body}" for head, body in _sections(subject)) + "\n"


def description(card: str, limit: int = DESCRIPTION_LIMIT) -> str:
    """Return as many complete sections of a card as fit the registry's limit, and where to find the others.

    Its title is no Markdown heading: the list of versions shows the first words unformatted.
    """
    card = card.removeprefix("# ")
    if len(card) <= limit:
        return card
    first, *rest = card.split("\n## ")
    text = first[: limit - len(CONTINUED) - 2]
    for section in rest:
        if len(text) + len(section) + len("\n## ") + len(CONTINUED) + 2 > limit:
            break
        text += "\n## " + section
    return f"{text.rstrip()}\n\n{CONTINUED}"


def _sections(subject: Subject) -> Iterable[tuple[str, str]]:
    panel = subject.panel
    newest = calendar.month_at(panel.last)
    yield (
        f"# Origin {newest:%Y-%m}: {method(CHAMPION).title.lower()}",
        f"Monthly hazards of an onset, 1 to 12 months ahead, for {', '.join(f'`{t}`' for t in TARGETS)}. Fitted on origins "
        f"{subject.trained_from:%Y-%m}..{newest:%Y-%m} and episodes to {calendar.month_at(panel.known_to):%Y-%m}; data `{panel.vintage}`, "
        f"code `{subject.commit}`. Settings were chosen on origins before 2010.",
    )
    yield "## Use", USE.replace("\n", " ")
    yield "## Skill", card_sections.skill(subject.scored, max(SCORED_FROM, subject.backtest.folds[0].origins[0]))
    yield "## Calibration", card_sections.calibration(subject.scored.skill)
    yield (
        "## Limits",
        "\n".join(
            f"- {limit}" for limit in [*card_sections.measured_limits(subject.backtest, subject.scored.skill), *LIMITS]
        ),
    )
    yield "## Data and licences", card_sections.data_and_licences(panel, subject.stale)
    yield "## Known failures", card_sections.known_failures(panel.units, subject.backtest)
