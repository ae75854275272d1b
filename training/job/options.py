"""The options of a retraining, and the key of its checkpoints."""

from dataclasses import dataclass

import pandas as pd

from data.panel import panel as panels
from data.panel.panel import Panel
from data.panel.truncate import truncate
from data.settings import settings
from training.dataset.folds import FIRST_BACKTEST_ORIGIN, FIRST_TRAINING_ORIGIN
from training.stages.checkpoints import digest_key


@dataclass(frozen=True)
class Options:
    """The options of one retraining."""

    first: pd.Timestamp = FIRST_BACKTEST_ORIGIN
    """First origin of the backtest."""
    ingest: bool = False
    trained_from: pd.Timestamp = FIRST_TRAINING_ORIGIN
    """First origin of the training rows."""
    as_at: pd.Timestamp | None = None
    """Past month to backfill: retrained on the panel as of then, and without alerts, since nobody could have acted on it."""

    def panel(self) -> Panel:
        """Return the panel in force, truncated to the month of a backfill."""
        panel = panels.load()
        return panel if self.as_at is None else truncate(panel, self.as_at)


def checkpoint_key(panel: Panel, options: Options) -> str:
    """Return the key of a retraining's checkpoints: a digest of data, code, libraries, settings and origins."""
    spans = [options.first, options.trained_from, panel.last, options.as_at]
    server = [settings().mlflow_tracking_uri, settings().experiment, settings().registered_model]
    return digest_key([panel.manifest, [str(s) for s in spans], settings().interval_refits, server])
