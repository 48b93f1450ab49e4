from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loganalyzer.events.template import TemplateError, compile_template


@pytest.mark.parametrize(
    ("template", "message", "fields"),
    [
        (
            "Association Received from AET {calling_aet} on IP {peer_ip}",
            "Association Received from AET A on IP 1.2.3.4 on IP 127.0.0.61",
            {"calling_aet": "A on IP 1.2.3.4", "peer_ip": "127.0.0.61"},
        ),
        (
            "Association Received from AET {calling_aet} on IP {peer_ip}",
            "Association Received from AET X on IP nowhere",
            None,
        ),
        (
            "{tls:using|without} from {a} to {b} at {c}",
            "without from x to y at z",
            {"tls": "without", "a": "x", "b": "y", "c": "z"},
        ),
        ("{a} x {b} x {c} x {d}", "1 x 2 x 3 x 4", {"a": "1", "b": "2", "c": "3", "d": "4"}),
        ("Closing {} now", "Closing it now", {}),
        ("Closing now", "Closing now.", None),
    ],
)
def test_match(template: str, message: str, fields: dict[str, str] | None) -> None:
    assert compile_template(template).match(message) == fields


@pytest.mark.parametrize("template", ["{a}{b}", "{a} and {a}", "{a}", "   "])
def test_useless_templates_are_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        compile_template(template)


@given(st.lists(st.text(st.characters(exclude_characters="{}|")), min_size=3, max_size=3))
def test_what_is_put_in_comes_out(values: list[str]) -> None:
    template = compile_template("<<{one}>><<{two}>><<{three}>>")
    message = "<<" + ">><<".join(values) + ">>"
    found = template.match(message)
    assert found is not None
    assert "<<" + ">><<".join(found.values()) + ">>" == message


@pytest.mark.parametrize("template", ["a {x} b {y}", "a {x} b {y} b {z}", "{x_aet} b {y} b {z} b {w} end"])
def test_time_grows_with_the_length_and_nothing_else(template: str) -> None:
    match = compile_template(template).match

    def seconds(n: int) -> float:
        text = "a " + " b" * n
        best = []
        for _ in range(3):
            start = time.perf_counter()
            for _ in range(5):
                match(text)
            best.append(time.perf_counter() - start)
        return min(best)

    assert seconds(20_000) < 60 * max(seconds(1_000), 1e-6)
