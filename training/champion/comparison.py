"""Comparison of champion and challenger, and the decision on promotion.

Both are scored by the same catalogue, up to the month it covers, on the rows both have forecast out of fold. A challenger is
promoted only if every check passes. An absolute bound that the champion fails too would never let anybody pass: there a
challenger need only be no worse than the champion, and the bound stays as a warning. Without a champion, or with one that cannot be read, it is promoted if its risk curves rise; failed checks are
named in the reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from data import calendar
from data.contracts.forecasts import PARTS, TARGETS
from data.panel.panel import Panel
from training.dataset.rows import label_rows
from training.dataset.target import outcomes
from training.evaluation import scores
from training.evaluation.backtest import Backtest
from training.evaluation.bootstrap import ClusterBootstrap
from training.evaluation.paired_differences import DRAWS, shared_weights
from training.evaluation.slices import Slice, slices
from training.models.registry import CHAMPION

PROMOTED, PROMOTED_WITH_WARNINGS, KEPT = "promoted", "promoted_with_warnings", "kept"
"""Outcomes of a decision."""
ONE_SIDED = 0.90
NOT_WORSE = 0.005
"""Share of the champion's log score that a fresher challenger may lose, where the loss is not significant: without a
limit many small losses would add up over the years."""
CALIBRATED = (0.8, 1.25)
"""Bounds of the sum of risks over the number of events, disruption at six months."""
CALIBRATION_LOST = 0.02
"""How much further |ln| of that ratio may lie from 0 than the champion's, where the champion is out of bounds too."""
PRECISION_KEPT = 0.9
"""Least ratio of the challenger's average precision to the champion's, for every target at six months."""
FRESH_SHARE, STALER_BY = 0.2, 0.1
"""Largest share of capitals with a late or missing feed, and its largest excess over the champion's share."""
HORIZON = 6
MONTHS = [f"h{month:02d}" for month in calendar.HORIZONS]


@dataclass(frozen=True)
class PromotionCheck:
    """One condition of a promotion: its value and its bound, as text."""

    name: str
    passed: bool
    found: str
    bound: str
    warning: bool = False
    """Whether it passed as no worse than the champion, while both are out of the absolute bound."""


@dataclass(frozen=True)
class Facts:
    """Scores on which a decision rests; the champion's are NaN without a champion."""

    rows: int
    log_score: Mapping[str, float]
    difference: tuple[float, float, float]
    """Challenger minus champion: mean log score of disruption over the reported horizons, with its 10th and 90th percentile."""
    share_forecast: Mapping[str, Mapping[str, float]]
    """Window -> role -> sum of the risks over the number of events."""
    precision: Mapping[str, Mapping[str, float]]
    """Target -> role -> average precision."""


@dataclass(frozen=True)
class Decision:
    """Whether a challenger is promoted, and why."""

    promoted: bool
    reason: str
    checks: tuple[PromotionCheck, ...]

    @property
    def outcome(self) -> str:
        """Return promoted, promoted_with_warnings where a check failed or warned all the same, or kept."""
        if not self.promoted:
            return KEPT
        return PROMOTED_WITH_WARNINGS if failed_bounds(self.checks) else PROMOTED


def out_of_fold(tested: Backtest) -> pd.DataFrame:
    """Return the champion's out-of-fold hazards: origin, iso3, target and h01 .. h12 (float32)."""
    keys = tested.rows.features[["origin", "iso3"]].reset_index(drop=True)
    parts = [
        pd.concat([keys.assign(target=t), pd.DataFrame(h.astype(np.float32), columns=MONTHS)], axis=1)
        for t, h in tested.hazards[CHAMPION].items()
    ]
    return pd.concat(parts, ignore_index=True)


def paired(panel: Panel, tables: Mapping[str, pd.DataFrame]) -> Backtest:
    """Align several `out_of_fold` tables on the rows they share.

    Args:
        panel: Panel with the outcomes.
        tables: Role -> table of `out_of_fold`.

    Returns:
        Backtest of the common rows, with roles as the names of its methods.
    """
    wide = {
        role: {t: rows.set_index(["origin", "iso3"])[MONTHS] for t, rows in table.groupby("target")}
        for role, table in tables.items()
    }
    common = reduce(lambda a, b: a.intersection(b), (w["disruption"].index for w in wide.values())).sort_values()
    keys = common.to_frame(index=False)
    hazards = {role: {t: w[t].loc[common].to_numpy(float) for t in TARGETS} for role, w in wide.items()}
    return Backtest(label_rows(panel, keys, outcomes(panel)), hazards, ())


def compare(panel: Panel, challenger: pd.DataFrame, champion: pd.DataFrame | None) -> Facts:
    """Score the challenger, and the champion on the same rows.

    Args:
        panel: Panel with the outcomes.
        challenger: Table of `out_of_fold`.
        champion: Table of `out_of_fold` of the champion, None without one.

    Returns:
        Scores of both, and their difference with a bootstrap interval.

    Raises:
        ValueError: No scored origin is common to both.
    """
    tables = {"challenger": challenger} | ({} if champion is None else {"champion": champion})
    both = paired(panel, tables)
    main, share, precision = list[Slice](), dict[str, dict[str, float]](), dict[str, dict[str, float]]()
    for part in slices(panel, both, {"current": outcomes(panel)}):
        if part.target == "disruption" and part.window == "all":
            main.append(part)
        if part.horizon == HORIZON:
            if part.target == "disruption":
                share[part.window] = {role: _share(p, part.observed) for role, p in part.risk.items()}
            if part.window == "all":
                precision[part.target] = {r: scores.average_precision(p, part.observed) for r, p in part.risk.items()}
    drawn = _log_scores(main, len(panel.iso3))
    difference = drawn["challenger"] - drawn.get("champion", np.full(DRAWS + 1, np.nan))
    low, high = np.nanquantile(difference[1:], [1 - ONE_SIDED, ONE_SIDED]) if champion is not None else (np.nan, np.nan)
    return Facts(
        int(max(len(part.observed) for part in main)),
        {role: float(values[0]) for role, values in drawn.items()},
        (float(difference[0]), float(low), float(high)),
        share,
        precision,
    )


def stale_shares(forecasts: pd.DataFrame) -> dict[str, float]:
    """Return flag -> share of capitals with it at the newest origin."""
    newest = forecasts[forecasts["origin"] == forecasts["origin"].max()]
    each = newest.drop_duplicates("iso3")["flags"]
    words = each[each != ""].str.split().explode().value_counts()
    return {str(word): round(float(count / len(each)), 4) for word, count in words.items()}


def curves_rise(forecasts: pd.DataFrame) -> bool:
    """Return whether every risk rises with the horizon and no part exceeds disruption where that is at risk."""
    rows = forecasts.sort_values("horizon")
    steps = rows.groupby(["origin", "iso3", "target"])["risk"].diff().dropna()
    wide = rows.pivot_table("risk", ["origin", "iso3", "horizon"], "target").dropna(subset=["disruption"])
    below = all((wide[p].fillna(0) <= wide["disruption"] + 1e-9).all() for p in PARTS if p in wide)
    return bool((steps >= -1e-12).all()) and below


def inputs_check(stale: Mapping[str, float], champions: Mapping[str, float] | None) -> PromotionCheck:
    """Return the check that every feed is fresh, or, with a warning, not much staler than for the champion.

    Args:
        stale: Flag -> share of capitals with it, of the challenger (`stale_shares`).
        champions: The same of the champion, None without one.

    Returns:
        Check that no share exceeds its limit (`FRESH_SHARE`, `STALER_BY`).
    """
    limit = {
        w: max(FRESH_SHARE, (champions or {}).get(w, 0.0) + (0 if champions is None else STALER_BY)) for w in stale
    }
    bad = {w: share for w, share in stale.items() if share > limit[w]}
    late = {w: share for w, share in stale.items() if share > FRESH_SHARE}
    spelled = ", ".join(f"{w} at {share:.0%} of capitals" for w, share in sorted((bad or late).items()))
    bound = f"{FRESH_SHARE:.0%} of capitals, or the champion's + {STALER_BY:.0%}"
    return PromotionCheck("inputs", not bad, spelled or "fresh", bound, warning=bool(late) and not bad)


def calibration_checks(shares: Mapping[str, Mapping[str, float]]) -> list[PromotionCheck]:
    """Return the checks that risks add up to the events, or, with a warning, are no further off than the champion's.

    Args:
        shares: Window -> role -> sum of the risks over the number of events.
    """
    low, high = CALIBRATED
    bound = (
        f"{low} to {high}, or where the champion is outside as well no further from 1 than it by {CALIBRATION_LOST:.0%}"
    )
    checks = []
    for window in ("all", "since_2020"):
        value, champion = (shares.get(window, {}).get(role, float("nan")) for role in ("challenger", "champion"))
        inside = low <= value <= high
        both_out = not inside and not low <= champion <= high
        no_worse = both_out and bool(abs(np.log(value)) <= abs(np.log(champion)) + CALIBRATION_LOST)
        found = f"{value:.3f}" + (f" against {champion:.3f}" if np.isfinite(champion) else "")
        checks.append(PromotionCheck(f"calibration {window}", inside or no_worse, found, bound, warning=no_worse))
    return checks


def failed_bounds(checks: Iterable[PromotionCheck]) -> list[str]:
    """Return the names of the checks that failed, or passed with a warning."""
    return [check.name for check in checks if check.warning or not check.passed]


def champions_failed_bounds(facts: Facts, stale: Mapping[str, float]) -> list[str]:
    """Return the names of the absolute checks that the champion of a comparison fails, on the inputs of today.

    Args:
        facts: Scores of challenger and champion.
        stale: Flag -> share of capitals with it at the newest origin.
    """
    alone = {window: {"challenger": by["champion"]} for window, by in facts.share_forecast.items() if "champion" in by}
    return failed_bounds([inputs_check(stale, None), *calibration_checks(alone)])


def decide(facts: Facts, *, fresher: bool, rises: bool, inputs: PromotionCheck, lone: str = "") -> Decision:
    """Decide on the promotion of a challenger.

    Args:
        facts: Scores of challenger and champion.
        fresher: Whether the challenger's data are newer than the champion's.
        rises: Whether its risk curves are coherent (`curves_rise`).
        inputs: Check of its feeds (`inputs_check`).
        lone: Why there is no champion to compare with; empty with one.

    Returns:
        Decision with every check.
    """
    checks = [PromotionCheck("curves", rises, "rise" if rises else "fall somewhere", "rise with the horizon"), inputs]
    checks += calibration_checks(facts.share_forecast)
    if lone:
        failed = ", ".join(c.name for c in checks if not c.passed)
        reason = lone + (f"; failed all the same: {failed}" if failed else "")
        return Decision(rises, reason, tuple(checks))
    checks.append(_score_check(facts, fresher))
    for target, by in facts.precision.items():
        ratio = by["challenger"] / by["champion"] if by["champion"] else float("nan")
        passed = not ratio < PRECISION_KEPT  # NaN without an event: nothing was lost
        found = f"{by['challenger']:.4f} against {by['champion']:.4f}"
        checks.append(
            PromotionCheck(f"average precision {target}", passed, found, f"{PRECISION_KEPT:.0%} of the champion's")
        )
    failed = ", ".join(c.name for c in checks if not c.passed)
    warned = ", ".join(c.name for c in checks if c.warning)
    reason = "every check passed" + (f"; out of bounds like the champion, and no worse: {warned}" if warned else "")
    return Decision(not failed, f"failed: {failed}" if failed else reason, tuple(checks))


def _score_check(facts: Facts, fresher: bool) -> PromotionCheck:
    value, low, high = facts.difference
    better = high < 0
    not_worse = fresher and low <= 0 and value <= NOT_WORSE * facts.log_score["champion"]
    found = f"{value:+.5f} ({low:+.5f} to {high:+.5f}), {'fresher' if fresher else 'not fresher'}"
    bound = f"better at one-sided {ONE_SIDED:.0%}, or fresher and worse by at most {NOT_WORSE:.1%}, which is not sure"
    return PromotionCheck("log score", better or not_worse, found, bound)


def _share(risk: scores.Floats, observed: scores.Floats) -> float:
    events = observed.sum()
    return float(risk.sum() / events) if events else float("nan")


def _log_scores(parts: list[Slice], capitals: int) -> dict[str, scores.Floats]:
    weights = shared_weights(parts, capitals)
    redrawn = [ClusterBootstrap(weights, p.onset, p.capital) for p in parts]
    roles = parts[0].risk
    return {
        role: np.mean([r.log_score(p.risk[role]) for r, p in zip(redrawn, parts, strict=True)], axis=0)
        for role in roles
    }
