"""How the code is laid out: one clock, small files, telling names, and registries that miss nothing."""

import ast
import importlib
from pathlib import Path
from statistics import median

import pytest

from data.settings import REPOSITORY
from data.sources.registry import sources
from data.sources.shared.source import Source
from features.base import Group
from features.registry import groups

PACKAGES = ("data", "features", "training", "serving")
MODULES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))
CLOCKS = {"now", "utcnow", "today", "gmtime", "localtime"}
OFF_THE_CLOCK = ("features/", "training/")
BY_THE_CALENDAR = ("serving/", "training/job/", "training/stages/", "training/publication/", "training/studies/")
"""Rooms that write when something was made, by the calendar of data alone."""
SHARED_BY_SOURCES = {"registry"}
FOLDERS = sorted({path.parent for path in MODULES})
REGISTRIES = {
    "data/sources",
    "data/tables",
    "features/groups",
    "serving/routes",
    "serving/pages",
    "serving/cli",
}
"""Folders where one file is one thing of a kind: they may grow."""
MAX_MODULES = 15
MAX_LINES = 300
MAX_MEDIAN_LINES = 150
EMPTY_NAMES = ("utils", "util", "helpers", "helper", "manager", "common", "misc")


def relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def clock_calls(tree: ast.AST) -> list[str]:
    """Return the calls that read the wall clock: datetime.now(), Timestamp.today(), time.time(); not perf_counter()."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    timers = {
        a.asname or a.name for i in imports if i.module == "time" for a in i.names if a.name in {"time", "time_ns"}
    }
    return [f"{ast.unparse(call.func)} in line {call.lineno}" for call in calls if _reads_clock(call.func, timers)]


def _reads_clock(called: ast.expr, timers: set[str]) -> bool:
    if isinstance(called, ast.Name):
        return called.id in CLOCKS | timers
    if not isinstance(called, ast.Attribute):
        return False
    return called.attr in CLOCKS or ast.unparse(called) in {"time.time", "time.time_ns"}


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if relative(p).startswith(OFF_THE_CLOCK) and not relative(p).startswith(BY_THE_CALENDAR)],
    ids=relative,
)
def test_features_and_training_read_no_clock(path: Path) -> None:
    assert clock_calls(ast.parse(path.read_text())) == []


@pytest.mark.parametrize("path", [p for p in MODULES if relative(p).startswith(BY_THE_CALENDAR)], ids=relative)
def test_service_job_publication_and_studies_ask_the_calendar_of_data_for_the_time(path: Path) -> None:
    calls = clock_calls(ast.parse(path.read_text()))
    assert [call for call in calls if not call.startswith("calendar.now ")] == []


def test_inside_data_the_calendar_alone_reads_the_systems_clock() -> None:
    calls = {
        relative(p): [c for c in clock_calls(ast.parse(p.read_text())) if not c.startswith(("now ", "calendar.now "))]
        for p in MODULES
        if relative(p).startswith("data/")
    }
    assert [path for path, found in calls.items() if found] == ["data/calendar.py"]


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("datetime.now(UTC)", True),
        ("datetime.datetime.utcnow()", True),
        ("pd.Timestamp.today()", True),
        ("pd.Timestamp.now()", True),
        ("date.today()", True),
        ("time.time()", True),
        ("time.perf_counter()", False),
        ("from data.calendar import now\nnow()", True),
        ("from time import time as clock\nclock()", True),
        ("view.last('near', 'days')", False),
    ],
)
def test_a_clock_would_be_caught(line: str, caught: bool) -> None:
    assert bool(clock_calls(ast.parse(line))) == caught


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_is_short_says_what_it_is_and_has_a_telling_name(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_LINES
    assert path.stem not in EMPTY_NAMES
    assert not path.stem.endswith(tuple(f"_{name}" for name in EMPTY_NAMES))
    assert ast.get_docstring(ast.parse(text)), "a module starts with a line that says what it is"


def test_modules_are_short_as_a_rule() -> None:
    assert median(len(path.read_text().splitlines()) for path in MODULES) <= MAX_MEDIAN_LINES


@pytest.mark.parametrize("folder", FOLDERS, ids=relative)
def test_a_folder_says_in_a_line_what_it_is_for_and_holds_few_modules(folder: Path) -> None:
    purpose = ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    assert purpose, "a folder's __init__ says what it is for"
    assert purpose.splitlines()[0].endswith(".")
    modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
    assert len(modules) <= MAX_MODULES or relative(folder) in REGISTRIES


def test_tests_lie_in_folders_named_as_those_of_the_code() -> None:
    tests = REPOSITORY / "tests"
    folders = {path.parent.relative_to(tests).as_posix() for path in tests.rglob("test_*.py")}
    assert folders - {"."} <= {relative(folder) for folder in FOLDERS}


def test_tests_are_no_packages() -> None:
    assert list((REPOSITORY / "tests").rglob("__init__.py")) == []


def test_every_feature_group_module_has_a_group_that_the_registry_finds() -> None:
    modules = sorted(p.stem for p in (REPOSITORY / "features" / "groups").glob("*.py") if p.stem != "__init__")
    found = [importlib.import_module(f"features.groups.{name}").GROUP for name in modules]
    assert all(isinstance(group, Group) for group in found)
    assert list(groups()) == found
    assert [group.name for group in found] == modules


def test_every_source_module_has_a_source_of_its_name_or_is_shared_by_them() -> None:
    modules = {p.stem for p in (REPOSITORY / "data" / "sources").glob("*.py") if p.stem != "__init__"}
    assert modules >= SHARED_BY_SOURCES
    for name in sorted(modules - SHARED_BY_SOURCES):
        source = importlib.import_module(f"data.sources.{name}").SOURCE
        assert isinstance(source, Source)
        assert source.name == name
    assert set(sources()) == modules - SHARED_BY_SOURCES


def test_every_source_says_its_publisher_its_licence_and_how_to_cite_it() -> None:
    for source in sources().values():
        assert all((source.title, source.publisher, source.licence, source.citation, source.url)), source.name
