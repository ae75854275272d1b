"""What a job takes of the machine while it runs: processor and memory, by the minute."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from data import calendar

SECONDS = 10.0
"""Between two samples: some fifty over a whole retraining."""
CPU, MEMORY, FREE = (
    "system/cpu_utilization_percentage",
    "system/process_memory_megabytes",
    "system/available_memory_megabytes",
)
"""Names under which the MLflow UI shows them apart from the scores."""


class Load:
    """Samples of this process, taken by a thread."""

    def __init__(self) -> None:
        self.samples: list[tuple[str, float, int, int]] = []
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first call only starts counting

    def sample(self) -> None:
        """Take one sample of each: name, value, milliseconds since 1970, step. 100 % is one core."""
        at, step = int(calendar.now().timestamp() * 1000), len(self.samples) // 3
        memory, free = self._process.memory_info().rss / 1e6, psutil.virtual_memory().available / 1e6
        values = {CPU: self._process.cpu_percent(), MEMORY: memory, FREE: free}
        self.samples += [(name, round(value, 1), at, step) for name, value in values.items()]


@contextmanager
def watched() -> Iterator[Load]:
    """Sample this process until the end of the block."""
    load, over = Load(), threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS):
            load.sample()

    thread = threading.Thread(target=watch, daemon=True, name="load")
    thread.start()
    try:
        yield load
    finally:
        over.set()
        thread.join()
