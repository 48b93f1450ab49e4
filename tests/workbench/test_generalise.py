"""What changes from line to line, and what could name somebody, does not stay in a template."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loganalyzer.events.template import TemplateError, compile_template
from loganalyzer.workbench.generalise import draft_of, parts_of, template_of


@pytest.mark.parametrize(
    ("message", "template"),
    [
        (
            "Rejected association for remote AET CT_ROOM2 on IP 192.0.2.15",
            "Rejected association for remote AET {} on IP {}",
        ),
        ('Cannot read "/var/lib/orthanc/db/a b" (code 12)', 'Cannot read "{}" (code {})'),
        ("Patient DOE^JANE not found, nor DOE JANE", "Patient {} not found, nor {}"),
        ("No answer of https://user:pw@auth.example.org/x?y=1 in 3.5 s", "No answer of {} in {} s"),
        ("Instance ba62a29f-ec5914a7-298c4cb7-0bc7e958-0a60298f is gone", "Instance {} is gone"),
        ("SOP class 1.2.840.10008.5.1.4.1.1.2 over 2001:db8::7 at 10:20:30", "SOP class {} over {} at {}"),
        ("The HTTP server of DICOMweb uses JSON over TLS", "The HTTP server of DICOMweb uses JSON over TLS"),
        ("Unknown key {name} here", "Unknown key {} here"),
        ("mail to jane.doe@example.org about station7", "mail to {} about {}"),
        (r"C:\Orthanc\db\x.dcm is locked", "{} is locked"),
    ],
)
def test_values_become_placeholders(message, template):
    assert template_of(message) == template


@pytest.mark.parametrize(
    "secret",
    ["ROE^RICHARD", "192.0.2.44", "CT_ROOM2", "1.2.840.113619.2.55.3.1", "/home/jane/x", "jane@example.org", "ST7-A"],
)
def test_no_value_stays(secret):
    message = f"The broker of {secret} does not answer"
    template, sample = draft_of(message)
    assert secret not in template + sample + template_of(message)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=120))
@example("{}{}")
@example("a {x} {x} 3 4")
@example('"a""b"')
def test_a_draft_is_a_template_that_its_sample_matches(message):
    try:
        template, sample = draft_of(message)
    except TemplateError:
        return
    assert compile_template(template).match(sample) is not None
    assert compile_template(template).match(message) is not None


@given(st.text(max_size=200))
def test_the_parts_are_the_message(message):
    assert "".join(part.text for part in parts_of(message)) == message
