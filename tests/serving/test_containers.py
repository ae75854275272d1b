"""What containers and the Bento are made of: files that exist, commands that run, no port open to others."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import mlflow.cli
import pytest
import typer.main
import yaml

from data.settings import REPOSITORY, Settings
from serving.api.api_keys import create_key
from serving.cli.main import app
from tests.servers import free_port, serving

DEPLOY = REPOSITORY / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE = (DEPLOY / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
PACKAGES = ("data", "features", "training", "serving")
PROGRAMS = str(Path(sys.executable).parent)


def options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


def commands() -> list[list[str]]:
    """Return every command of ours that a container runs."""
    own = [json.loads(line) for line in re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.M)]
    return own + [s["command"] for s in SERVICES.values() if s.get("command", [""])[0] == "chokepoint"]


def test_every_file_the_image_copies_exists() -> None:
    copied = [part for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.M) for part in line.split()[:-1]]
    assert {"requirements.lock", "serving", "data"} <= set(copied)
    assert [name for name in copied if not (REPOSITORY / name).exists()] == []


def test_the_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    (user,) = re.findall(r"^USER (\w+)$", DOCKERFILE, re.M)
    assert int(user) > 0
    assert f"--uid {user} chokepoint" in DOCKERFILE
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert DOCKERFILE.index("\nUSER") < DOCKERFILE.index("\nCMD")


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_containers_run_commands_and_options_that_are_known(command: list[str]) -> None:
    group: Any = typer.main.get_command(app)
    found = group.commands[command[1]]
    assert {part for part in command if part.startswith("--")} <= options(found)


def test_the_tracking_server_is_started_with_options_that_mlflow_has() -> None:
    command = SERVICES["mlflow"]["command"]
    assert command[:2] == ["mlflow", "server"]
    assert {part for part in command if part.startswith("--")} <= options(mlflow.cli.server)
    assert "--allowed-hosts" in command


def test_no_container_opens_a_port_to_other_machines() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_variables_in_the_compose_file_are_settings() -> None:
    named = set(re.findall(r"CHOKEPOINT_[A-Z_]+", COMPOSE + DOCKERFILE))
    assert named <= {f"CHOKEPOINT_{field.upper()}" for field in Settings.model_fields}


def test_the_containers_command_refuses_to_serve_without_keys(tmp_path: Path, chokepoint: Callable[..., Any]) -> None:
    ended = chokepoint(tmp_path, *SERVICES["serve"]["command"][1:])
    assert ended.code == 1
    assert "there is no API key" in ended.err


@pytest.mark.skipif(not shutil.which("hadolint", path=PROGRAMS), reason="hadolint has no wheel for this platform")
def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    linted(["hadolint", "--no-color", str(DEPLOY / "Dockerfile")])


def test_the_compose_file_is_as_its_specification_has_it() -> None:
    linted(["check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml")])


def linted(command: list[str]) -> None:
    done = subprocess.run(command, env={"PATH": PROGRAMS}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def bento(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Bento built from this checkout."""
    store = tmp_path_factory.mktemp("bentoml")
    build = [sys.executable, "-m", "bentoml", "build"]
    environment = os.environ | {"BENTOML_HOME": str(store), "BENTOML_DO_NOT_TRACK": "true"}
    done = subprocess.run(build, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (tag,) = [folder for folder in (store / "bentos" / "chokepoint").iterdir() if folder.is_dir()]
    return tag


def test_the_bento_holds_the_packages_and_nothing_that_is_made(bento: Path) -> None:
    held = {path.relative_to(bento / "src").as_posix() for path in (bento / "src").rglob("*") if path.is_file()}
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert {"serving/alerts/default.toml", "data/starter/rings.parquet"} <= held
    assert set(listed.stdout.splitlines()) <= held
    assert {name.split("/")[0] for name in held} == {*PACKAGES, "LICENSE", "README.md", "bentofile.yaml"}
    assert [name for name in held if Path(name).suffix in {".pyc", ".log", ".db"}] == []


def test_the_bento_names_what_it_needs_and_no_index(bento: Path) -> None:
    needed = (bento / "env" / "python" / "requirements.txt").read_text()
    assert "mlflow>=3.17,<4" in needed
    assert "://" not in needed


@pytest.mark.slow
def test_the_bento_serves_from_its_own_files(bento: Path, home: Path) -> None:
    with (bento / "src" / "serving" / "pages" / "static" / "style.css").open("a") as sheet:
        sheet.write("/* of the Bento */")
    port = free_port()
    command = [sys.executable, "-m", "bentoml", "serve", str(bento), "--port", str(port)]
    with serving(home, command, port=port, PYTHONPATH="") as server:
        assert httpx.get(f"{server.base}/v1/forecasts/BFA").json()["targets"]["disruption"]["risk"][0] == 0.02
        page = httpx.get(server.base, timeout=60).text
        assert "Which capitals are at risk?" in page
        (sheet_path,) = re.findall(r'"(/static/[^"]+\.css)"', page)
        assert httpx.get(f"{server.base}{sheet_path}").text.endswith("/* of the Bento */")


@pytest.mark.slow
def test_the_containers_command_serves_who_has_a_key_and_its_probe_holds(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    _, key = create_key(tmp_path / "home" / "keys.json", "newsroom", "read")
    port = free_port()
    command = [str(Path(sys.executable).with_name("chokepoint")), *SERVICES["serve"]["command"][1:]]
    with serving(tmp_path / "home", [*command, "--port", str(port)], port=port) as server:
        assert httpx.get(f"{server.base}/v1/model").status_code == 401
        assert httpx.get(f"{server.base}/v1/model", headers={"Authorization": f"Bearer {key}"}).status_code == 200
        (probe,) = re.findall(r"HEALTHCHECK .* CMD (\[.*\])$", DOCKERFILE, re.M)
        command = json.loads(probe.replace("3000", str(port)))
        assert subprocess.run([sys.executable, *command[1:]], check=False).returncode == 0
