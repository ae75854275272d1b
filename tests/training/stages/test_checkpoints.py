"""The key of a job's work: what changes it, and what does not."""

from data.settings import REPOSITORY
from training.stages.checkpoints import code_files


def test_the_key_covers_the_code_that_forecasts_and_publishes_and_not_the_service_and_commands() -> None:
    names = {path.relative_to(REPOSITORY).as_posix() for path in code_files()}
    assert {
        "data/compile/build.py",
        "features/build.py",
        "training/models/stack.py",
        "training/stages/fitting.py",
        "training/publication/build.py",
    } <= names
    assert [name for name in names if name.startswith("serving/")] == []
