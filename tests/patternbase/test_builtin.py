"""The program's own patterns: consistent, true to their samples, silent on healthy logs, and complete."""

from __future__ import annotations

from functools import cache

import pytest

from loganalyzer.events.catalogue import EventCatalogue
from loganalyzer.events.template import compile_template
from loganalyzer.patternbase import PatternBase, load_patterns
from loganalyzer.records.record import Record
from loganalyzer.workbench.consistency import consistency_faults
from loganalyzer.workbench.coverage import Share, floors, measure
from loganalyzer.workbench.samples import sample_faults
from loganalyzer.workbench.unknown import account_of
from tests.knowledge import SAMPLES

VALUES = {
    "peer_ip": "192.0.2.7", "peer_port": "104", "dicom_port": "4242", "http_port": "8042", "count": "3", "threads": "4",
    "sop_class": "1.2.840.10008.1.1", "code": "12", "status": "a700",
}  # fmt: skip


@cache
def base() -> PatternBase:
    return load_patterns(strict=True, samples=True)


def test_patterns_are_consistent():
    assert [str(f) for f in consistency_faults(base())] == []


def test_every_sample_is_what_its_pattern_says():
    assert [str(f) for f in sample_faults(base())] == []


def test_every_wording_is_recognised_as_itself():
    """A rendering of each template must not be taken by another event."""
    catalogue = EventCatalogue(base().events)
    stolen = []
    for pattern in base().events:
        if pattern.regex is not None:
            continue
        template = compile_template(pattern.message)
        message = template.literals[0]
        for slot, literal in zip(template.slots, template.literals[1:], strict=True):
            message += (slot.choices[0] if slot.choices else VALUES.get(slot.name, "zzz")) + literal
        level = (pattern.levels or "E")[0]
        record = Record(1, None, level, None, None, None, pattern.file, None, message, pattern.dcmtk, message)
        found = catalogue.recognise(record, catalogue.candidates(message))
        if found is None or found[0].event != pattern.event:
            stolen.append((pattern.where, pattern.message))
    assert stolen == []


@cache
def shares() -> dict[str, Share]:
    return {share.source: share for share in measure(load_patterns())}


@pytest.mark.parametrize("source", sorted(floors()))
def test_coverage_does_not_fall(source):
    share = shares()[source]
    assert share.missing == []
    assert share.share >= floors()[source]
    assert share.total > 10


def test_hardly_anything_is_known_by_its_class_alone():
    assert sum(share.by_class for share in shares().values()) <= 5


def test_no_warning_or_error_of_the_recordings_is_unknown():
    account = account_of([str(SAMPLES)], load_patterns())
    assert [(u.template, u.log, u.line) for u in account.unknown] == []
    assert [(u.template, u.log, u.line) for u in account.by_class] == []
    assert account.alarms == account.recognised > 5000
