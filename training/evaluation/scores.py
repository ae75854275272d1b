"""Scores of probability forecasts of a binary event, and of the ranking they give.

Every function takes `risk`, probabilities in [0, 1], and `observed`, outcomes 0 or 1, both of shape (forecasts,), and raises
ValueError for other values. Log score, Brier score and calibration error are negatively oriented (lower is better);
everything named skill, precision, recall or AUROC is positively oriented.
"""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, roc_auc_score

from training.evaluation.alarms import ALERT_RATE, alerts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FLOOR = 1e-6
"""Distance from 0 and 1 to which risks are clipped in the log score, so that one certain miss does not decide a table."""


def log_losses(risk: Floats, observed: Floats) -> Floats:
    """Return the log loss of each forecast, -ln of the probability given to the outcome.

    Logarithmic score: Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x.

    Args:
        risk: Probabilities, shape (forecasts,).
        observed: Outcomes 0 or 1, shape (forecasts,).

    Returns:
        Shape (forecasts,), in nats; risks are clipped to [`FLOOR`, 1 - `FLOOR`].

    Raises:
        ValueError: Shapes differ, a risk lies outside [0, 1], or an outcome is not 0 or 1.
    """
    risk, observed = _checked(risk, observed)
    p = np.clip(risk, FLOOR, 1 - FLOOR)
    return -(observed * np.log(p) + (1 - observed) * np.log(1 - p))


def log_score(risk: Floats, observed: Floats) -> float:
    """Return the logarithmic score: the mean of `log_losses`.

    Args:
        risk: Probabilities, shape (forecasts,).
        observed: Outcomes 0 or 1, shape (forecasts,).

    Returns:
        Nats, 0 for certain and true forecasts.
    """
    return float(log_losses(risk, observed).mean())


def brier_score(risk: Floats, observed: Floats) -> float:
    """Return the Brier score: the mean squared error of the probabilities.

    Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2, in its half form for binary events.

    Args:
        risk: Probabilities, shape (forecasts,).
        observed: Outcomes 0 or 1, shape (forecasts,).

    Returns:
        Value in [0, 1], 0 for certain and true forecasts.
    """
    risk, observed = _checked(risk, observed)
    return float(((risk - observed) ** 2).mean())


def skill(score: float, reference: float) -> float:
    """Return the skill score 1 - score / reference of a negatively oriented score.

    Murphy 1988, doi:10.1175/1520-0493(1988)116<2417:SSBOTM>2.0.CO;2.

    Args:
        score: Score of the forecasts.
        reference: Score of the reference on the same rows.

    Returns:
        1 perfect, 0 as good as the reference, below 0 worse; NaN where the reference is 0.
    """
    return 1 - score / reference if reference > 0 else float("nan")


def average_precision(risk: Floats, observed: Floats) -> float:
    """Return the average precision: precision at each threshold, weighted by the gain in recall, not interpolated.

    Boyd, Eng & Page 2013, doi:10.1007/978-3-642-40994-3_29. A ranking without skill scores about the base rate.

    Args:
        risk: Probabilities, shape (forecasts,).
        observed: Outcomes 0 or 1, shape (forecasts,).

    Returns:
        Value in (0, 1]; NaN without an event.
    """
    risk, observed = _checked(risk, observed)
    return float(average_precision_score(observed, risk)) if observed.any() else float("nan")


def auroc(risk: Floats, observed: Floats) -> float:
    """Return the area under the ROC curve: the probability that an event outranks a non-event, ties counted half.

    Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747.

    Args:
        risk: Probabilities, shape (forecasts,).
        observed: Outcomes 0 or 1, shape (forecasts,).

    Returns:
        Value in [0, 1], 0.5 without skill; NaN without events or without non-events.
    """
    risk, observed = _checked(risk, observed)
    return float(roc_auc_score(observed, risk)) if 0 < observed.sum() < len(observed) else float("nan")


def recall_at(risk: Floats, observed: Floats, share: float = ALERT_RATE) -> float:
    """Return the recall at an alert rate: the share of events that are alerts (`alarms.alerts`).

    Args:
        risk: Probabilities, shape (forecasts,).
        observed: Outcomes 0 or 1, shape (forecasts,).
        share: Alert rate.

    Returns:
        Value in [0, 1]; NaN without an event.
    """
    risk, observed = _checked(risk, observed)
    return float(observed[alerts(risk, share)].sum() / observed.sum()) if observed.any() else float("nan")


def lead_times(risk: Floats, lead: Ints, onset: Ints, share: float = ALERT_RATE) -> Ints:
    """Return the lead time of the first alert before each onset that had one.

    The first alert is the earliest within the h months before the onset, whether or not later origins repeat it: whoever
    acts, acts on the first. No lead exceeds h, so leads are compared at one horizon only, and their median is
    read beside the share of onsets that had an alert.

    Args:
        risk: Risks within the horizon h, shape (forecasts,).
        lead: Months from each forecast's origin to its onset, shape (forecasts,).
        onset: Number of that onset, -1 where none falls within h, shape (forecasts,).
        share: Alert rate (`alarms.alerts`).

    Returns:
        Months, one per onset with an alert, in the order of the onsets' numbers.
    """
    risk, _ = _checked(risk, (np.asarray(onset) >= 0).astype(float))
    alert = alerts(risk, share) & (np.asarray(onset) >= 0)
    _, number = np.unique(np.asarray(onset)[alert], return_inverse=True)
    first = np.zeros(number.max(initial=-1) + 1, np.int64)
    np.maximum.at(first, number, np.asarray(lead)[alert])
    return first


def reliability_curve(risk: Floats, observed: Floats, bins: int = 10) -> tuple[Floats, Floats, Floats]:
    """Return the reliability curve over bins of equally many forecasts.

    Broecker & Smith 2007, doi:10.1175/WAF993.1.

    Args:
        risk: Probabilities, shape (forecasts,).
        observed: Outcomes, shape (forecasts,).
        bins: Largest number of bins.

    Returns:
        Mean risk, observed frequency and number of forecasts of each bin, lowest risk first.
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
    """Return the expected calibration error: the mean absolute difference of risk and observed frequency over bins.

    Naeini, Cooper & Hauskrecht 2015, doi:10.1609/aaai.v29i1.9602, with bins of equally many forecasts.

    Args:
        risk: Probabilities, shape (forecasts,).
        observed: Outcomes 0 or 1, shape (forecasts,).
        bins: Largest number of bins.

    Returns:
        Value in [0, 1], in the unit of the risks.
    """
    forecast, happened, count = reliability_curve(risk, observed, bins)
    return float(np.average(np.abs(forecast - happened), weights=count))


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
