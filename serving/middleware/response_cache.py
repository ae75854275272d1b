"""Answers to GET kept ready for a minute, with ETags, and one publication pinned to each request."""

import hashlib
from collections import OrderedDict
from pathlib import Path
from time import monotonic

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.alerts.ledger import mark
from serving.store import Store

MAX_AGE_SECONDS = 60


MAX_KEPT_BYTES = 64 * 1024 * 1024


MAX_ANSWER_BYTES = 4 * 1024 * 1024


class ResponseCache:
    """Pins one publication to each request, lets clients ask whether their copy is current, and keeps answers ready for a minute."""

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self.app = app
        self.store = store
        self.code = _code_digest()
        self.kept = _Kept()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 304 to a matching If-None-Match or from what is kept, else add ETag and Cache-Control to a successful GET."""
        state = self.store.state
        served = scope.setdefault("state", {})["served"] = state.served
        if scope["type"] != "http" or scope["method"] != "GET" or served is None:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        packed = b"gzip" if "gzip" in headers.get("accept-encoding", "") else b""
        # The page of the API shows the address it was asked at.
        asked = [scope["path"].encode("utf-8", "replace"), scope.get("query_string", b""), packed]
        asked += [scope.get("scheme", "").encode(), *(headers.get(n, "").encode("latin-1") for n in ("host", "accept"))]
        # Alerts are raised after a publication is published, under the same publication id.
        asked += [str(mark(self.store.published)).encode()]
        digest = hashlib.sha256(b"\n".join([state.key.encode(), self.code, *asked])).hexdigest()[:16]
        tag = f'"{served.id}-{digest}"'
        audience = "private" if scope["state"].get("keys") is not None else "public"
        fresh = {
            "etag": tag,
            "cache-control": f"{audience}, max-age={MAX_AGE_SECONDS}",
            "vary": "accept, accept-encoding",
        }
        if tag in [t.strip().removeprefix("W/") for t in headers.get("if-none-match", "").split(",")]:
            lines = [(name.encode(), value.encode()) for name, value in fresh.items()]
            await send({"type": "http.response.start", "status": 304, "headers": lines})
            await send({"type": "http.response.body", "body": b""})
            return
        messages = self.kept.get(tag + audience)
        if messages is not None:
            for message in messages:
                await send(dict(message))
            return
        made: list[Message] = []

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = MutableHeaders(scope=message)
                if "cache-control" not in headers:  # what does not follow from the publication alone says so itself
                    headers.update(fresh)
                    made.append({**message, "headers": list(message["headers"])})
            elif made:
                made.append(message)
                if not message.get("more_body", False):
                    self.kept.put(tag + audience, made)
            await send(message)

        await self.app(scope, receive, stamped)


class _Kept:
    """Answers by tag, the longest unasked forgotten first; none is kept longer than a client may."""

    def __init__(self) -> None:
        self.answers: OrderedDict[str, tuple[float, int, list[Message]]] = OrderedDict()
        self.size = 0

    def get(self, tag: str) -> list[Message] | None:
        since, size, messages = self.answers.get(tag, (0.0, 0, []))
        if not messages:
            return None
        if monotonic() - since > MAX_AGE_SECONDS:
            del self.answers[tag]
            self.size -= size
            return None
        self.answers.move_to_end(tag)
        return messages

    def put(self, tag: str, messages: list[Message]) -> None:
        size = sum(len(message.get("body", b"")) for message in messages) + 1024
        if size > MAX_ANSWER_BYTES or tag in self.answers:
            return
        self.answers[tag] = monotonic(), size, messages
        self.size += size
        while self.size > MAX_KEPT_BYTES:
            self.size -= self.answers.popitem(last=False)[1][1]


def _code_digest() -> bytes:
    """Digest of this package: an answer depends on the publication and on the code that writes it."""
    here = Path(__file__).parents[1]
    files = sorted(p for p in here.rglob("*") if p.suffix in (".py", ".html", ".css", ".js"))
    return hashlib.sha256(b"".join(p.read_bytes() for p in files)).digest()
