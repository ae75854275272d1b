"""What the service answers from: one issue held in memory, swapped whole when a newer one is published."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from data import panel as panels
from data.contracts import TARGETS
from data.panel import Panel
from data.reference_tables import states
from features.build import build_one, feature_names
from serving.publication import CURRENT, Publication, read_publication
from serving.ranking import listed
from training.models.base import HazardModel
from training.models.registry import load_model

log = logging.getLogger("chokepoint.state")


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
    _features: dict[pd.Timestamp, pd.DataFrame] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the issue."""
        return self.publication.folder.name

    @property
    def newest(self) -> pd.Timestamp:
        """The newest published origin."""
        return max(self.forecasts)

    def features(self, origin: pd.Timestamp) -> pd.DataFrame:
        """Return the features of an origin by ISO3; they are built once and kept."""
        if origin not in self._features:
            self._features[origin] = build_one(self.panel, origin).set_index("iso3", drop=False)
        return self._features[origin]


def load_issue(published: Path, load_panel: Callable[[], Panel] = panels.load) -> Issue:
    """Read the last issue, its model and the panel; raise where one is missing, altered or does not fit the others."""
    publication = read_publication(published)
    forecasts = listed(publication.forecasts)
    if forecasts.empty:
        raise ValueError(
            f"{publication.folder}: forecasts.parquet has no rows; publish again with `chokepoint retrain`"
        )
    model = load_model(publication.model_folder)
    _try_out(model)
    panel = load_panel()
    return Issue(
        publication=replace(publication, forecasts=forecasts.head(0)),  # the rows are held once, by origin
        model=model,
        panel=panel,
        capitals=states().set_index("iso3", drop=False),
        forecasts={pd.Timestamp(origin): rows for origin, rows in forecasts.groupby("origin")},
        episodes=listed(panel.episodes),
    )


class Store:
    """Holds the current issue; `refresh` looks for a newer one and keeps the old one where the newer is broken."""

    def __init__(self, published: Path, load_panel: Callable[[], Panel] = panels.load) -> None:
        self.published = published
        self.issue: Issue | None = None
        self.reason = "the last publication is still being loaded"
        self._load_panel = load_panel
        self._seen: object = None
        self._lock = threading.Lock()

    def refresh(self) -> bool:
        """Load what `current.json` points to if the file has changed; tell whether a new issue is in place."""
        with self._lock:
            seen = self._pointer()
            if self.issue is not None and seen == self._seen:
                return False
            self._seen = seen
            try:
                issue = load_issue(self.published, self._load_panel)
            # A process edge: whatever is wrong with files written by another process must not end the service.
            except Exception as error:  # noqa: BLE001
                self._refuse(error)
                return False
            self.issue = issue
            log.info("serving %s: origin %s, model %s", issue.name, f"{issue.newest:%Y-%m}", issue.model.name)
            return True

    def _refuse(self, error: Exception) -> None:
        explained = isinstance(error, (ValueError, FileNotFoundError))
        reason = (
            str(error)
            if explained
            else f"the publication does not load ({error!r}); publish again with `chokepoint retrain`"
        )
        trace = None if explained else error
        if self.issue is not None:
            log.error("refused the new publication, still serving %s: %s", self.issue.name, reason, exc_info=trace)
        elif reason != self.reason:
            log.error("nothing to serve yet: %s", reason, exc_info=trace)
        self.reason = reason

    def _pointer(self) -> tuple[int, int, int] | None:
        try:
            status = (self.published / CURRENT).stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


def _try_out(model: HazardModel) -> None:
    """Evaluate one row of unknowns, so that a model that cannot predict is refused when it is loaded."""
    row = pd.DataFrame({name: pd.Series([float("nan")], dtype="float32") for name in feature_names()})
    missing = set(TARGETS) - set(model.hazards(row))
    if missing:
        raise ValueError(f"model {model.name} gives no hazards for {sorted(missing)}; refit with `chokepoint retrain`")
