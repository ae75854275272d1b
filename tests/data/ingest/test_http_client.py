"""The client against a real server: what breaks off is resumed, what is refused is said in one line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from data.ingest.http_client import Client, Validators
from data.ingest.http_errors import FetchError
from data.ingest.http_session import AGENT
from data.ingest.urls import mirrored, without_secrets
from data.settings import settings
from data.sources.registry import sources
from data.sources.shared.source import Download
from tests.publishers import Fault, Publishers

URL = "https://ucdp.uu.se/downloads/candidateged/GEDEvent_v26_0_8.csv"
FILE = Download(URL, "GEDEvent_v26_0_8.csv")
CONTENT = b"id,country\n" + b"1,Mali\n" * 20_000


@pytest.fixture
def client(publishers: Publishers, home: Path) -> Callable[..., Client]:
    publishers.put(URL, CONTENT)

    def make(**changes: object) -> Client:
        return Client(sources()["ucdp_ged"], settings().model_copy(update=changes))

    return make


def test_a_file_comes_whole_with_the_publishers_marks_and_names_the_project(client, publishers):
    fetched = client().download(FILE, Validators())
    assert fetched.raw == CONTENT
    assert fetched.validators.etag.startswith('"')
    assert fetched.validators.last_modified == "Tue, 20 Oct 2026 08:00:00 GMT"
    assert publishers.last("v26_0_8").headers["User-Agent"] == AGENT
    assert "chokepoint" in AGENT
    assert list(settings().downloads.iterdir()) == []


def test_a_file_that_has_not_changed_is_not_sent_again(client):
    mark = client().download(FILE, Validators()).validators
    assert client().download(FILE, mark).raw is None


def test_a_download_that_breaks_off_is_resumed_where_it_broke(client, publishers):
    publishers.fail(URL, Fault(after=50_000))
    assert client().download(FILE, Validators()).raw == CONTENT
    ranges = [asked.headers.get("Range") for asked in publishers.asked]
    assert ranges == [None, "bytes=50000-"]


def test_the_next_run_goes_on_with_what_the_last_one_left(client, publishers):
    publishers.fail(URL, Fault(after=50_000))
    with pytest.raises(FetchError, match=r"expected the whole file, got 50,000 bytes and 90,011 missing; try again"):
        client(fetch_attempts=1).download(FILE, Validators())
    assert client().download(FILE, Validators()).raw == CONTENT
    assert publishers.last("v26_0_8").headers["Range"] == "bytes=50000-"


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(client, publishers):
    publishers.fail(URL, Fault(after=50_000))
    with pytest.raises(FetchError):
        client(fetch_attempts=1).download(FILE, Validators())
    publishers.put(URL, b"id,country\n2,Niger\n")
    assert client().download(FILE, Validators()).raw == b"id,country\n2,Niger\n"


def test_a_part_longer_than_the_file_is_thrown_away(client, publishers):
    publishers.fail(URL, Fault(after=50_000))
    with pytest.raises(FetchError):
        client(fetch_attempts=1).download(FILE, Validators())
    (part,) = settings().downloads.glob("*.part")
    part.write_bytes(CONTENT + b"more")
    assert client().download(FILE, Validators()).raw == CONTENT


def test_a_body_that_stalls_is_given_up_and_resumed(client, publishers):
    publishers.fail(URL, Fault(after=50_000, stall=True))
    assert client(fetch_timeout=0.2).download(FILE, Validators()).raw == CONTENT


def test_silence_to_the_end_is_told_with_its_length(client, publishers):
    publishers.fail(URL, Fault(after=0, stall=True))
    with pytest.raises(
        FetchError, match=r"^ucdp_ged: http://\S+/GEDEvent_v26_0_8.csv: expected the whole file, got silence"
    ):
        client(fetch_timeout=0.2, fetch_attempts=1).download(FILE, Validators())


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(client, publishers, status):
    publishers.fail(URL, Fault(status, {"Retry-After": "0"}), Fault(status))
    assert client().download(FILE, Validators()).raw == CONTENT
    assert len(publishers.asked) == 3


def test_retry_after_is_waited_for(client, publishers, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    publishers.fail(URL, Fault(429, {"Retry-After": "7"}), Fault(503, {"Retry-After": "86400"}))
    client().download(FILE, Validators())
    assert slept == [7, 300]


def test_tries_wait_longer_each_time_with_jitter(client, publishers, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    publishers.fail(URL, *[Fault(503)] * 4)
    client(fetch_attempts=5, fetch_backoff=1.0).download(FILE, Validators())
    # urllib3 asks again at once, then after 2, 4 and 8 s and up to one second more.
    assert [2 <= slept[0] <= 3, 4 <= slept[1] <= 5, 8 <= slept[2] <= 9] == [True] * 3


def test_requests_to_one_host_keep_their_distance(client, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("data.ingest.http_session.time.sleep", slept.append)
    patient = client(fetch_interval=30.0)
    patient.read(URL)
    patient.read(URL)
    assert 29 < slept[-1] <= 30


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            404,
            r"expected 200 OK, got 404 Not Found; the address may have moved: look at https://ucdp.uu.se/downloads/, ",
        ),
        (403, r"got 403 Forbidden; look at https://ucdp.uu.se/downloads/, download by hand and use `chokepoint ingest"),
        (429, r"got 429 Too Many Requests, Retry-After 0; try again later"),
        (503, r"got 503 Service Unavailable; try again later"),
    ],
)
def test_a_refusal_says_source_address_expected_got_and_remedy_in_one_line(client, publishers, status, message):
    publishers.fail(URL, *[Fault(status, {"Retry-After": "0"} if status == 429 else {})] * 3)
    with pytest.raises(FetchError, match=rf"^ucdp_ged: http://\S+/GEDEvent_v26_0_8.csv: .*{message}") as caught:
        client().download(FILE, Validators())
    assert "\n" not in str(caught.value)


def test_a_web_page_in_place_of_a_file_is_refused(client, publishers):
    publishers.put(URL, b"<!DOCTYPE html><title>Checking your browser</title>")
    with pytest.raises(FetchError, match="expected a data file, got a web page; look at"):
        client().download(FILE, Validators())


def test_a_file_other_than_the_publishers_list_says_is_refused(client):
    with pytest.raises(FetchError, match="expected 140,012 bytes as listed, got 140,011"):
        client().download(replace(FILE, bytes=140_012), Validators())
    with pytest.raises(FetchError, match=r"expected md5 0+ as listed, got [0-9a-f]{32}"):
        client().download(replace(FILE, md5="0" * 32), Validators())


def test_no_server_at_all_is_told_without_the_librarys_words(client):
    with pytest.raises(FetchError, match=r"expected a response, got no connection; try again later") as caught:
        client(mirrors={"ucdp.uu.se": "http://127.0.0.1:9"}, fetch_attempts=1).download(FILE, Validators())
    assert "HTTPConnectionPool" not in str(caught.value)


def test_a_moved_address_is_followed_and_its_new_place_told(client, publishers):
    publishers.put("https://ucdp.uu.se/new/GEDEvent_v26_0_8.csv", CONTENT)
    publishers.redirects[publishers.key(URL)] = (
        301,
        f"{publishers.base}/ucdp.uu.se/new/GEDEvent_v26_0_8.csv?token=s3cret",
    )
    publishers.files[publishers.key("https://ucdp.uu.se/new/GEDEvent_v26_0_8.csv?token=s3cret")] = CONTENT
    head, moved = client().peek(URL, 10)
    assert head == b"id,country"
    assert moved == f"{publishers.base}/ucdp.uu.se/new/GEDEvent_v26_0_8.csv"
    fetched = client().download(FILE, Validators())
    assert fetched.raw == CONTENT
    assert fetched.url == f"{publishers.base}/ucdp.uu.se/downloads/candidateged/GEDEvent_v26_0_8.csv"


def test_the_end_of_a_long_list_is_asked_for_alone(client, publishers):
    assert client().read(URL, tail=7) == b"1,Mali\n"
    assert publishers.last("v26_0_8").headers["Range"] == "bytes=-7"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://user:pw@host.org/a.csv?year=2025", "https://host.org/a.csv?year=2025"),
        ("https://host.org/a?api_key=1&page=2&X-Amz-Signature=ab&email=a@b.c#part", "https://host.org/a?page=2"),
        ("https://host.org/a.csv", "https://host.org/a.csv"),
    ],
)
def test_an_address_is_kept_without_what_says_who_asks(url, kept):
    assert without_secrets(url) == kept


def test_a_mirror_takes_the_place_of_a_host_and_of_no_other():
    mirrors = {"ucdp.uu.se": "http://proxy.local/ucdp/"}
    assert mirrored("https://ucdp.uu.se/downloads/?a=1", mirrors) == "http://proxy.local/ucdp/downloads/?a=1"
    assert mirrored("https://uu.se/downloads/", mirrors) == "https://uu.se/downloads/"
