"""The publication in service with its model and panel, loaded together."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.panel.panel import Panel
from data.panel.view import as_of
from data.reference_tables import states
from features.build import build_one
from serving.view_cache import ViewCache
from training.explanation.analogues import AnalogueIndex
from training.explanation.facts.write import FactWriter, facts_of
from training.models.base import HazardModel
from training.models.registry import load_model
from training.publication.publication import Publication, read_publication


@dataclass(frozen=True)
class ServedPublication:
    """A publication with its model and panel, loaded together so that a response never mixes two."""

    publication: Publication
    model: HazardModel
    panel: Panel
    capitals: pd.DataFrame
    """Units by ISO3, without territories."""
    forecasts: dict[pd.Timestamp, pd.DataFrame]
    """Published rows by origin, oldest first."""
    episodes: pd.DataFrame
    views: ViewCache = field(default_factory=ViewCache)
    """Cache of everything derived from the publication."""

    @property
    def id(self) -> str:
        """Publication id: the name of its folder."""
        return self.publication.folder.name

    @property
    def model_version(self) -> str:
        """Version of the registered model."""
        return self.publication.info.model_version

    @property
    def newest_origin(self) -> pd.Timestamp:
        """The newest published origin."""
        return max(self.forecasts)

    @property
    def analogues(self) -> AnalogueIndex:
        """Past capital-months as the champion sees them, laid out for comparison once."""
        publication = self.publication
        return self.views.get_or_compute(
            "situations", lambda: AnalogueIndex(publication.situations, publication.inputs)
        )

    def features(self, origin: pd.Timestamp) -> pd.DataFrame:
        """Return the features of an origin by ISO3."""
        return self.views.get_or_compute(
            ("features", origin), lambda: build_one(self.panel, origin).set_index("iso3", drop=False)
        )

    def facts(self, origin: pd.Timestamp) -> FactWriter:
        """Return the writer of the facts known at an origin."""
        return self.views.get_or_compute(("facts", origin), lambda: facts_of(as_of(self.panel, origin)))


def load_served(published: Path, load_panel: Callable[[], Panel] = panels.load) -> ServedPublication:
    """Load the last publication with its model and panel; raise where one is missing, altered or inconsistent."""
    publication = read_publication(published)
    forecasts = states_only(publication.forecasts)
    if forecasts.empty:
        raise ValueError(
            f"{publication.folder}: forecasts.parquet has no rows; publish again with `chokepoint retrain`"
        )
    model = load_model(publication.model_folder)
    panel = load_panel()
    served = ServedPublication(
        publication=replace(publication, forecasts=forecasts.head(0)),  # the rows are in memory once, by origin
        model=model,
        panel=panel,
        capitals=states().set_index("iso3", drop=False),
        forecasts={pd.Timestamp(origin): rows for origin, rows in forecasts.groupby("origin")},
        episodes=states_only(panel.episodes),
    )
    _require_probabilities(model, served.features(served.newest_origin))
    return served


def _require_probabilities(model: HazardModel, features: pd.DataFrame) -> None:
    """Raise where the model fails on a capital or returns hazards outside [0, 1], so that it is rejected when loaded."""
    hazards = model.hazards(features)
    missing = set(TARGETS) - set(hazards)
    if missing:
        raise ValueError(f"model {model.name} gives no hazards for {sorted(missing)}; refit with `chokepoint retrain`")
    for target, hazard in hazards.items():
        wrong = ~((hazard >= 0) & (hazard <= 1))
        if wrong.any():
            raise ValueError(
                f"model {model.name}: {wrong.any(axis=1).sum()} of {len(hazard)} capitals get hazards of {target} that are "
                f"no probabilities, such as {hazard[wrong][0]}; refit with `chokepoint retrain`"
            )


def states_only(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of states; territories are computed as neighbours only and never published to readers."""
    return rows[rows["iso3"].isin(states()["iso3"])].reset_index(drop=True)
