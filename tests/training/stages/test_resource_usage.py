"""What a job takes of the machine, sampled."""

import threading

from training.stages.resource_usage import CPU, FREE, MEMORY, ResourceUsage, sampled


def test_a_sample_has_processor_and_memory_of_one_instant_and_steps_count_up() -> None:
    usage = ResourceUsage()
    usage.sample()
    usage.sample()
    assert [(name, step) for name, _, _, step in usage.samples] == [
        (name, step) for step in (0, 1) for name in (CPU, MEMORY, FREE)
    ]
    values = {name: value for name, value, _, _ in usage.samples}
    assert values[CPU] >= 0
    assert 1 < values[MEMORY] < 1e6
    assert len({at for _, _, at, step in usage.samples if step == 0}) == 1


def test_the_thread_ends_with_the_block() -> None:
    with sampled() as usage:
        assert "resource-usage" in {thread.name for thread in threading.enumerate()}
    assert "resource-usage" not in {thread.name for thread in threading.enumerate()}
    assert usage.samples == []
