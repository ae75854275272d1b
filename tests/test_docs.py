"""README.md tells of everything a user can name, and CHANGELOG.md of the version in force."""

import re
import tomllib
from pathlib import Path

import pytest
import typer.main
from click import Group
from fastapi.routing import APIRoute

from data.settings import REPOSITORY, Settings
from data.sources.registry import sources
from features.registry import groups
from serving.app import create_app
from serving.cli.main import app
from serving.route_table import route_table
from serving.store import Store
from training.models.registry import methods

README = (REPOSITORY / "README.md").read_text()


def commands(group: Group, prefix: str = "chokepoint") -> list[str]:
    """Return every command of a group and of the groups in it."""
    found = []
    for name, command in group.commands.items():
        inside = hasattr(command, "commands")
        if not inside or command.invoke_without_command:
            found.append(f"{prefix} {name}")
        found += commands(command, f"{prefix} {name}") if inside else []
    return found


def settings_read_in_code() -> set[str]:
    """Return every CHOKEPOINT_ variable that the code names."""
    files = (p for package in ("data", "features", "training", "serving") for p in (REPOSITORY / package).rglob("*.py"))
    return {name for path in files for name in re.findall(r"CHOKEPOINT_[A-Z_]*[A-Z]", path.read_text())}


@pytest.mark.parametrize("name", sorted(sources()))
def test_the_readme_documents_every_source(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize(
    "name", sorted({f"CHOKEPOINT_{field.upper()}" for field in Settings.model_fields} | settings_read_in_code())
)
def test_the_readme_documents_every_setting(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", commands(typer.main.get_command(app)))
def test_the_readme_documents_every_command(name: str) -> None:
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", [group.name for group in groups()])
def test_the_readme_names_every_feature_group(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", sorted(methods()))
def test_the_readme_names_every_method(name: str) -> None:
    assert f"`{name}`" in README


def test_the_readme_documents_every_route_of_the_api(tmp_path: Path) -> None:
    paths = create_app(Store(tmp_path)).openapi()["paths"]
    offered = [f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs]
    assert offered
    assert [route for route in offered if f"`{route}`" not in README] == []


def test_the_readme_documents_every_page() -> None:
    pages = [route.path for route in route_table() if isinstance(route, APIRoute) and not route.include_in_schema]
    assert "/" in pages
    assert [page for page in pages if not page.endswith(".css") and f"`{page}`" not in README] == []


def test_the_readme_names_no_command_and_no_setting_that_is_gone() -> None:
    named = set(re.findall(r"^\| `(chokepoint [a-z -]+)` \|", README, re.M))
    assert named == set(commands(typer.main.get_command(app)))
    listed = set(re.findall(r"^\| `(CHOKEPOINT_[A-Z_]+)` \|", README, re.M))
    assert listed == {f"CHOKEPOINT_{f.upper()}" for f in Settings.model_fields} | settings_read_in_code()


def test_files_and_targets_the_readme_points_to_are_there() -> None:
    named = re.findall(r"`([\w/.]+\.md|LICENSE)`", README)
    assert [name for name in named if not (REPOSITORY / name).exists()] == []
    makefile = (REPOSITORY / "Makefile").read_text()
    called = re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", README, re.M)
    assert called
    assert [target for pair in called for target in pair if target and f"\n{target}:" not in makefile] == []


def test_the_changelog_names_the_version_of_the_project() -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (REPOSITORY / "CHANGELOG.md").read_text(), re.M)
