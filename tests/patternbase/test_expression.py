from __future__ import annotations

import pytest

from loganalyzer.patternbase.expression import expression_faults


@pytest.mark.parametrize(
    "text",
    [
        r"Association Received from AET (?P<aet>.{0,16}) on",
        r"port \d{1,5}\b",
        r"code 0x[0-9a-f]+ in \w+",
        r"a(?:bc)?d",
        r"x[ab]*y",
    ],
)
def test_plain_ones_are_accepted(text):
    assert expression_faults(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (r"x(a+)+$", "repetition"),
        (r"x(?:a*b*)*c", "repetition"),
        (r"x(?:(?:ab)+)+", "repetition"),
        (r"x(a|aa)+$", "alternatives"),
        (r".*broker", "begin with a repetition"),
        (r"broker(?=down)", "look around"),
        (r"(?<!not )broker", "look around"),
        (r"(a)broker\1", "refer back"),
        (r"broker(", "cannot be used"),
        ("x" * 600, "longer than"),
    ],
)
def test_those_that_may_explode_or_cannot_be_used_are_refused(text, why):
    assert any(why in fault for fault in expression_faults(text)), expression_faults(text)
