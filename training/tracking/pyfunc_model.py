"""The registered model as MLflow runs it: feature rows in, risks by target and horizon out.

MLflow executes this file when it loads the model, so no pickle is read; the native files come as its artifact `model`.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from training.models.base import risks
from training.models.registry import load_model


class CapitalDisruption(mlflow.pyfunc.PythonModel):
    """Risks of a disrupted capital, one row per feature row, columns `target_h01` .. `target_h12`."""

    def load_context(self, context: Any) -> None:
        """Load the native files, verified by hash."""
        self.model = load_model(Path(context.artifacts["model"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return cumulative risks for every target and horizon."""
        del context, params
        hazards = self.model.hazards(model_input)
        return pd.DataFrame(
            {f"{t}_h{k + 1:02d}": risks(h)[:, k] for t, h in hazards.items() for k in range(h.shape[1])}
        )


mlflow.models.set_model(CapitalDisruption())
