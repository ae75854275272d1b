"""The publication in service: held in memory and swapped atomically when a newer one is published."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

import pandas as pd

from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.panel.panel import Panel
from data.reference_tables import states
from features.build import build_one
from serving.view_cache import ViewCache
from training.explanation.analogues import AnalogueIndex
from training.models.base import HazardModel
from training.models.registry import load_model
from training.publication.publication import CURRENT, Publication, read_publication

log = logging.getLogger("chokepoint.store")
RETRY_SECONDS = 30.0
"""A rejected publication may have been repaired in place, or have met a full disk: it is loaded again after this."""


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
    """Everything derived from the publication and worth caching; it goes with it."""

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


@dataclass(frozen=True)
class StoreState:
    """State of the store, immutable and replaced as one so that a request never sees half a change."""

    served: ServedPublication | None = None
    rejection: str | None = None
    """Reason for which a newer publication is not served."""
    registry_mismatch: str | None = None
    """Difference between the registry's champion and the served model, or why the registry is unavailable."""

    @property
    def key(self) -> str:
        """Identity of the state: equal requests under one key have equal responses."""
        return "|".join(str(part) for part in (self.served and self.served.id, self.rejection, self.registry_mismatch))


class Store:
    """Holds the served publication; `refresh` loads a newer one and falls back to the old where the newer is broken."""

    def __init__(self, published: Path, load_panel: Callable[[], Panel] = panels.load) -> None:
        self.published = published
        self.state = StoreState()
        self.not_ready_reason = "the last publication is still being loaded"
        self._load_panel = load_panel
        self._seen: object = None
        self._tried = 0.0
        self._lock = threading.Lock()

    @property
    def served(self) -> ServedPublication | None:
        """Publication in service; None before the first one loads."""
        return self.state.served

    @property
    def rejection(self) -> str | None:
        """Reason for which a newer publication is not served."""
        return self.state.rejection

    @property
    def registry_mismatch(self) -> str | None:
        """Difference between the registry's champion and the served model."""
        return self.state.registry_mismatch

    @property
    def version(self) -> str | None:
        """Version of the registered model in service."""
        return None if self.served is None else self.served.model_version

    def refresh(self) -> bool:
        """Load the publication `current.json` points to if it changed, or was rejected a while ago; return whether it was swapped in."""
        with self._lock:
            seen = self._pointer()
            again = self.rejection is not None and monotonic() - self._tried > RETRY_SECONDS
            if self.served is not None and seen == self._seen and not again:
                return False
            self._seen, self._tried = seen, monotonic()
            try:
                served = load_served(self.published, self._load_panel)
            # A process edge: whatever is wrong with files written by another process must not end the service.
            except Exception as error:  # noqa: BLE001
                self._reject(error)
                return False
            self.state = StoreState(served, None, self.registry_mismatch)
            log.info("serving %s: origin %s, model %s", served.id, f"{served.newest_origin:%Y-%m}", served.model.name)
            return True

    def compare_with_registry(self, champion_version: Callable[[], str | None]) -> bool:
        """Record whether the registry's champion is another version than the one served, and return it."""
        try:
            champion, problem = champion_version(), None
        except (OSError, ValueError, LookupError) as error:
            champion, problem = None, f"the registry is unavailable: {type(error).__name__}: {error}"
        differs = champion is not None and self.version is not None and champion != self.version
        mismatch = (
            f"the registry's champion is version {champion}, version {self.version} is served: `chokepoint promote {champion}` publishes it, as does the next `chokepoint retrain`"
            if differs
            else problem
        )
        if mismatch != self.registry_mismatch:
            log.log(logging.WARNING if mismatch else logging.INFO, mismatch or "the registry's champion is served")
            self.state = replace(self.state, registry_mismatch=mismatch)
        return differs

    def _reject(self, error: Exception) -> None:
        explained = isinstance(error, (ValueError, FileNotFoundError))
        reason = (
            str(error)
            if explained
            else f"the publication does not load ({error!r}); publish again with `chokepoint retrain`"
        )
        trace = None if explained else error
        if self.served is not None and reason != self.rejection:
            log.error("rejected the new publication, still serving %s: %s", self.served.id, reason, exc_info=trace)
        elif self.served is None and reason != self.not_ready_reason:
            log.error("nothing to serve yet: %s", reason, exc_info=trace)
        self.not_ready_reason = reason
        self.state = replace(self.state, rejection=None if self.served is None else reason)

    def _pointer(self) -> tuple[int, int, int] | None:
        try:
            status = (self.published / CURRENT).stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


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
