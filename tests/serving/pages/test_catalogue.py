"""The page of the catalogue: what it lists, how far it is known, its filters and its files."""

import pandas as pd
from fastapi.testclient import TestClient

from data.panel.panel import Panel, assemble
from serving.app import create_app
from serving.store import Store
from tests.publication import episodes, tables


def text_of(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_page_says_how_far_the_list_is_known_and_shows_city_confidence_and_what_happened(
    client: TestClient,
) -> None:
    text = text_of(client, "/catalogue")
    assert "has been reviewed up to <strong>October 2026</strong>" in text
    assert '<a href="/capitals/MLI">Bamako</a><span class="country">Mali</span>' in text
    assert '<abbr title="high">H</abbr>' in text
    assert "&lt;b&gt;president&lt;/b&gt; detained" in text
    assert "accounts not written down" in text
    assert "Hong Kong" not in text


def test_a_country_and_a_kind_are_chosen_and_the_files_hold_the_same(client: TestClient) -> None:
    text = text_of(client, "/catalogue?country=mli&kind=coup")
    assert "1 episode. As a file" in text
    assert "August 2020" in text
    assert "siege declared" not in text
    link = "/v1/episodes?country=MLI&amp;kind=coup&amp;doubtful=true&amp;format=csv"
    assert f'href="{link}"' in text
    assert client.get(link.replace("&amp;", "&")).text.count("\n") == 2


def test_an_empty_choice_shows_everything_and_one_without_episodes_says_so(client: TestClient) -> None:
    assert "president arrested" in text_of(client, "/catalogue?country=&kind=")
    assert "no such episode up to October 2026" in text_of(client, "/catalogue?country=MLI&kind=shortage")
    assert client.get("/catalogue?country=XXX").status_code == 404


def test_doubtful_episodes_are_listed_as_such(client: TestClient) -> None:
    text = text_of(client, "/catalogue?country=SLV")
    assert '<abbr title="doubtful, counts for no target">L</abbr>' in text


def test_an_episode_going_on_shows_when_it_was_last_confirmed(store: Store) -> None:
    rows = episodes().assign(last_confirmed=pd.NaT, evidence="")
    siege = rows["kind"] == "siege"
    rows.loc[siege, ["last_confirmed", "evidence"]] = [pd.Timestamp("2026-10-01"), "a newspaper of 3 October"]
    rows["last_confirmed"] = rows["last_confirmed"].astype("datetime64[us]")
    panel: Panel = assemble(tables(), rows, {"vintage": "test.1"})
    shown = Store(store.published, lambda: panel)
    assert shown.refresh(), shown.not_ready_reason
    text = text_of(TestClient(create_app(shown)), "/catalogue?country=MLI&kind=siege")
    assert "since April 2026" in text
    assert "going on, last confirmed October 2026" in text
    assert "a newspaper of 3 October" in text


def test_the_page_is_in_the_navigation(client: TestClient) -> None:
    assert '<a href="/catalogue">Episodes</a>' in text_of(client, "/")
