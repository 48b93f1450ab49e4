from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loganalyzer.events.prefilter import _by_expression, compile_prefilter

TEXTS = (b"Association Received", b"Received", b"\nE1", b"Closing\n", b"Closing")


@given(st.lists(st.sampled_from([*TEXTS, b" ", b"x", b"\n", b"Rece"]), max_size=30))
def test_the_fallback_finds_what_is_found_first(parts: list[bytes]) -> None:
    block = b"".join(parts)
    automaton = {(i, e) for i, _, e in compile_prefilter(TEXTS)(block)}
    fallback = {i for i, _, _ in _by_expression(TEXTS)(block)}
    assert fallback <= {i for i, _ in automaton}
    assert bool(fallback) == bool(automaton)


def test_all_overlapping_texts_are_found() -> None:
    found = [TEXTS[i] for i, _, _ in compile_prefilter(TEXTS)(b"x Association Received y")]
    assert found == [b"Association Received", b"Received"] or set(found) == {b"Association Received", b"Received"}


def test_a_text_that_is_too_long_for_the_library_is_found_all_the_same() -> None:
    find = compile_prefilter([*TEXTS, b"x" * 20_000])
    assert [i for i, _, _ in find(b"Closing " + b"x" * 20_000)] == [TEXTS.index(b"Closing"), len(TEXTS)]
