"""The callback by which long-running work reports its progress."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, the units of it that are done, and their total (0 where it is not known yet)."""


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Report nothing."""
