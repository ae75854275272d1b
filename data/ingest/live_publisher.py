"""A publisher on the network, as the download plan of its source sees it."""

from collections.abc import Mapping
from functools import cached_property

import pandas as pd

from data import calendar
from data.ingest.http_client import Client
from data.ingest.manifest import ManifestEntry
from data.reference_tables import units
from data.settings import settings
from data.sources.shared.source import Source


class LivePublisher:
    """The `Publisher` of a source over the network and the manifest."""

    def __init__(self, source: Source, manifest: list[ManifestEntry], since: pd.Timestamp | None = None) -> None:
        self.source = source
        self.since_requested = since is not None
        self.today = pd.Timestamp(calendar.now()).tz_localize(None)
        self.since = since or self.today.normalize().replace(day=1) - pd.DateOffset(months=1)
        self.stored: Mapping[str, str] = {
            e.filename: e.vintage for e in manifest if e.source == source.name and e.outcome != "failed"
        }
        sign_in = source.sign_in
        self.client = Client(source, settings(), (lambda: sign_in(self)) if sign_in else None)

    @cached_property
    def countries(self) -> frozenset[str]:
        """ISO3 codes of the panel's countries."""
        return frozenset(units()["iso3"])

    def secret(self, name: str) -> str:
        """Return a credential by the name of its setting."""
        value = getattr(settings(), name)
        return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)

    def read(self, url: str, tail: int = 0) -> bytes:
        """Return a small document such as a list of files, or its last `tail` bytes."""
        return self.client.read(url, tail)

    def post(self, url: str, form: dict[str, str]) -> bytes:
        """Post a form and return the response's body."""
        return self.client.post(url, form)
