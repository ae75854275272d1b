"""Names for the folds of a backtest: the same for the same rows, labels and methods, and for no others.

A fold learns from what was published when it was fitted. A month later the folds before it have learned the same, and need not
be made again; where a feed was revised, or an episode moved, the name differs and they are.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.dataset.folds import Fold
from training.dataset.rows import LabelledRows

Digests = npt.NDArray[np.uint64]


def row_digests(rows: LabelledRows) -> Digests:
    """Return a number for each row's features, keys and flags."""
    return pd.util.hash_pandas_object(rows.features, index=False).to_numpy(np.uint64)


def fold_key(
    rows: LabelledRows, digests: Digests, fold: Fold, evaluated: npt.NDArray[np.bool_], names: Sequence[str]
) -> str:
    """Name a fold after the rows it learns from, their outcomes as far as they were published, and those it forecasts."""
    known = rows.origin_index < fold.labels_until
    reach = np.maximum(fold.labels_until - rows.origin_index[known], 0)
    digest = hashlib.sha256(repr((fold.fitted_at, fold.labels_until, *names)).encode())
    digest.update(digests[known].tobytes())
    digest.update(digests[evaluated].tobytes())
    for target in sorted(rows.calm):
        first = rows.first_onset[target][known]
        digest.update(rows.calm[target][known].tobytes())
        digest.update(np.minimum(first, reach + 1).astype(np.int16).tobytes())
    digest.update(str(min(rows.reached, fold.labels_until)).encode())
    return digest.hexdigest()[:16]
