"""The documents hold to the code: reference pages are what the code writes, links lead somewhere, the site loads nothing from outside."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from data.settings import REPOSITORY, Settings
from docs.write_reference import FOLDER, PAGES
from features.registry import groups
from serving.route_table import route_table
from training.models.registry import methods

README = (REPOSITORY / "README.md").read_text()
DOCUMENTS = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
DOCUMENTS = [path for path in DOCUMENTS if "_build" not in path.parts]


def relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_reference_page_is_what_the_code_writes(name: str) -> None:
    assert (FOLDER / f"{name}.md").read_text() == PAGES[name](), "run `make reference`"


def test_the_settings_page_names_every_variable_that_the_code_reads() -> None:
    files = (p for package in ("data", "features", "training", "serving") for p in (REPOSITORY / package).rglob("*.py"))
    read = {name for path in files for name in re.findall(r"CHOKEPOINT_[A-Z_]*[A-Z]", path.read_text())}
    listed = set(re.findall(r"`(CHOKEPOINT_[A-Z_]+)`", (FOLDER / "settings.md").read_text()))
    assert read | {f"CHOKEPOINT_{field.upper()}" for field in Settings.model_fields} <= listed


def test_the_readme_is_a_page_one_reads_to_the_end() -> None:
    lines = README.splitlines()
    assert len(lines) <= 120
    assert max(len(line) for line in lines if not line.startswith("|")) <= 140


@pytest.mark.parametrize("name", [group.name for group in groups()])
def test_the_methods_page_names_every_feature_group(name: str) -> None:
    assert f"`{name}`" in (REPOSITORY / "docs" / "methods.md").read_text()


@pytest.mark.parametrize("name", sorted(methods()))
def test_the_methods_page_names_every_method(name: str) -> None:
    assert f"| `{name}` |" in (REPOSITORY / "docs" / "methods.md").read_text()


def test_the_quick_start_names_every_page() -> None:
    pages = [route.path for route in route_table() if isinstance(route, APIRoute) and not route.include_in_schema]
    text = (REPOSITORY / "docs" / "quick-start.md").read_text()
    assert "/" in pages
    assert [page for page in pages if not page.startswith("/static") and f"`{page}`" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_what_a_document_links_to_is_there(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    linked = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert [target for target in linked if target and not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_a_file_that_a_document_names_is_there(path: Path) -> None:
    named = re.findall(
        r"`((?:data|features|training|serving|tests|benchmarks|deploy|docs)/[\w/.-]+\.\w+)`", path.read_text()
    )
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_a_function_that_a_document_names_is_there(path: Path) -> None:
    named = re.findall(r"`((?:data|features|training|serving)/[\w/]+\.py):(\w+)(?:\.(\w+))?`", path.read_text())
    missing = [
        f"{file}:{name}"
        for file, *names in named
        for name in names
        if name
        and not re.search(rf"^\s*(?:async def|def|class) {name}\b|^{name}\b", (REPOSITORY / file).read_text(), re.M)
    ]
    assert missing == []


def test_targets_of_make_that_the_readme_names_are_there() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    called = [a or b for a, b in re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", README, re.M)]
    assert {"forecast", "test"} <= set(called)
    assert [target for target in called if f"\n{target}:" not in makefile] == []


def test_the_changelog_names_the_version_of_the_project() -> None:
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (REPOSITORY / "CHANGELOG.md").read_text(), re.M)


def test_the_site_builds_without_a_warning_and_loads_nothing_from_outside(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(REPOSITORY / "docs"), str(tmp_path)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pages = [path.read_text() for path in tmp_path.rglob("*.html")]
    assert len(pages) > 15
    loaded = [
        url
        for page in pages
        for url in re.findall(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=[\"'](https?:[^\"']+)", page)
    ]
    assert loaded == []
    sheets = [path.read_text() for path in tmp_path.rglob("*.css")]
    assert [url for sheet in sheets for url in re.findall(r"(?:@import|url\()\s*[\"']?(https?:[^\"')]+)", sheet)] == []
