"""Tests on several workers at once: what takes long to make is made once, and who shares it runs on one worker.

`pytest -n logical --dist loadgroup` gives each worker groups of tests: those that share one of the fixtures in SHARED, and
the rest by file. Groups start in the order of SHARED, then files marked slow, so that the longest are not begun last.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from xdist.scheduler import LoadGroupScheduling

SHARED = ("place", "fitted", "few", "relay", "retrained")
"""Fixtures whose tests run on one worker, in the order in which their groups start; a test belongs to its last one."""

MakeOnce = Callable[[str, Callable[[Path], None]], Path]


class GroupsAndFiles(LoadGroupScheduling):  # type: ignore[misc]
    """Keep the tests of a group on one worker, and those of a file where they have no group."""

    def _split_scope(self, nodeid: str) -> str:
        group = super()._split_scope(nodeid)
        return nodeid.split("::", maxsplit=1)[0] if group == nodeid else group


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> GroupsAndFiles:
    config.option.loadscopereorder = False  # by number of tests: a job killed fifty times counts one
    return GroupsAndFiles(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if shared := _shared(item):
            item.add_marker(pytest.mark.xdist_group(shared))
    items.sort(key=_start)


def _shared(item: pytest.Item) -> str:
    names = [name for name in SHARED if name in getattr(item, "fixturenames", ())]
    return names[-1] if names else ""


def _start(item: pytest.Item) -> int:
    if shared := _shared(item):
        return SHARED.index(shared)
    return len(SHARED) + (item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Make a folder by name with a function that fills it, in the first process of a test run that asks for it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not (shared / f"{name}.made").exists():
                folder.mkdir()
                make(folder)
                (shared / f"{name}.made").touch()
        return folder

    return once
