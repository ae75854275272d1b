"""How long work reports its progress: a stage, how much of it is done, and of how much."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
