"""The examples of how a retraining is scheduled say what cron, systemd and Kubernetes understand, and what the job means."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.settings import REPOSITORY
from training.job.outcome import Exit

DEPLOY = REPOSITORY / "deploy"
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def schedules() -> dict[str, str]:
    """Return the five fields of cron's and of Kubernetes' example."""
    lines = (DEPLOY / "crontab").read_text().splitlines()
    (job,) = [line for line in lines if line[:1].isdigit()]
    return {"crontab": " ".join(job.split()[:5]), "cronjob": cron_job()["spec"]["schedule"]}


def cron_job() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "cronjob.yaml").read_text()))


@pytest.mark.parametrize("name", ["crontab", "cronjob"])
def test_the_schedule_is_five_fields_in_range_once_a_month(name: str) -> None:
    fields = schedules()[name].split()
    assert len(fields) == 5
    for field, (low, high) in zip(fields, RANGES, strict=True):
        assert field == "*" or low <= int(field) <= high
    assert fields[3:] == ["*", "*"]
    assert fields[2] != "*"


def shell_lines() -> dict[str, str]:
    (job,) = [line for line in (DEPLOY / "crontab").read_text().splitlines() if line[:1].isdigit()]
    container = cron_job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    return {
        "crontab": job.split(maxsplit=5)[5]
        .replace("cd /opt/chokepoint && .venv/bin/", "")
        .replace(">>/var/lib/chokepoint/retrain.out", ""),
        "cronjob": container["command"][2],
    }


@pytest.mark.parametrize("name", ["crontab", "cronjob"])
@pytest.mark.parametrize("ended", list(Exit))
def test_the_line_succeeds_where_forecasts_were_published(name: str, ended: Exit, tmp_path: Path) -> None:
    stub = tmp_path / "chokepoint"
    stub.write_text(f'#!/bin/sh\n[ "$1" = retrain ] && exit {int(ended)}\nexit 99\n')
    stub.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", shell_lines()[name]], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False
    )
    assert (done.returncode == 0) == (ended not in {Exit.FAILED, Exit.LOCKED})


def test_the_cron_job_never_runs_twice_at_once_and_keeps_its_home() -> None:
    job = cron_job()
    assert (job["apiVersion"], job["kind"], job["spec"]["concurrencyPolicy"]) == ("batch/v1", "CronJob", "Forbid")
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] in {"Never", "OnFailure"}
    assert {v["name"] for v in pod["volumes"]} == {m["name"] for m in pod["containers"][0]["volumeMounts"]}


def test_systemd_takes_kept_and_degraded_for_success() -> None:
    unit = (DEPLOY / "chokepoint-retrain.service").read_text()
    assert f"SuccessExitStatus={int(Exit.KEPT)} {int(Exit.DEGRADED)}\n" in unit


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_understands_its_units(tmp_path: Path) -> None:
    for path in DEPLOY.glob("chokepoint-retrain.*"):
        text = path.read_text().replace("/opt/chokepoint/.venv/bin/chokepoint", "/bin/true")
        (tmp_path / path.name).write_text(text.replace("WorkingDirectory=/opt/chokepoint", "WorkingDirectory=/"))
    units = [str(p) for p in tmp_path.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
