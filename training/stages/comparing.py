"""Stages that download the champion, compare the new version (the challenger) with it, and decide."""

import shutil
from pathlib import Path

from training.champion import comparison
from training.publication import decision_log
from training.publication.download import UnusableVersionError, download_bundle
from training.publication.model_bundle import ModelBundle, read_bundle
from training.stages.context import Job, write_result
from training.tracking import model_registry


def champion(_: Job, folder: Path) -> None:
    """Download the champion's bundle; where there is no usable one, write the reason."""
    version = model_registry.champion()
    if version is None:
        write_result(folder, {"version": "", "unusable": "there was no champion yet"})
        return
    unusable = ""
    try:
        download_bundle(version, folder / "edition")
    except UnusableVersionError as error:
        unusable = str(error)
        shutil.rmtree(folder / "edition", ignore_errors=True)
    write_result(folder, {**vars(version), "unusable": unusable})


def compare(job: Job, folder: Path) -> None:
    """Compare the challenger with the champion on the rows that both forecast out of fold, and write the decision."""
    champion, challenger = job.result("champion"), job.challenger
    if champion["version"] == job.registered.version:
        write_result(folder, _already_champion(champion["version"]))
        return
    held = None if champion["unusable"] else read_bundle(job.checkpoints.path("champion") / "edition")
    facts = comparison.compare(job.panel, challenger.table("out_of_fold"), held.table("out_of_fold") if held else None)
    inputs = comparison.inputs_check(challenger.about["stale"], held.about["stale"] if held else None)
    decision = comparison.decide(
        facts,
        fresher=held is not None and _fresher(challenger, held),
        rises=comparison.curves_rise(challenger.forecasts),
        inputs=inputs,
        lone=champion["unusable"],
    )
    content = {
        "promoted": decision.promoted,
        "outcome": decision.outcome,
        "reason": decision.reason,
        "inputs_fresh": inputs.passed,
        "against": champion["version"],
        "checks": [vars(check) for check in decision.checks],
        "failed_checks": comparison.failed_bounds(decision.checks)
        if decision.promoted
        else comparison.champions_failed_bounds(facts, challenger.about["stale"]),
        "rows": facts.rows,
        "log_score": dict(facts.log_score),
    }
    write_result(folder, content)


def _fresher(challenger: ModelBundle, champion: ModelBundle) -> bool:
    """Return whether the challenger is of a later origin, or of other data of the same one."""
    return challenger.origin > champion.origin or (
        challenger.origin == champion.origin and challenger.about["data_vintage"] != champion.about["data_vintage"]
    )


def _already_champion(version: str) -> dict[str, object]:
    """Return the decision on a version that is champion already: its publication was lost, or somebody promoted it."""
    failed = decision_log.failed_checks(version)
    return {
        "promoted": True,
        "outcome": comparison.PROMOTED_WITH_WARNINGS if failed else comparison.PROMOTED,
        "reason": f"version {version} is champion already",
        "inputs_fresh": True,
        "against": version,
        "checks": [],
        "failed_checks": failed,
    }
