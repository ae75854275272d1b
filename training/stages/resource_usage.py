"""Processor and memory usage of a job, sampled while it runs."""

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
"""Metrics that the MLflow UI groups as system metrics."""


class ResourceUsage:
    """Samples of this process: name, value, milliseconds since 1970, step."""

    def __init__(self) -> None:
        self.samples: list[tuple[str, float, int, int]] = []
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first call only starts counting

    def sample(self) -> None:
        """Take one sample of each metric; 100 % is one core."""
        at, step = int(calendar.now().timestamp() * 1000), len(self.samples) // 3
        memory, free = self._process.memory_info().rss / 1e6, psutil.virtual_memory().available / 1e6
        values = {CPU: self._process.cpu_percent(), MEMORY: memory, FREE: free}
        self.samples += [(name, round(value, 1), at, step) for name, value in values.items()]


@contextmanager
def sampled() -> Iterator[ResourceUsage]:
    """Sample this process in a thread until the end of the block."""
    usage, over = ResourceUsage(), threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS):
            usage.sample()

    thread = threading.Thread(target=watch, daemon=True, name="resource-usage")
    thread.start()
    try:
        yield usage
    finally:
        over.set()
        thread.join()
