"""Which source reads a file."""

from data.sources.registry import identify, sources


def test_every_module_with_a_source_is_found_under_its_own_name():
    assert {"ucdp_ged", "wfp_prices", "powell_thyne", "gdelt_events"} <= set(sources())
    assert not {"base", "reading", "rows", "registry"} & set(sources())


def test_two_layouts_of_one_topic_go_to_two_sources():
    totals = identify("t.csv", b"month,country_ne,deaths,iso3\n")
    full = identify("f.csv", b"country_iso3,year_month,ucdp_fatalities_best\n")
    assert totals is sources()["ucdp_country_month_totals"]
    assert full is sources()["ucdp_country_month"]


def test_a_file_nobody_reads_has_no_source():
    assert identify("notes.csv", b"title,author,year\n") is None
    assert identify("README.md", b"# Data\n") is None
    assert identify("empty.csv", b"") is None
