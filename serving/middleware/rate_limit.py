"""Rate and concurrency limits: token buckets by client."""

from collections import OrderedDict
from dataclasses import dataclass

MAX_CLIENTS = 10_000
"""Clients with a bucket; the least recently seen is evicted first."""


@dataclass(frozen=True)
class Limits:
    """Rate limit of a client (requests a second, 0 for none; burst) and concurrency limit of a worker."""

    rate: float = 0.0
    burst: int = 200
    concurrency: int = 64


class TokenBuckets:
    """Token bucket of each client: `burst` tokens, refilled at `rate` a second."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, moment: float) -> float:
        """Take one token and return 0, or return the seconds until the next token where the bucket is empty."""
        if self.limits.rate <= 0:
            return 0.0
        tokens, since = self._tokens.pop(client, (float(self.limits.burst), moment))
        tokens = min(self.limits.burst, tokens + (moment - since) * self.limits.rate)
        allowed = tokens >= 1
        self._tokens[client] = (tokens - 1 if allowed else tokens, moment)
        if len(self._tokens) > MAX_CLIENTS:
            self._tokens.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self.limits.rate
