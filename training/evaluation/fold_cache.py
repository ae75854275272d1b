"""Cache keys of backtest folds: equal for equal rows, published labels and methods, and for no others.

A fold learns from what was published when it was fitted, so a month later the earlier folds have the same keys and are
read from the cache; where a feed was revised or an episode moved, the key differs and the fold is computed again.
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
    """Return a 64-bit hash of each row's features, keys and flags, shape (rows,)."""
    return pd.util.hash_pandas_object(rows.features, index=False).to_numpy(np.uint64)


def fold_key(rows: LabelledRows, digests: Digests, fold: Fold, names: Sequence[str]) -> str:
    """Return the cache key of a fold.

    Args:
        rows: Labelled rows of the backtest.
        digests: `row_digests` of these rows.
        fold: Fold to fit and forecast.
        names: Methods fitted, in order.

    Returns:
        16 hexadecimal digits of a SHA-256 over the training rows, their labels as far as published when the fold is
        fitted, the evaluated rows and the methods.
    """
    known = rows.origin_index < fold.labels_until
    reach = np.maximum(fold.labels_until - rows.origin_index[known], 0)
    digest = hashlib.sha256(repr((fold.fitted_at, fold.labels_until, *names)).encode())
    digest.update(digests[known].tobytes())
    digest.update(digests[fold.evaluates(rows.origin_index)].tobytes())
    for target in sorted(rows.calm):
        first = rows.first_onset[target][known]
        digest.update(rows.calm[target][known].tobytes())
        digest.update(np.minimum(first, reach + 1).astype(np.int16).tobytes())
    digest.update(str(min(rows.known_to, fold.labels_until)).encode())
    return digest.hexdigest()[:16]
