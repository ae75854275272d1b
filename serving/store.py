"""What the service answers from: one issue held in memory, swapped whole when a newer one is published."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import pandas as pd

from data.contracts.forecasts import TARGETS
from data.panel import panel as panels
from data.panel.panel import Panel
from data.reference_tables import states
from features.build import build_one
from training.explanation.analogues import Situations
from training.models.base import HazardModel
from training.models.registry import load_model
from training.publication.publication import CURRENT, Publication, read_publication

T = TypeVar("T")
log = logging.getLogger("chokepoint.state")
MAX_ORIGINS_KEPT = 150
"""Origins whose features are held, besides the published ones: a third of a megabyte each."""
RETRY_SECONDS = 30.0
"""What was refused may be mended in place, or have met a full disk: it is tried again."""


@dataclass(frozen=True)
class Issue:
    """A publication with its model and the panel, loaded together so that an answer never mixes two."""

    publication: Publication
    model: HazardModel
    panel: Panel
    capitals: pd.DataFrame
    """Units by ISO3, without territories."""
    forecasts: dict[pd.Timestamp, pd.DataFrame]
    """Published rows by origin, oldest first."""
    episodes: pd.DataFrame
    _kept: dict[pd.Timestamp, dict[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the issue."""
        return self.publication.folder.name

    @property
    def newest(self) -> pd.Timestamp:
        """The newest published origin."""
        return max(self.forecasts)

    @cached_property
    def situations(self) -> Situations:
        """Past capital-months as the champion sees them, laid out for comparison once."""
        return Situations(self.publication.situations, self.publication.inputs)

    def features(self, origin: pd.Timestamp) -> pd.DataFrame:
        """Return the features of an origin by ISO3."""
        return self.once("features", origin, lambda: build_one(self.panel, origin).set_index("iso3", drop=False))

    def once(self, what: str, origin: pd.Timestamp, make: Callable[[], T]) -> T:
        """Return what follows from the issue for an origin: made when it is first asked for, and kept for most origins."""
        kept = self._kept.setdefault(origin, {})
        if what not in kept:
            kept[what] = make()
            for old in [o for o in [*self._kept][:-MAX_ORIGINS_KEPT] if o not in self.forecasts]:
                self._kept.pop(old, None)
        found: T = kept[what]
        return found


def load_issue(published: Path, load_panel: Callable[[], Panel] = panels.load) -> Issue:
    """Read the last issue, its model and the panel; raise where one is missing, altered or does not fit the others."""
    publication = read_publication(published)
    forecasts = listed(publication.forecasts)
    if forecasts.empty:
        raise ValueError(
            f"{publication.folder}: forecasts.parquet has no rows; publish again with `chokepoint retrain`"
        )
    model = load_model(publication.model_folder)
    panel = load_panel()
    issue = Issue(
        publication=replace(publication, forecasts=forecasts.head(0)),  # the rows are held once, by origin
        model=model,
        panel=panel,
        capitals=states().set_index("iso3", drop=False),
        forecasts={pd.Timestamp(origin): rows for origin, rows in forecasts.groupby("origin")},
        episodes=listed(panel.episodes),
    )
    _try_out(model, issue.features(issue.newest))
    return issue


@dataclass(frozen=True)
class Shown:
    """What answers are made from and say of the service, replaced whole so that a request never sees half a change."""

    issue: Issue | None = None
    refused: str | None = None
    """Why a newer publication is not served."""
    apart: str | None = None
    """How the registry's champion differs from what is served, or why the registry could not be asked."""

    @property
    def name(self) -> str:
        """Name of the state: answers under the same name are the same."""
        return "|".join(str(part) for part in (self.issue and self.issue.name, self.refused, self.apart))


class Store:
    """Holds the current issue; `refresh` looks for a newer one and keeps the old one where the newer is broken."""

    def __init__(self, published: Path, load_panel: Callable[[], Panel] = panels.load) -> None:
        self.published = published
        self.shown = Shown()
        self.reason = "the last publication is still being loaded"
        self._load_panel = load_panel
        self._seen: object = None
        self._tried = 0.0
        self._lock = threading.Lock()

    @property
    def issue(self) -> Issue | None:
        """The issue that is served."""
        return self.shown.issue

    @property
    def refused(self) -> str | None:
        """Why a newer publication is not served."""
        return self.shown.refused

    @property
    def apart(self) -> str | None:
        """How the registry's champion differs from what is served."""
        return self.shown.apart

    @property
    def version(self) -> str | None:
        """Version of the registered model that is served."""
        return None if self.issue is None else str(self.issue.publication.info.get("model_version"))

    def refresh(self) -> bool:
        """Load what `current.json` points to if it has changed, or was refused a while ago; tell whether it is in place."""
        with self._lock:
            seen = self._pointer()
            again = self.refused is not None and monotonic() - self._tried > RETRY_SECONDS
            if self.issue is not None and seen == self._seen and not again:
                return False
            self._seen, self._tried = seen, monotonic()
            try:
                issue = load_issue(self.published, self._load_panel)
            # A process edge: whatever is wrong with files written by another process must not end the service.
            except Exception as error:  # noqa: BLE001
                self._refuse(error)
                return False
            self.shown = Shown(issue, None, self.apart)
            log.info("serving %s: origin %s, model %s", issue.name, f"{issue.newest:%Y-%m}", issue.model.name)
            return True

    def compare(self, ask: Callable[[], str | None]) -> bool:
        """Ask the registry for its champion and note where it is another than the one served; tell whether it is."""
        try:
            champion, problem = ask(), None
        except (OSError, ValueError, LookupError) as error:
            champion, problem = None, f"the registry cannot be asked for its champion: {type(error).__name__}: {error}"
        differs = champion is not None and self.version is not None and champion != self.version
        found = (
            f"the registry's champion is version {champion}, version {self.version} is served: `chokepoint promote {champion}` publishes it, as does the next `chokepoint retrain`"
            if differs
            else problem
        )
        if found != self.apart:
            log.log(logging.WARNING if found else logging.INFO, found or "the registry's champion is served")
            self.shown = replace(self.shown, apart=found)
        return differs

    def _refuse(self, error: Exception) -> None:
        explained = isinstance(error, (ValueError, FileNotFoundError))
        reason = (
            str(error)
            if explained
            else f"the publication does not load ({error!r}); publish again with `chokepoint retrain`"
        )
        trace = None if explained else error
        if self.issue is not None and reason != self.refused:
            log.error("refused the new publication, still serving %s: %s", self.issue.name, reason, exc_info=trace)
        elif self.issue is None and reason != self.reason:
            log.error("nothing to serve yet: %s", reason, exc_info=trace)
        self.reason = reason
        self.shown = replace(self.shown, refused=None if self.issue is None else reason)

    def _pointer(self) -> tuple[int, int, int] | None:
        try:
            status = (self.published / CURRENT).stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


def _try_out(model: HazardModel, features: pd.DataFrame) -> None:
    """Predict every capital, so that a model that cannot, or gives no probabilities, is refused when it is loaded."""
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


def listed(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of states; territories are computed for their neighbours' sake and never shown."""
    return forecasts[forecasts["iso3"].isin(states()["iso3"])].reset_index(drop=True)
