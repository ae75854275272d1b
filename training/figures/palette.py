"""Colours of every figure: targets, kinds of episode, methods, and the greys around them.

`INK`, `QUIET`, `RULE` and `ACCENT` are the light scheme of the pages (`serving/pages/static/style.css`).
"""

INK, QUIET, RULE, ACCENT = "#1d2226", "#555e66", "#d5d9dd", "#a33b20"
REFERENCE, OUTLINE, FAINT = "#9aa0a6", "#c3c8cc", "#f1f2f3"
"""Lines of no difference or of the usual; borders and axes; land, and months without data."""
STEADY, FALLING, EPISODE = "#5b8bd0", "#3f7d20", "#f3c9c5"
"""A value within its limit, a risk that fell, and months of an episode."""
LATE, MISSING = "#f2b8a0", "#80868b"
"""States of a feed."""

TARGETS = {"disruption": INK, "fighting": "#b3261e", "strangulation": "#8a5a00", "seizure": "#1f6f8b"}
KINDS = {
    "fighting": "#d9534f",
    "foreign_strike": "#f08a5d",
    "siege": "#7d5ba6",
    "supply": "#c9971c",
    "shortage": "#ecd06f",
    "takeover": "#1b4965",
    "coup": "#3d8fb3",
    "coup_attempt": "#8cc7dd",
    "uprising": "#5aa469",
    "attack": REFERENCE,
}
"""Kinds of episode, in the hues of their targets."""
METHODS = {
    "stack": ACCENT,
    "kernel_logistic": "#3f7d20",
    "hazard_xgboost": "#e08a1e",
    "logistic": "#7a5fb0",
    "history_by_kind": "#2b7a78",
    "own_history": STEADY,
    "climatology": REFERENCE,
}
WINDOWS = {"all": ACCENT, "since_2015": "#e08a1e", "since_2020": STEADY}
"""Spans of origins (`training.dataset.folds.WINDOWS`)."""
