"""A small load client for one kind of request: closed loop for throughput, open loop for what comes whether or not it is answered.

Raw sockets, as a full HTTP client takes longer than the answers it times.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Seen:
    """Statuses and seconds of the answers of one stretch."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    taken: dict[int, list[float]] = field(default_factory=dict)
    lost: int = 0
    """Requests whose connection broke."""

    def add(self, status: int, took: float) -> None:
        self.statuses[status] += 1
        self.taken.setdefault(status, []).append(took)

    def rate(self, status: int = 200) -> float:
        return self.statuses[status] / self.seconds

    def ms(self, percentile: float, *statuses: int) -> float:
        values = [t for s in statuses or (200,) for t in self.taken.get(s, [])]
        return float(1000 * np.percentile(values, percentile)) if values else float("nan")


def request(path: str, port: int, body: bytes | None = None) -> bytes:
    """Write a request out."""
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return (head + "\r\n").encode() + (body or b"")


async def _answers(port: int, content: bytes, due: AsyncIterator[float], seen: Seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async for since in due:
        try:
            writer.write(content)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            seen.add(int(head[9:12]), time.perf_counter() - since)
        except (ConnectionError, asyncio.IncompleteReadError):
            seen.lost += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def closed(port: int, content: bytes, connections: int, seconds: float) -> Seen:
    """Keep a number of connections busy, each with its next request as soon as the last is answered."""

    async def until(end: float) -> AsyncIterator[float]:
        while (now := time.perf_counter()) < end:
            yield now

    return asyncio.run(_run(port, content, lambda end, _: until(end), connections, seconds))


def opened(port: int, content: bytes, rate: float, seconds: float, connections: int = 128) -> Seen:
    """Send a number of requests a second whatever the answers; times count from when a request was due."""

    async def every(end: float, place: int) -> AsyncIterator[float]:
        due = time.perf_counter() + place / rate
        while due < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            yield due
            due += connections / rate

    return asyncio.run(_run(port, content, every, connections, seconds))


async def _run(port, content, due, connections, seconds):  # type: ignore[no-untyped-def]
    seen, started = Seen(), time.perf_counter()
    await asyncio.gather(*(_answers(port, content, due(started + seconds, i), seen) for i in range(connections)))
    seen.seconds = time.perf_counter() - started
    return seen
