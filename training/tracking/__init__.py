"""MLflow: runs, the model registry and its aliases; nothing else imports mlflow."""

import os

# Read by MLflow when it is imported, wherever that happens first.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # the job shows its own progress by stage
