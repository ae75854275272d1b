"""Alerts as Common Alerting Protocol 1.2 documents (OASIS, July 2010): elements in the standard's order."""

from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from serving.alerts.alert import Alert

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
TYPE = "application/cap+xml"
RADIUS_KM = 25
"""The capital and what is around it: the distance within which the model counts events as near."""
LIKELY, POSSIBLE = 0.5, 0.01
"""CAP calls likely what has more than about one chance in two, and unlikely what is not expected at all."""


def cap_document(alert: Alert) -> bytes:
    """Return the document of one alert."""
    root = ET.Element("alert", xmlns=NAMESPACE)
    of_capital = alert.iso3 is not None
    for name, text in {
        "identifier": alert.id,
        "sender": f"chokepoint@{urlsplit(alert.link).hostname}",
        "sent": _time(alert.raised_at),
        "status": "Actual" if of_capital else "System",
        "msgType": "Alert",
        "scope": "Public",
        "note": "A forecast is a probability, not a prediction that something will happen.",
    }.items():
        _add(root, name, text)
    info = ET.SubElement(root, "info")
    for name, text in {
        "language": "en",
        "category": "Security" if of_capital else "Other",
        "event": f"Risk of {alert.target} of a capital" if of_capital else "Feed of a forecast late or missing",
        "responseType": "Monitor",
        "urgency": "Future",
        "severity": "Severe" if of_capital else "Minor",
        "certainty": _certainty(alert.risk),
        "effective": _time(alert.raised_at),
        "expires": _time(alert.expires),
        "senderName": "Chokepoint, early warning for capitals",
        "headline": alert.headline,
        "description": alert.reason,
        "web": alert.link,
    }.items():
        _add(info, name, text)
    for name in ("rule", "origin", "target", "horizon", "risk", "risk_before", "place", "feed"):
        value = getattr(alert, name)
        if value is not None:
            _named(info, "parameter", name, str(value))
    _named(info, "parameter", "model_version", alert.model_version)
    _named(info, "parameter", "data_vintage", alert.data_vintage)
    area = ET.SubElement(info, "area")
    _add(area, "areaDesc", f"{alert.capital}, {alert.country}" if of_capital else "World")
    if of_capital:
        _add(area, "circle", f"{alert.latitude},{alert.longitude} {RADIUS_KM}")
        _named(area, "geocode", "ISO 3166-1 alpha-3", str(alert.iso3))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _certainty(risk: float | None) -> str:
    if risk is None:
        return "Observed"
    return "Likely" if risk > LIKELY else "Possible" if risk >= POSSIBLE else "Unlikely"


def _time(moment: object) -> str:
    """Write an instant in UTC as CAP wants it: no fractions, and -00:00 in place of Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}-00:00"


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _named(parent: ET.Element, element: str, name: str, value: str) -> None:
    pair = ET.SubElement(parent, element)
    _add(pair, "valueName", name)
    _add(pair, "value", value)
