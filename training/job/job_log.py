"""The job's log: one JSON line an event, one file a month."""

from data import calendar
from data.files import jsonl_log
from data.settings import settings


def log(event: str, **fields: object) -> None:
    """Append an event to the log of this home folder."""
    at = calendar.now()
    jsonl_log.append(
        settings().home / "logs" / f"retrain-{at:%Y-%m}.jsonl",
        {"at": at.isoformat(timespec="milliseconds"), "event": event} | fields,
    )
