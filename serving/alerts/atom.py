"""Alerts as Atom feeds (RFC 4287): one for readers, one that indexes the CAP documents."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from serving.alerts.alert import Alert
from serving.alerts.cap import TYPE as CAP_TYPE

NAMESPACE = "http://www.w3.org/2005/Atom"
TYPE = "application/atom+xml"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without an entry was last changed."""


def feed(alerts: Sequence[Alert], base: str, path: str, *, cap: bool) -> bytes:
    """Return a feed of alerts, newest first; with `cap` each entry leads to its CAP document, else to the page it speaks of."""
    root = ET.Element("feed", xmlns=NAMESPACE)
    _add(root, "id", _urn("feed" + path))
    _add(root, "title", "Chokepoint: alerts as CAP 1.2" if cap else "Chokepoint: alerts on capitals")
    _add(root, "updated", max((a.raised_at for a in alerts), default=NEVER).isoformat(timespec="seconds"))
    _add(ET.SubElement(root, "author"), "name", "Chokepoint")
    ET.SubElement(root, "link", rel="self", type=TYPE, href=base + path)
    for alert in alerts:
        entry = ET.SubElement(root, "entry")
        _add(entry, "id", _urn("alert" + alert.id))
        _add(entry, "title", alert.headline)
        _add(entry, "updated", alert.raised_at.isoformat(timespec="seconds"))
        document, page = (CAP_TYPE, f"{base}/alerts/{alert.id}.cap.xml"), ("text/html", alert.link)
        for rel, (kind, href) in zip(
            ("alternate", "related"), (document, page) if cap else (page, document), strict=True
        ):
            ET.SubElement(entry, "link", rel=rel, type=kind, href=href)
        ET.SubElement(entry, "category", term=alert.rule)
        ET.SubElement(entry, "summary", type="text").text = alert.reason
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _urn(name: str) -> str:
    """Return an identifier that stays the same wherever the service runs."""
    return uuid5(NAMESPACE_URL, f"chokepoint:{name}").urn


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
