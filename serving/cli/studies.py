"""`chokepoint study`: refits that show where the skill comes from."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.options import Json

study_app = typer.Typer(no_args_is_help=True, help="Refits that show where the skill comes from.")

StudyFrom = Annotated[str, typer.Option("--from", help="First origin.")]
StudyTo = Annotated[str, typer.Option("--to", help="Last origin.")]
StudyModel = Annotated[str, typer.Option("--model", help="Method to study; default the champion's.")]
StudyYears = Annotated[int, typer.Option("--refit-years", min=1, help="Calendar years between refits.")]
StudyOut = Annotated[
    Path | None, typer.Option("--out", help="Folder for the study's own folder; default inside the home folder.")
]


def _add(study: str, text: str) -> None:
    """Give a study its command: all take the same options."""

    def command(
        first: StudyFrom = "2000-01",
        last: StudyTo = "2024-11",
        model: StudyModel = "",
        refit_years: StudyYears = 5,
        out: StudyOut = None,
        as_json: Json = False,
    ) -> None:
        from serving.cli.console import bars, fail_clearly

        with fail_clearly():
            from serving.cli import scores_output
            from training.models.registry import CHAMPION
            from training.studies.run_study import run

            with bars(quiet=as_json) as progress:
                done = run(study, first, last, model or CHAMPION, refit_years, out, progress)
            scores_output.studied(done, as_json)

    study_app.command(study, help=text)(command)


_add(
    "ablation",
    "Show what each feature group adds or costs: the method beside itself without the group, on the same refits.",
)
_add(
    "leave-out",
    "Show what is memorised: each capital forecast by fits that never saw its rows, or those of its whole region.",
)
_add(
    "learning-curve",
    "Show what more data would bring: the method learned from 5 to 20 years only, or from a part of the capitals.",
)


def tune(
    model: Annotated[
        str, typer.Option(help="Method whose settings are searched; default the trees.")
    ] = "hazard_xgboost",
    trials: Annotated[
        int, typer.Option(min=2, help="Trials in all, those of an earlier, killed run of the same search included.")
    ] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    first: StudyFrom = "1999-01",
    last: StudyTo = "2009-12",
    refit_years: StudyYears = 3,
    as_json: Json = False,
) -> None:
    """Search a method's settings on origins before 2010 and recommend; the stack's are the weights its pools are drawn to."""
    from serving.cli.console import bars, fail_clearly

    with fail_clearly():
        from serving.cli import search_output
        from training.studies.run_search import run

        with bars(quiet=as_json) as progress:
            done = run(model, trials, seed, first, last, refit_years, progress)
        search_output.tuned(done, as_json)
