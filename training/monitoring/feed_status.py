"""Status of every source, with the features and targets that depend on it."""

from typing import Any

from data import source_status
from data.settings import settings
from training.forecasting.abstention import dependants


def feed_rows() -> list[dict[str, Any]]:
    """Return the status of every source: age, due date, age limit, and the features and targets that depend on it."""
    return [_feed_row(feed) for feed in source_status.feed_statuses(settings().home)]


def _feed_row(f: source_status.FeedStatus) -> dict[str, Any]:
    features, targets = dependants(f.tables)
    return {
        "source": f.source.name,
        "title": f.source.title,
        "publisher": f.source.publisher,
        "licence": f.source.licence,
        "citation": f.source.citation,
        "table": f.source.table,
        "cadence_days": f.source.cadence_days,
        "lag_days": f.source.lag_days,
        "state": f.state,
        "newest_month": f.newest_month,
        "last_success": f.last_success,
        "needed": f.needed,
        "url": f.source.url,
        "addresses": f.source.addresses,
        "address_seen": f.source.address_seen,
        "format_seen": f.source.format_seen,
        "in_panel_to": f.panel_month,
        "age_months": f.age_months,
        "limit_months": f.limit_months,
        "due": f.due,
        "features": features,
        "targets": targets,
    }
