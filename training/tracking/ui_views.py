"""Descriptions and saved views of the MLflow UI: the experiment's, its leading score, and the registered model's."""

import json
from collections.abc import Mapping, Sequence

EXPERIMENT_DESCRIPTION = """One run a retraining, named after its newest origin, with a child run a method; studies and searches beside them.

Open **Views** at the top right of the runs: *Retrainings* has each month's decision and the skill behind it, *Live* the outcomes of the
published forecasts and the drift of their inputs, *Methods* compares the methods of a month.

Filter: `tags.outcome LIKE 'promoted%'`, `tags.origin > '2026-01'`, `tags.backfilled = 'false'`. Sort by `brier_skill_vs_own_history_disruption_h06`
or `log_score_disruption_h06`. A run's description starts with the decision and its reasons, and lists the figures to open.
"""
MODEL_DESCRIPTION = """Risks that a capital is disrupted within 1 to 12 months. One version a retraining; `champion` is served, `challenger` is published beside it.

A version's tags have the decision of its retraining and the checks behind it, its description is its model card, its source run has the figures.
"""
VIEW = "mlflow.sharedViewState."
"""Prefix of the tags in which the UI stores saved views; the key after it is part of the view's address."""
SENTENCES = ("tags.`checks_failed`", "tags.`checks_warned`", "tags.`track_record`", "tags.`drift`")
RETRAINED = "tags.work_key != ''"
"""Retrainings alone: studies, searches and the methods' runs have no such tag."""


def view(name: str, search_filter: str, columns: Sequence[str]) -> str:
    """Return a saved view of the list of runs in the format of MLflow's UI (3.17): a filter and columns, the newest origin first.

    Columns are named as in MLflow's search, such as "metrics.`auroc_disruption_h06`"; the UI adds its defaults to the rest.
    """
    state = {
        "searchFilter": search_filter,
        "orderByKey": "tags.`origin`",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "selectedColumns": list(columns),
        "columnOrder": list(columns),
        "columnWidths": {column: _width(column) for column in columns},
    }
    return json.dumps({"name": name, "createdAt": 0, "updatedAt": 0, "state": json.dumps(state)})


def _width(column: str) -> int:
    """Return the width in pixels: a sentence is cut, a metric shows its whole name."""
    if column in SENTENCES:
        return 330
    return 100 if column.startswith("tags.") else 7 * len(column) - 20


def _metrics(*names: str) -> list[str]:
    return [f"metrics.`{name}`" for name in names]


def retrainings_url(port: int, experiment: str) -> str:
    """Return the address of the UI's view of retrainings; without `workflowType` the UI opens an empty page for language models."""
    query = "workflowType=machine_learning&viewStateShareKey=retrainings&compareRunsMode=TABLE"
    return f"http://127.0.0.1:{port}/#/experiments/{experiment}/runs?{query}"


RETRAININGS = view(
    "Retrainings",
    RETRAINED,
    [
        *("tags.`origin`", "tags.`outcome`", "tags.`against`", "tags.`checks_failed`", "tags.`checks_warned`"),
        *_metrics(
            "brier_skill_vs_own_history_disruption_h06",
            "log_score_disruption_h06",
            "average_precision_disruption_h06",
            "auroc_disruption_h06",
            "average_precision_disruption_h06_since_2020",
        ),
        *("tags.`data_vintage`", "tags.`code_commit`"),
    ],
)
LIVE = view(
    "Live",
    RETRAINED,
    [
        *("tags.`origin`", "tags.`track_record`", "tags.`drift`"),
        *_metrics(
            "live_events_of_expected_disruption_h06",
            "live_brier_skill_vs_climatology_disruption_h06",
            "live_log_score_minus_own_history_disruption_h06",
            "drift_flags",
        ),
    ],
)
METHODS = view(
    "Methods",
    "tags.model != '' and tags.origin != ''",
    [
        "tags.`origin`",
        *_metrics(
            "log_score_disruption_h06",
            "average_precision_disruption_h06",
            "auroc_disruption_h06",
            "calibration_error_of_base_rate_disruption_h06",
        ),
    ],
)
TAGS: Mapping[str, str] = {
    "mlflow.note.content": EXPERIMENT_DESCRIPTION,
    "mlflow.experimentKind": "custom_model_development",
    "mlflow.experiment.primaryMetric.name": "brier_skill_vs_own_history_disruption_h06",
    "mlflow.experiment.primaryMetric.greaterIsBetter": "true",
    f"{VIEW}methods": METHODS,
    f"{VIEW}live": LIVE,
    f"{VIEW}retrainings": RETRAININGS,
}
"""Tags of the experiment: its description, that models are trained in it, the score that leads, and the views."""
