"""What every publisher has out, in its own format: invented rows from tests/samples behind their real lists."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

from data import calendar
from data.settings import REPOSITORY
from tests.publishers import Publishers

SAMPLES = REPOSITORY / "tests" / "samples"
UCDP = "https://ucdp.uu.se/downloads/"
GED = f"{UCDP}ged/ged231-csv.zip"
MONTHS = [f"{UCDP}candidateged/GEDEvent_v24_0_{month}.csv" for month in (1, 2, 3)]
COUNTRY_YEARS = f"{UCDP}organizedviolencecy/organizedviolencecy-241-csv.zip"
COUPS = "https://www.uky.edu/~clthyn2/coup_data/powell_thyne_coups_final.txt"
REGIME = "https://ourworldindata.org/grapher/electoral-democracy-index.csv?v=1&csvType=full&useColumnShortNames=true"
HDX = "https://data.humdata.org"
CKAN = f"{HDX}/api/3/action/package_search?q=name:wfp-food-prices-for-*&fq=organization:wfp&rows=500"
MALI = f"{HDX}/dataset/d73f/resource/e748/download/wfp_food_prices_mli.csv"
ATLANTIS = f"{HDX}/dataset/0000/resource/0000/download/wfp_food_prices_atl.csv"
WORLD_BANK = "https://api.worldbank.org/v2/country/all/indicator"
RTFP = "https://microdata.worldbank.org/index.php/api/tables/{}/fcv/wld_2021_rtfp_v02_m"
RTFP_QUERY = (
    "?mkt_name=Market+Average&fields=ISO3%2Cmkt_name%2Co_food_price_index%2Ch_food_price_index%2Cl_food_price_index"
    "%2Cc_food_price_index%2Cinflation_food_price_index%2CDATES&limit=10000&offset=0"
)
MARKETS = "https://www.worldbank.org/en/research/commodity-markets"
WORKBOOK = "https://thedocs.worldbank.org/en/doc/74e8-0050012026/related/CMO-Historical-Data-Monthly.xlsx"
GDELT = "http://data.gdeltproject.org"
TOKEN = "https://acleddata.com/oauth/token"  # noqa: S105 - an address
ACLED = "https://acleddata.com/api/acled/read"
DELETED = "https://acleddata.com/api/deleted/read"


def sample(name: str) -> bytes:
    """Return a sample by source and name."""
    return (SAMPLES / name).read_bytes()


def zipped(name: str, raw: bytes) -> bytes:
    """Put a file into a zip as publishers do, the same bytes each time."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as draft:
        draft.writestr(zipfile.ZipInfo(name), raw)
    return archive.getvalue()


def publish_all(play: Publishers) -> None:
    """Put out everything that needs no account."""
    publish_ucdp(play)
    publish_hdx(play)
    publish_world_bank(play)
    publish_gdelt(play)
    play.put(COUPS, sample("powell_thyne/powell_thyne_coups_final.txt"))
    header = "entity,code,year,electdem_vdem__estimate_best,owid_region\n"
    rows = "Mali,MLI,2024,0.21,Africa\nKosovo,OWID_KOS,2024,0.6,Europe\nAfrica,,2024,0.4,\nWorld,OWID_WRL,2024,0.5,\n"
    play.put(REGIME, header + rows)


def publish_ucdp(play: Publishers) -> None:
    """Put out a yearly release, three Candidate months and the country-years, linked by the downloads page."""
    ged = sample("ucdp_ged/GEDEvent_v24_0_3.csv")
    play.put(
        UCDP,
        '<html><a href="ged/ged221-csv.zip">old</a><a href="/downloads/ged/ged231-csv.zip">CSV</a>'
        '<a href="candidateged/GEDEvent_v24_0_3.csv">March</a> <a href="candidateged/GEDEvent_v23_01_23_12.csv">2023</a>'
        f'<a href="{COUNTRY_YEARS}">CSV</a></html>',
    )
    play.put(GED, zipped("GEDEvent_v23_1.csv", ged.replace(b",2024-03-", b",2022-03-")))
    for month in range(1, 13):
        name = f"{UCDP}candidateged/GEDEvent_v23_0_{month}.csv"
        play.put(
            name, ged.replace(b",2024-03-", f",2023-{month:02d}-".encode()).replace(b"\n9000", f"\n{month}000".encode())
        )
    play.put(f"{UCDP}candidateged/GEDEvent_v23_01_23_12.csv", ged.replace(b",2024-03-", b",2023-12-"))
    for month, url in enumerate(MONTHS, 1):
        play.put(
            url, ged.replace(b",2024-03-", f",2024-{month:02d}-".encode()).replace(b"\n9000", f"\n{month}400".encode())
        )
    play.put(COUNTRY_YEARS, zipped("cy.csv", sample("ucdp_country_year/organizedviolencecy_v24_1.csv")))


def publish_hdx(play: Publishers, changed: str = "2026-10-20T08:00:00.000000") -> None:
    """Put out the CKAN's packages of a country of the panel and of another; files are redirected to a signed address."""
    packages = [
        {
            "name": f"wfp-food-prices-for-{name}",
            "groups": [{"name": code}],
            "license_id": "cc-by-igo",
            "resources": [
                {"name": "Food Prices", "format": "CSV", "url": url, "last_modified": changed},
                {"name": "QuickCharts", "format": "CSV", "url": f"{HDX}/qc/{code}_qc.csv", "last_modified": changed},
            ],
        }
        for name, code, url in (("mali", "mli", MALI), ("atlantis", "atl", ATLANTIS))
    ]
    play.put(CKAN, {"success": True, "result": {"count": 2, "results": packages}})
    signed = "/s3/wfp_food_prices_mli.csv?X-Amz-Credential=AKIAINVENTED&X-Amz-Signature=5ec2e7"
    play.redirects[play.key(MALI)] = (302, play.base + signed)
    play.files[signed] = sample("wfp_prices/wfp_food_prices_mli.csv")


def publish_world_bank(play: Publishers) -> None:
    """Put out two indicators in two pages each, the food price index and the Pink Sheet."""
    for indicator, value in (("SP.POP.TOTL", 24_478_595), ("NY.GDP.MKTP.CD", 26_588_088_520.4)):
        rows = [_indicator(indicator, *of, value) for of in (("Mali", "MLI", "2024"), ("Niger", "NER", "2024"))]
        rows += [
            _indicator(indicator, "World", "WLD", "2024", value),
            _indicator(indicator, "Mali", "MLI", "2025", None),
        ]
        head = {"page": 1, "pages": 2, "per_page": 2, "total": 4, "sourceid": "2", "lastupdated": "2026-10-07"}
        ask = f"{WORLD_BANK}/{indicator}?format=json"
        play.put(f"{ask}&per_page=1", [head | {"pages": 4, "per_page": 1}, rows[:1]])
        play.put(f"{ask}&per_page=20000&page=1", [head, rows[:2]])
        play.put(f"{ask}&per_page=20000&page=2", [head | {"page": 2}, rows[2:]])
    play.put(RTFP.format("info"), {"result": {"metadata": {"description": "36 countries, version 2026-03-10"}}})
    index = {
        "o_food_price_index": 1.1,
        "h_food_price_index": 1.2,
        "l_food_price_index": 1.0,
        "c_food_price_index": 1.15,
    }
    index |= {"inflation_food_price_index": None, "DATES": "2026-02-01", "ISO3": "MLI"}
    data = [index | {"mkt_name": "Market Average"}, index | {"mkt_name": "Bamako"}]
    play.put(RTFP.format("data") + RTFP_QUERY, {"rows": 2, "found": 2, "total": 600_000, "data": data})
    play.put(MARKETS, f'<html><a href="{WORKBOOK}">Monthly prices (XLS)</a></html>')
    play.put(WORKBOOK, sample("pink_sheet/CMO-Historical-Data-Monthly.xlsx"))


def _indicator(code: str, country: str, iso3: str, year: str, value: float | None) -> dict[str, object]:
    return {
        "indicator": {"id": code, "value": "an indicator"},
        "country": {"id": iso3[:2], "value": country},
        "countryiso3code": iso3,
        "date": year,
        "value": value,
        "unit": "",
        "obs_status": "",
        "decimal": 0,
    }


def publish_gdelt(play: Publishers, days: int = 2, quarters: int = 3) -> None:
    """Put out the last days and the last quarters of an hour before now, and lists that name older ones too."""
    daily, events = sample("gdelt_daily/20250301.export.CSV"), sample("gdelt_events/20250301001500.export.CSV")
    sums = ["7fb1b6ff781aea3d441abf512dc5e0f9  1979.zip", f"{'0' * 32}  20200324.export.CSV.zip"]
    for back in range(1, days + 1):
        day = f"{calendar.now() - timedelta(days=back):%Y%m%d}"
        raw = zipped(f"{day}.export.CSV", daily.replace(b"\t20250301\t", f"\t{day}\t".encode()))
        play.put(f"{GDELT}/events/{day}.export.CSV.zip", raw)
        sums.append(f"{hashlib.md5(raw, usedforsecurity=False).hexdigest()}  {day}.export.CSV.zip")
    play.put(f"{GDELT}/events/md5sums", "\n".join(sums) + "\n")
    lines = [f"150383 {'0' * 32} {GDELT}/gdeltv2/20150218230000.export.CSV.zip"]
    for back in range(quarters, 0, -1):
        moment = f"{calendar.now() - timedelta(minutes=15 * back):%Y%m%d%H%M}00"
        raw = zipped(f"{moment}.export.CSV", events.replace(b"20250301001500", moment.encode()))
        url = f"{GDELT}/gdeltv2/{moment}.export.CSV.zip"
        play.put(url, raw)
        lines += [f"{len(raw)} {hashlib.md5(raw, usedforsecurity=False).hexdigest()} {url}"]
        lines += [f"9 {'0' * 32} {url.replace('export.CSV', kind)}" for kind in ("mentions.CSV", "gkg.csv")]
    play.put(f"{GDELT}/gdeltv2/masterfilelist.txt", "\n".join(lines) + "\n")
    play.put(f"{GDELT}/gdeltv2/lastupdate.txt", "\n".join(lines[-3:]) + "\n")


def acled_page(ids: range, uploaded: int = 1_760_000_000, **cells: object) -> bytes:
    """Return one page of ACLED's interface."""
    row = {
        "event_date": "2025-09-12",
        "year": "2025",
        "time_precision": "1",
        "event_type": "Battles",
        "sub_event_type": "Armed clash",
        "country": "Mali",
        "latitude": "12.65",
        "longitude": "-8.0",
        "geo_precision": "1",
        "fatalities": "3",
        "timestamp": str(uploaded),
    }
    data = [{"event_id_cnty": f"MLI{number}"} | row | cells for number in ids]
    page = {"status": 200, "success": True, "count": len(data), "messages": [], "data": data}
    return json.dumps(page).encode()
