from data.contracts.forecasts import KINDS, TARGETS
from data.settings import REPOSITORY
from training.dataset.folds import WINDOWS
from training.figures import palette

STYLE = (REPOSITORY / "serving" / "pages" / "static" / "style.css").read_text(encoding="utf-8")


def test_every_target_kind_and_span_of_origins_has_a_colour() -> None:
    assert list(palette.TARGETS) == list(TARGETS)
    assert set(palette.KINDS) == set(KINDS)
    assert list(palette.WINDOWS) == list(WINDOWS)


def test_figures_use_the_light_scheme_of_the_pages() -> None:
    for name, colour in {
        "ink": palette.INK,
        "soft": palette.QUIET,
        "rule": palette.RULE,
        "line": palette.ACCENT,
    }.items():
        assert f"--{name}: light-dark({colour}," in STYLE
