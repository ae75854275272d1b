"""Every source fetched over real sockets from a server that plays its publisher."""

import gzip
import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from data.ingest import manifest
from data.ingest.fetch import fetch_sources
from data.ingest.file_result import FileResult
from data.ingest.ingest import accept_quarantined
from data.ingest.read_tables import load_tables
from data.settings import settings
from data.source_status import check_addresses, feed_statuses
from data.sources.registry import sources
from data.tables.registry import row_tables
from tests import editions
from tests.editions import ACLED, DELETED, TOKEN, acled_page
from tests.publishers import Fault, Publishers

PASSWORD = "corr3ct-horse"  # noqa: S105 - invented
EMAIL = "someone@example.org"
ACCESS = "t0ken-of-today"


@pytest.fixture
def world(publishers: Publishers, home: Path) -> Publishers:
    """Every open source out, and an empty home."""
    home.mkdir()
    editions.publish_all(publishers)
    return publishers


@pytest.fixture
def account(publishers: Publishers, home: Path, monkeypatch: pytest.MonkeyPatch) -> Publishers:
    """An ACLED account, its token, and one event of this year and one of each year before."""
    home.mkdir()
    monkeypatch.setenv("CHOKEPOINT_ACLED_EMAIL", EMAIL)
    monkeypatch.setenv("CHOKEPOINT_ACLED_PASSWORD", PASSWORD)
    settings.cache_clear()
    publishers.put(TOKEN, {"token_type": "Bearer", "expires_in": 86400, "access_token": ACCESS})
    publishers.guarded = {publishers.key(ACLED): ACCESS, publishers.key(DELETED): ACCESS}
    for number, year in enumerate(range(2018, pd.Timestamp.now().year + 1)):
        publishers.put(acled_url(year=year), acled_page(range(number, number + 1)))
    return publishers


def acled_url(year: int = 0, since: int = 0, page: int = 1) -> str:
    asked = f"event_date={year}-01-01%7C{year}-12-31&event_date_where=BETWEEN"
    if since:
        asked = f"timestamp={since}&timestamp_where=%3E%3D"
    return f"{ACLED}?_format=json&{asked}&limit=5000&page={page}"


def outcomes(results: list[FileResult]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for result in results:
        found.setdefault(result.source, Counter())[result.outcome] += 1
    return {source: dict(counts) for source, counts in found.items()}


def test_every_open_source_comes_in_within_its_contract_and_acled_stays_off(world, home):
    results = fetch_sources()
    assert [r.message for r in results if r.outcome == "failed"] == []
    assert outcomes(results) == {
        "acled": {"off": 1},
        "acled_deleted": {"off": 1},
        "electoral_democracy": {"new": 1},
        "gdelt_daily": {"new": 2},
        "gdelt_events": {"new": 3},
        "pink_sheet": {"new": 1},
        "powell_thyne": {"new": 1},
        "ucdp_country_year": {"new": 1},
        "ucdp_ged": {"new": 1 + 12 + 3 + 1},
        "wfp_prices": {"new": 1},
        "worldbank": {"new": 2},
        "worldbank_rtfp": {"new": 1},
    }
    tables, _ = load_tables(home)
    for name, rows in tables.items():
        row_tables()[name].contract.validate(rows, lazy=True)
    assert set(tables["regime"]["iso3"]) == {"MLI", "XKX"}
    assert tables["price_indices"]["available_at"].tolist() == [pd.Timestamp("2026-03-10")]
    assert sorted(tables["economy"]["iso3"].unique()) == ["MLI", "NER"]
    assert tables["economy"].set_index(["iso3", "indicator"])["value"]["MLI", "population"] == 24_478_595
    assert tables["events"]["date"].max() == pd.Timestamp("2024-03-25")


def test_nothing_new_is_not_sent_again_and_not_parsed(world, home, monkeypatch):
    fetch_sources()
    before = len(world.asked)
    monkeypatch.setattr("data.ingest.ingest.ingest_file", None)
    monkeypatch.setattr("data.ingest.fetch.ingest_file", None)
    again = outcomes(fetch_sources())
    assert {outcome for counts in again.values() for outcome in counts} == {"cached", "off"}
    assert again["ucdp_ged"] == {"cached": 17}
    files = [
        a for a in world.asked[before:] if a.path.endswith((".csv", ".zip", ".xlsx", ".txt")) and "list" not in a.path
    ]
    assert all("If-None-Match" in asked.headers for asked in files if "lastupdate" not in asked.path)
    assert world.paths("wfp_food_prices_mli") == world.paths("wfp_food_prices_mli")[:2]


def test_a_new_month_of_candidates_is_found_by_the_page_and_fetched_alone(world, home):
    fetch_sources(["ucdp_ged"])
    page = world.files[world.key(editions.UCDP)]
    world.put(editions.UCDP, page.replace(b"GEDEvent_v24_0_3.csv", b"GEDEvent_v24_0_4.csv"))
    april = editions.sample("ucdp_ged/GEDEvent_v24_0_3.csv").replace(b",2024-03-", b",2024-04-")
    world.put(f"{editions.UCDP}candidateged/GEDEvent_v24_0_4.csv", april)
    assert outcomes(fetch_sources(["ucdp_ged"])) == {"ucdp_ged": {"cached": 17, "new": 1}}
    assert {f.source.name: f.newest_month for f in feed_statuses(home)}["ucdp_ged"] == "2024-04"


def test_one_source_that_fails_stops_no_other_and_is_reported_in_one_line(world, home):
    world.fail(editions.COUPS, *[Fault(503)] * 3)
    results = fetch_sources(["powell_thyne", "worldbank", "ucdp_country_year"])
    assert outcomes(results)["powell_thyne"] == {"failed": 1}
    assert outcomes(results)["worldbank"] == {"new": 2}
    (failed,) = [r for r in results if r.outcome == "failed"]
    assert failed.message == (
        f"powell_thyne: {world.base}/www.uky.edu/~clthyn2/coup_data/powell_thyne_coups_final.txt: "
        "expected 200 OK, got 503 Service Unavailable; try again later"
    )
    states = {f.source.name: (f.state, f.needed) for f in feed_statuses(home)}
    assert states["powell_thyne"] == ("failing", failed.message)
    assert manifest.read_manifest(home)[0].outcome == "failed"
    assert outcomes(fetch_sources(["powell_thyne"])) == {"powell_thyne": {"new": 1}}
    assert {f.source.name: f.state for f in feed_statuses(home)}["powell_thyne"] == "late"


def test_a_changed_schema_is_named_beside_the_address_and_the_old_vintage_stays(world, home):
    fetch_sources(["wfp_prices"])
    editions.publish_hdx(world, changed="2026-11-20T08:00:00.000000")
    (path,) = [path for path in world.files if "/s3/" in path]
    world.files[path] = world.files[path].replace(b",price,usdprice", b",amount,usdprice")
    (failed,) = fetch_sources(["wfp_prices"])
    assert failed.message.startswith("wfp_prices: https://data.humdata.org/dataset/d73f/")
    assert "column 'price' is missing; found date, admin1" in failed.message
    assert "is this another release?" in failed.message
    assert len(load_tables(home)[0]["prices"]) == 30


@pytest.mark.parametrize(
    ("source", "url", "content", "message"),
    [
        ("ucdp_ged", editions.UCDP, "<html>moved</html>", "expected links such as ged251-csv.zip, got none"),
        (
            "pink_sheet",
            editions.MARKETS,
            "<html></html>",
            "expected a link to CMO-Historical-Data-Monthly.xlsx, got none",
        ),
        ("gdelt_daily", f"{editions.GDELT}/events/md5sums", "gone", "expected lines of md5 and name .*, got b'gone'"),
        ("gdelt_events", f"{editions.GDELT}/gdeltv2/lastupdate.txt", "gone", "expected lines of size, md5 and address"),
        ("wfp_prices", editions.CKAN, {"success": False}, "expected CKAN packages with resources, 'result' is missing"),
        ("wfp_prices", editions.CKAN, "<busy>", "not JSON but b'<busy>'"),
        (
            "worldbank",
            f"{editions.WORLD_BANK}/SP.POP.TOTL?format=json&per_page=1",
            [{"message": [{"id": "120", "key": "Invalid value"}]}],
            "expected \\[head, rows\\], got .*Invalid value",
        ),
        ("worldbank_rtfp", editions.RTFP.format("info"), {}, "expected a description with the day of issue, got none"),
    ],
)
def test_a_list_that_is_not_what_it_was_ends_in_one_line(world, home, source, url, content, message):
    world.put(url, content)
    (failed,) = fetch_sources([source])
    assert failed.outcome == "failed"
    assert failed.message.startswith(f"{source}: ")
    assert pd.Series([failed.message]).str.contains(message).all(), failed.message
    assert "\n" not in failed.message


def test_the_workbook_is_read_in_full_and_says_what_it_lacks(tmp_path):
    raw = editions.sample("pink_sheet/CMO-Historical-Data-Monthly.xlsx")
    parsed = sources()["pink_sheet"].parse(raw, "CMO-Historical-Data-Monthly.xlsx")
    rows = parsed.rows.set_index(["commodity", "month"])
    assert rows["price"]["Crude oil, average", pd.Timestamp("2025-03-01")] == 84.0
    assert rows["unit"]["Rice, Thai 5%"].unique().tolist() == ["$/mt"]
    assert "Sorghum" not in parsed.rows["commodity"].tolist()
    with pytest.raises(ValueError, match=r"torn or none .* download it again"):
        sources()["pink_sheet"].parse(raw[:2000], "CMO-Historical-Data-Monthly.xlsx")


def test_quarters_of_an_hour_are_fetched_since_yesterday_or_since_the_month_asked_for(world, home):
    old = f"{editions.GDELT}/gdeltv2/20150218230000.export.CSV.zip"
    assert outcomes(fetch_sources(["gdelt_events"])) == {"gdelt_events": {"new": 3}}
    assert world.paths("20150218230000") == []
    assert world.last("masterfilelist").headers["Range"].startswith("bytes=-")
    (failed,) = [r for r in fetch_sources(["gdelt_events"], since=pd.Timestamp("2015-02-01")) if r.outcome == "failed"]
    assert "404 Not Found; the address may have moved" in failed.message
    assert world.paths("20150218230000") == [world.key(old)]


def test_a_file_other_than_gdelt_lists_it_is_refused(world, home):
    (path,) = [p for p in world.files if p.endswith(".zip") and "/events/" in p][:1]
    world.files[path] = world.files[path] + b"tail"
    assert outcomes(fetch_sources(["gdelt_daily"])) == {"gdelt_daily": {"new": 1, "failed": 1}}


def test_acled_comes_page_by_page_with_a_token_and_again_only_what_changed(account, home):
    year = pd.Timestamp.now().year
    account.put(acled_url(year=year), acled_page(range(100, 5100)))
    account.put(acled_url(year=year, page=2), acled_page(range(5100, 5103)))
    assert outcomes(fetch_sources(["acled"])) == {"acled": {"new": year - 2018 + 1}}
    sent = account.last("/oauth/token").body.decode()
    assert sent == f"username=someone%40example.org&password={PASSWORD}&grant_type=password&client_id=acled"
    assert len(load_tables(home)[0]["incidents"]) == year - 2018 + 5003
    since = int(pd.Timestamp("2025-10-09", tz="UTC").timestamp())
    account.put(acled_url(since=since), acled_page(range(100, 101), uploaded=1_770_000_000, fatalities="9"))
    before = len(account.paths("event_date"))
    fetch_sources(["acled"])
    incidents = load_tables(home)[0]["incidents"].set_index("event_id")
    assert incidents["deaths"]["MLI100"] == 9
    assert incidents["deaths"]["MLI101"] == 3
    assert len(account.paths("event_date")) == before


def test_events_that_acled_deletes_are_left_out(account, home):
    since = f"{DELETED}?_format=json&deleted_timestamp="
    day = pd.Timestamp.now(tz="UTC").normalize() - pd.DateOffset(years=1)
    rest = "&deleted_timestamp_where=%3E%3D&limit=5000&page=1"
    data = [{"event_id_cnty": "MLI0", "deleted_timestamp": "1765000000"}]
    account.put(f"{since}{day.timestamp():.0f}{rest}", {"status": 200, "success": True, "count": 1, "data": data})
    results = fetch_sources(["acled", "acled_deleted"])
    assert [r.message for r in results if r.outcome == "failed"] == []
    assert "MLI0" not in set(load_tables(home)[0]["incidents"]["event_id"])
    assert "MLI1" in set(load_tables(home)[0]["incidents"]["event_id"])
    alone, before = load_tables(home, ["incidents"]), load_tables(home, ["incidents"], pd.Timestamp("2025-12-01"))
    assert "MLI0" not in set(alone[0]["incidents"]["event_id"])
    assert "MLI0" in set(before[0]["incidents"]["event_id"])
    empty = {"status": 200, "success": True, "count": 0, "data": []}
    account.put(f"{since}{pd.Timestamp('2025-12-06').timestamp():.0f}{rest}", empty)
    assert outcomes(fetch_sources(["acled_deleted"])) == {"acled_deleted": {"unchanged": 1}}


def test_a_token_that_runs_out_between_pages_is_renewed_once(account, home):
    account.fail(acled_url(year=2019), Fault(401))
    assert "failed" not in outcomes(fetch_sources(["acled"]))["acled"]
    assert len(account.paths("/oauth/token")) == 2


def test_a_wrong_password_names_the_settings_and_nothing_of_the_account(account, home):
    account.fail(TOKEN, *[Fault(400)] * 20)
    (failed, *_) = fetch_sources(["acled"])
    assert "got 400 Bad Request; check CHOKEPOINT_ACLED_EMAIL and CHOKEPOINT_ACLED_PASSWORD" in failed.message
    assert EMAIL not in failed.message


def test_credentials_are_nowhere_in_the_home_nor_in_what_is_said(account, home, caplog):
    caplog.set_level("DEBUG")
    editions.publish_hdx(account)
    account.fail(acled_url(year=2018), Fault(403), Fault(403))
    account.fail(acled_url(year=2019), Fault(after=40), Fault(after=40), Fault(after=40))
    results = fetch_sources(["acled", "wfp_prices"])
    assert outcomes(results)["acled"]["failed"] == 2
    said = caplog.text + "".join(map(repr, results))
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for secret in (PASSWORD, EMAIL, "someone%40example.org", ACCESS, "AKIAINVENTED", "5ec2e7"):
        assert secret not in said
        assert secret.encode() not in kept


def test_a_quarantined_vintage_is_reported_until_it_is_accepted_from_the_store(world, home):
    fetch_sources(["powell_thyne"])
    whole = world.files[world.key(editions.COUPS)]
    world.put(editions.COUPS, b"\n".join(whole.splitlines()[:4]) + b"\n")
    (quarantined,) = fetch_sources(["powell_thyne"])
    assert quarantined.outcome == "quarantined"
    (again,) = fetch_sources(["powell_thyne"])
    assert (again.outcome, again.message) == ("quarantined", quarantined.message)
    sha12 = quarantined.message.split()[-1]
    assert quarantined.message.endswith(f"chokepoint ingest --accept {sha12}")
    (accepted,) = accept_quarantined(frozenset([sha12]))
    assert accepted.outcome == "new"
    assert len(load_tables(home)[0]["coups"]) == 3
    with pytest.raises(LookupError, match="no snapshot 'abc' is quarantined; quarantined are none"):
        accept_quarantined(frozenset(["abc"]))


def test_addresses_are_checked_without_keeping_anything(world, home):
    world.fail(editions.COUPS, *[Fault(404)] * 3)
    world.redirects[world.key(editions.COUNTRY_YEARS)] = (301, f"{world.base}/ucdp.uu.se/moved.zip")
    world.files["/ucdp.uu.se/moved.zip"] = world.files[world.key(editions.COUNTRY_YEARS)]
    answers = check_addresses()
    found = {(a.source, a.state) for a in answers}
    assert ("powell_thyne", "failed") in found
    assert ("acled", "off") in found
    assert [a for a in answers if a.state == "failed" and a.source != "powell_thyne"] == []
    assert {a.source for a in answers} == {name for name, source in sources().items() if source.plan}
    assert [a.got for a in answers if "moved to" in a.got] == [
        f"a zip archive, moved to {world.base}/ucdp.uu.se/moved.zip"
    ]
    assert not (home / "snapshots").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ucdp", "unknown source 'ucdp': choose from acled, "),
        ("ucdp_district_month", "ucdp_district_month cannot be fetched: none of its own"),
        ("acled", "acled is off: set CHOKEPOINT_ACLED_EMAIL and CHOKEPOINT_ACLED_PASSWORD"),
    ],
)
def test_a_source_that_cannot_be_fetched_says_why(home, name, message):
    with pytest.raises(LookupError, match=message):
        fetch_sources([name])


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.name)
def test_every_source_says_where_it_lives_or_why_nowhere(source):
    assert source.address_seen
    assert bool(source.plan) == bool(source.addresses)
    assert bool(source.sign_in) == bool(source.credentials)
    assert replace(source, plan=None).plan is None


@pytest.mark.real_data
def test_the_publishers_own_files_come_through_unmodified(world, home, real_data):
    candidate = (real_data / "ucdp_ged_full_columns" / "GEDEvent_v23_0_10.csv.gz").read_bytes()
    world.put(f"{editions.UCDP}candidateged/GEDEvent_v23_0_10.csv", gzip.decompress(candidate))
    events = (real_data / "gdelt" / "20180101000000.export.CSV").read_bytes()
    (path,) = [p for p in world.files if "lastupdate" in p]
    newest = world.files[path].split()[2].decode()
    raw = editions.zipped("20180101000000.export.CSV", events)
    line = f"{len(raw)} {hashlib.md5(raw, usedforsecurity=False).hexdigest()} {newest}\n"
    world.put(newest, raw)
    world.put(f"{editions.GDELT}/gdeltv2/masterfilelist.txt", line)
    world.put(f"{editions.GDELT}/gdeltv2/lastupdate.txt", line)
    results = {r.file: r for r in fetch_sources(["ucdp_ged", "gdelt_events"])}
    assert results["GEDEvent_v23_0_10.csv"].kept == 2_391
    (gdelt,) = [r for r in results.values() if r.source == "gdelt_events"]
    assert (gdelt.outcome, gdelt.read) == ("new", 2_414)


@pytest.mark.real_data
def test_real_price_rows_come_through_the_catalogue_as_they_were(world, home, real_data):
    file = real_data / "wfp_prices" / "wfp_prices_13_countries.parquet"
    frame = pd.read_parquet(file)
    columns = [c for c in frame.columns if c not in {"iso3", "source_repo"}]
    tags = ",".join(f"#{name}" for name in columns)
    packages = []
    for iso3 in ("LBN", "PSE"):
        own = frame[frame["iso3"] == iso3]
        header, _, rows = own[columns].to_csv(index=False, date_format="%Y-%m-%d").partition("\n")
        url = editions.MALI.replace("mli", iso3.lower())
        world.put(url, f"{header}\n{tags}\n{rows}")
        packages.append({"resources": [{"url": url, "last_modified": "2026-11-20"}]})
    world.put(editions.CKAN, {"success": True, "result": {"results": packages}})
    results = fetch_sources(["wfp_prices"])
    assert [(r.outcome, r.file, r.read) for r in results] == [
        ("new", "wfp_food_prices_lbn.csv", 27_070),
        ("new", "wfp_food_prices_pse.csv", int((frame["iso3"] == "PSE").sum())),
    ]
    direct = sources()["wfp_prices"].parse(file.read_bytes(), file.name).rows
    keys = ["iso3", "month", "market", "commodity", "unit", "price_type", "currency"]
    expected, fetched = (
        rows[rows["iso3"].isin(["LBN", "PSE"])].sort_values(keys, ignore_index=True)
        for rows in (direct, load_tables(home)[0]["prices"])
    )
    pd.testing.assert_frame_equal(fetched, expected, check_exact=False)
