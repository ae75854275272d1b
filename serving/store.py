"""Store of the served publication: swapped atomically when a newer one is published."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from data.panel import panel as panels
from data.panel.panel import Panel
from serving.served_publication import ServedPublication, load_served
from training.publication.publication import CURRENT

log = logging.getLogger("chokepoint.store")
RETRY_SECONDS = 30.0
"""A rejected publication may have been repaired in place, or have met a full disk: it is loaded again after this."""


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
