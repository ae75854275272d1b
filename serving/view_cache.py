"""Cache of the views derived from one publication: features, predictions, pages and whole responses."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

import pandas as pd

T = TypeVar("T")
MAX_BYTES = 128 * 1024 * 1024
ENTRY_BYTES = 1024
"""Overhead of an entry beside its arrays and text."""


class ViewCache:
    """Least-recently-used cache bounded by bytes; it is discarded with the publication that its views are derived from."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Any | None:
        """Return a cached view, or None where there is none."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: Hashable, view: object) -> None:
        """Cache a view and evict the least recently used beyond the limit; one that is larger than that is not cached."""
        size = ENTRY_BYTES + size_of(view)
        if size > self.max_bytes:
            return
        with self._lock:
            self.size += size - self._entries.pop(key, (None, 0))[1]
            self._entries[key] = view, size
            while self.size > self.max_bytes:
                self.size -= self._entries.popitem(last=False)[1][1]

    def get_or_compute(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return a cached view, or compute and cache it; requests at once may each compute it, and get equal ones."""
        cached: T | None = self.get(key)
        if cached is not None:
            return cached
        view = compute()
        self.put(key, view)
        return view


def size_of(view: object) -> int:
    """Return the bytes of a view's arrays and text: of a frame, of `nbytes` where it has that, of bytes and text themselves."""
    if isinstance(view, pd.DataFrame):
        return int(view.memory_usage().sum())
    if isinstance(view, bytes | str):
        return len(view)
    return int(getattr(view, "nbytes", 0))
