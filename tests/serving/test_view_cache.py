"""The cache of derived views: what is evicted, and what is not cached at all."""

import numpy as np
import pandas as pd

from serving.view_cache import ENTRY_BYTES, ViewCache, size_of


def test_a_view_is_computed_once() -> None:
    cache, computed = ViewCache(), []
    for _ in range(2):
        assert cache.get_or_compute(("features", 1), lambda: computed.append(1) or "view") == "view"
    assert computed == [1]


def test_the_least_recently_used_is_evicted_first() -> None:
    cache = ViewCache(max_bytes=2 * (ENTRY_BYTES + 10))
    for key in ("a", "b"):
        cache.put(key, b"x" * 10)
    assert cache.get("a") is not None
    cache.put("c", b"x" * 10)
    assert [key for key in "abc" if cache.get(key) is not None] == ["a", "c"]
    assert cache.size == cache.max_bytes


def test_a_view_put_again_counts_once_and_one_over_the_limit_is_not_cached() -> None:
    cache = ViewCache(max_bytes=ENTRY_BYTES + 10)
    cache.put("a", b"x" * 5)
    cache.put("a", b"x" * 10)
    cache.put("b", b"x" * 11)
    assert (cache.get("a"), cache.get("b"), cache.size) == (b"x" * 10, None, ENTRY_BYTES + 10)


def test_the_size_of_a_view_is_that_of_its_arrays_and_text() -> None:
    values = np.zeros((3, 5), np.float32)
    assert size_of(values) == 60
    assert size_of(pd.DataFrame(values)) >= 60
    assert (size_of(b"abc"), size_of({"a": 1})) == (3, 0)
