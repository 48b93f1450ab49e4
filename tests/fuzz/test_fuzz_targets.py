"""Each parser keeps its promises for damaged inputs: those that fuzzing found, and some that are made anew each time.

``python -m tests.fuzz`` goes on for as long as one likes; here are few inputs of each kind, always the same.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutation import mutated
from tests.fuzz.targets import TARGETS, excerpts

FINDINGS = sorted(Path(__file__).with_name("findings").glob("*/*"))
#: How many inputs each target gets; those that run the whole program or draw reports get fewer.
EXAMPLES = {"diagnose": 12, "triage": 12, "documents": 25, "redact": 25, "wrappers": 40}
BOUNDED = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_fuzzing_found_is_mended(path: Path) -> None:
    TARGETS[path.parent.name].run(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_inputs_break_no_promise(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    others = [*excerpts(), *seeds]

    @settings(BOUNDED, max_examples=EXAMPLES.get(name, 80))
    @given(st.integers(0, len(seeds) - 1), st.integers(0, 1 << 32))
    def run(which: int, chance: int) -> None:
        target.run(mutated(seeds[which], random.Random(chance), others))

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_break_no_promise(name: str) -> None:
    @settings(BOUNDED, max_examples=min(30, EXAMPLES.get(name, 30)))
    @given(st.binary(max_size=300))
    def run(data: bytes) -> None:
        TARGETS[name].run(data)

    run()
