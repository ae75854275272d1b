"""What readers and programs are served: the list with its filters, Atom feeds, CAP documents."""

from collections.abc import Callable, Iterator
from pathlib import Path

import feedparser
import pytest
from fastapi.testclient import TestClient
from lxml import etree

from data.panel.panel import Panel
from data.settings import REPOSITORY, settings
from serving.alerts.alert import Alert
from serving.alerts.evaluate import evaluate_and_deliver
from serving.app import create_app
from serving.store import Store

SCHEMA = etree.XMLSchema(etree.parse(REPOSITORY / "tests" / "cap_1_2.xsd"))
RULES = (
    '[[rule]]\nname = "high"\nkind = "above"\nhorizon = 1\nrisk = 0.005\n[[rule]]\nname = "late"\nkind = "stale"\nshare = 0.5\n'
    'feeds = ["prices"]\n'
)
"""Ouagadougou .02 and Niamey .01, and no prices at all."""


@pytest.fixture
def served(
    tmp_path: Path, publisher: Callable[[Path, str, str], Path], panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    monkeypatch.setenv("CHOKEPOINT_HOME", str(tmp_path))
    monkeypatch.setenv("CHOKEPOINT_PUBLIC_URL", "https://risk.example.org")
    settings.cache_clear()
    publisher(tmp_path / "published", "2026-10-v1", "1")
    (tmp_path / "alerts.toml").write_text(RULES)
    store = Store(tmp_path / "published", lambda: panel)
    assert store.refresh(), store.not_ready_reason
    with TestClient(create_app(store)) as client:
        yield client
    settings.cache_clear()


@pytest.fixture
def raised(served: TestClient, tmp_path: Path) -> list[Alert]:
    return evaluate_and_deliver(tmp_path / "published").raised


def listed(client: TestClient, query: str = "") -> list[tuple[str, str | None]]:
    answer = client.get(f"/v1/alerts{query}")
    assert answer.status_code == 200, answer.text
    return [(alert["rule"], alert["iso3"]) for alert in answer.json()["alerts"]]


def test_alerts_are_listed_newest_first_and_filtered(served: TestClient, raised: list[Alert]) -> None:
    assert listed(served) == [("late", None), ("high", "NER"), ("high", "BFA")]
    assert listed(served, "?country=bfa") == [("high", "BFA")]
    assert listed(served, "?rule=late,none") == [("late", None)]
    assert listed(served, "?target=disruption&origin=2026-10&limit=1&offset=1") == [("high", "BFA")]
    assert listed(served, "?origin=2026-09") == []
    body = served.get("/v1/alerts?limit=1").json()
    assert (body["total"], body["origin"], body["model_version"]) == (3, "2026-10", "1")


def test_an_alert_is_found_by_its_name(served: TestClient, raised: list[Alert]) -> None:
    assert served.get(f"/v1/alerts/{raised[0].id}").json() == raised[0].model_dump(mode="json")
    for path in ("/v1/alerts/none", "/alerts/none.cap.xml"):
        answer = served.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "unknown_alert"


def test_a_reader_of_the_feed_finds_reason_page_and_cap_document(served: TestClient, raised: list[Alert]) -> None:
    answer = served.get("/alerts.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    found = feedparser.parse(answer.content)
    assert (found.bozo, found.version) == (False, "atom10")
    assert found.feed.author == "Chokepoint"
    assert found.feed.id.startswith("urn:uuid:")
    assert found.feed.updated_parsed is not None
    assert [entry.title for entry in found.entries] == [alert.headline for alert in reversed(raised)]
    entry = found.entries[-1]
    assert entry.summary == raised[0].reason
    assert entry.link == "https://risk.example.org/capitals/BFA"
    assert len({entry.id for entry in found.entries}) == 3
    related = next(link for link in entry.links if link.rel == "related")
    assert (related.type, related.href) == (
        "application/cap+xml",
        f"https://risk.example.org/alerts/{raised[0].id}.cap.xml",
    )


def test_the_index_of_cap_documents_leads_to_valid_ones(served: TestClient, raised: list[Alert]) -> None:
    found = feedparser.parse(served.get("/alerts/cap.atom").content)
    assert not found.bozo
    assert len(found.entries) == 3
    for entry in found.entries:
        document = next(link for link in entry.links if link.rel == "alternate")
        assert document.type == "application/cap+xml"
        answer = served.get(document.href.removeprefix("https://risk.example.org"))
        assert answer.headers["content-type"].startswith("application/cap+xml")
        SCHEMA.assertValid(etree.fromstring(answer.content))


def test_a_cap_document_says_where_until_when_and_how_likely(served: TestClient, raised: list[Alert]) -> None:
    document = etree.fromstring(served.get(f"/alerts/{raised[0].id}.cap.xml").content)
    spoken = {etree.QName(e).localname: e.text for e in document.iter() if e.text and e.text.strip()}
    assert spoken["circle"] == f"{raised[0].latitude},{raised[0].longitude} 25"
    assert (spoken["status"], spoken["certainty"], spoken["identifier"]) == ("Actual", "Possible", raised[0].id)
    assert spoken["expires"] == "2026-12-01T00:00:00-00:00"
    assert spoken["sender"] == "chokepoint@risk.example.org"


@pytest.mark.parametrize(
    ("element", "text"), [("sent", "2026-11-20T12:00:00Z"), ("severity", "Grave"), ("identifier", "a b")]
)
def test_the_schema_refuses_what_the_standard_forbids(
    served: TestClient, raised: list[Alert], element: str, text: str
) -> None:
    document = etree.fromstring(served.get(f"/alerts/{raised[0].id}.cap.xml").content)
    next(e for e in document.iter() if etree.QName(e).localname == element).text = text
    assert not SCHEMA.validate(document)


def test_the_schema_knows_attachments_and_signatures_where_the_standard_has_them(
    served: TestClient, raised: list[Alert]
) -> None:
    document = etree.fromstring(served.get(f"/alerts/{raised[0].id}.cap.xml").content)
    space = f"{{{document.nsmap[None]}}}"
    area = document.find(f".//{space}area")
    resource = etree.Element(f"{space}resource")
    for name, text in (("resourceDesc", "map"), ("mimeType", "image/png"), ("size", "12")):
        etree.SubElement(resource, f"{space}{name}").text = text
    area.addprevious(resource)
    etree.SubElement(document, "{http://www.w3.org/2000/09/xmldsig#}Signature")
    SCHEMA.assertValid(document)
    area.addnext(resource)  # after the area it has no place
    assert not SCHEMA.validate(document)


def test_an_empty_feed_is_a_feed(served: TestClient) -> None:
    found = feedparser.parse(served.get("/alerts.atom").content)
    assert (found.bozo, found.entries) == (False, [])


def test_a_copy_of_the_feed_is_old_as_soon_as_there_is_an_alert(served: TestClient, tmp_path: Path) -> None:
    tag = served.get("/alerts.atom").headers["etag"]
    assert served.get("/alerts.atom", headers={"If-None-Match": tag}).status_code == 304
    evaluate_and_deliver(tmp_path / "published")
    fresh = served.get("/alerts.atom", headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    assert len(feedparser.parse(fresh.content).entries) == 3
