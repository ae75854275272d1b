"""Scores of probability forecasts of a yes-or-no event: how good, against which reference, and how sure.

All take `risk` and `observed` of one length, observed 0 or 1. Log score and Brier score: lower is better; everything
named skill, precision or recall: higher is better.
"""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, roc_auc_score

from training.evaluation.alarms import ALERT_RATE, alerts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FLOOR = 1e-6
"""Risks are kept this far from 0 and 1 in the log score, so that one certain miss does not decide a table."""


def _checked(risk: Floats, observed: Floats) -> tuple[Floats, Floats]:
    risk, observed = np.asarray(risk, float), np.asarray(observed, float)
    if risk.shape != observed.shape or risk.ndim != 1:
        raise ValueError(
            f"risk and observed must be equally long columns, got shapes {risk.shape} and {observed.shape}"
        )
    if not np.isfinite(risk).all() or (risk < 0).any() or (risk > 1).any():
        raise ValueError(f"risk must lie in [0, 1], got {risk[~((risk >= 0) & (risk <= 1))][:3]}")
    if not np.isin(observed, (0, 1)).all():
        raise ValueError(
            f"observed must be 0 or 1, got {observed[~np.isin(observed, (0, 1))][:3]}; drop open windows first"
        )
    return risk, observed


def log_losses(risk: Floats, observed: Floats) -> Floats:
    """Return -ln p of what happened for each forecast (Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x)."""
    risk, observed = _checked(risk, observed)
    p = np.clip(risk, FLOOR, 1 - FLOOR)
    return -(observed * np.log(p) + (1 - observed) * np.log(1 - p))


def log_score(risk: Floats, observed: Floats) -> float:
    """Return the mean of -ln p of what happened."""
    return float(log_losses(risk, observed).mean())


def brier_score(risk: Floats, observed: Floats) -> float:
    """Return the mean squared difference of risk and outcome (Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2)."""
    risk, observed = _checked(risk, observed)
    return float(((risk - observed) ** 2).mean())


def skill(score: float, reference: float) -> float:
    """Return 1 - score / reference: 0 as good as the reference, 1 perfect, below 0 worse."""
    return 1 - score / reference if reference > 0 else float("nan")


def average_precision(risk: Floats, observed: Floats) -> float:
    """Return the mean precision over recalls; NaN where nothing happened. A ranking without skill gives the base rate."""
    risk, observed = _checked(risk, observed)
    return float(average_precision_score(observed, risk)) if observed.any() else float("nan")


def auroc(risk: Floats, observed: Floats) -> float:
    """Return the chance that a random event was given a higher risk than a random non-event; NaN where one is missing."""
    risk, observed = _checked(risk, observed)
    return float(roc_auc_score(observed, risk)) if 0 < observed.sum() < len(observed) else float("nan")


def recall_at(risk: Floats, observed: Floats, share: float = ALERT_RATE) -> float:
    """Return the share of events among the `share` of forecasts with the highest risk (ties by order)."""
    risk, observed = _checked(risk, observed)
    return float(observed[alerts(risk, share)].sum() / observed.sum()) if observed.any() else float("nan")


def lead_times(risk: Floats, lead: Ints, onset: Ints, share: float = ALERT_RATE) -> Ints:
    """Return months from the first alert to the onset, for every onset that had an alert.

    `lead` holds months from the forecast's origin to its onset and `onset` the onset's number, -1 where none lies
    within the horizon h; alerts are the `share` of forecasts with the highest risk, as in `recall_at`. The first alert is
    the earliest one within the h months before the onset, whether or not it stood until then: whoever acts, acts on
    the first. No lead can exceed h, and leads are compared at one h only. Onsets without an alert are left out, so
    that the median of what is left must be read beside their share.
    """
    risk, _ = _checked(risk, (np.asarray(onset) >= 0).astype(float))
    alert = alerts(risk, share) & (np.asarray(onset) >= 0)
    _, number = np.unique(np.asarray(onset)[alert], return_inverse=True)
    first = np.zeros(number.max(initial=-1) + 1, np.int64)
    np.maximum.at(first, number, np.asarray(lead)[alert])
    return first


def reliability_curve(risk: Floats, observed: Floats, bins: int = 10) -> tuple[Floats, Floats, Floats]:
    """Return mean risk, observed share and count in bins of equally many forecasts, lowest risk first.

    Broecker & Smith 2007, doi:10.1175/WAF993.1.
    """
    risk, observed = _checked(risk, observed)
    order = np.argsort(risk, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return (
        np.array([risk[p].mean() for p in parts]),
        np.array([observed[p].mean() for p in parts]),
        np.array([float(len(p)) for p in parts]),
    )


def calibration_error(risk: Floats, observed: Floats, bins: int = 20) -> float:
    """Return the mean absolute gap between mean risk and observed share over bins of equally many forecasts."""
    forecast, happened, count = reliability_curve(risk, observed, bins)
    return float(np.average(np.abs(forecast - happened), weights=count))
