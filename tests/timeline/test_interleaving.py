"""Any interleaving of recorded single associations gives each of them back."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from loganalyzer.dumps.dump import AssociateDump
from loganalyzer.events.event import Event
from loganalyzer.events.reader import EventReader
from loganalyzer.records.header import Clock
from loganalyzer.sources.opening import open_logs
from loganalyzer.timeline.association import Association
from loganalyzer.timeline.builder import TimelineBuilder
from loganalyzer.timeline.incoming.negotiation import REJECTS
from tests.knowledge import SAMPLES, catalogue

RECORDED = (
    "healthy-echo-in-1.13.0-trace", "healthy-find-in-1.13.0-trace", "healthy-store-in-1.13.0-trace",
    "healthy-worklist-in-1.13.0-trace", "called-aet-mismatch-1.13.0-trace", "client-aborts-after-echo-1.13.0-trace",
    "healthy-echo-in-1.12.7-trace", "healthy-find-in-1.10.1-trace", "healthy-echo-in-1.9.1-trace",
    "healthy-get-in-1.13.0-trace", "healthy-move-in-1.13.0-verbose", "called-aet-mismatch-1.13.0-verbose",
    "client-disconnects-1.13.0-verbose", "get-by-stranger-1.13.0-verbose", "healthy-commitment-in-1.13.0-trace",
    "healthy-echo-out-1.13.0-trace", "healthy-find-out-1.13.0-verbose", "healthy-move-out-1.13.0-trace",
    "store-status-out-of-resources-1.13.0-trace", "connection-refused-echo-1.13.0-verbose",
    "remote-rejects-calling-aet-1.13.0-verbose", "dimse-timeout-echo-1.13.0-verbose", "peer-aborts-mid-store-1.12.7-verbose",
)  # fmt: skip


@lru_cache(maxsize=32)
def _steps(name: str) -> tuple[tuple[Event, ...], ...]:
    """The events of a log in groups that Orthanc never mixes with others.

    With thread names these are the negotiations, without them also each request with its answer.
    """
    groups: list[list[Event]] = []
    for stream in open_logs([SAMPLES / name / "orthanc.log"]):
        for event in EventReader(catalogue(), Clock(2026)).events(stream.blocks()):
            if event.type.startswith("run.") or (event.record.is_alarm and event.type == "unknown"):
                continue
            named = event.record.thread is not None and event.type not in _NEGOTIATION
            if event.type in _GROUP_STARTS or named or not groups:
                groups.append([])
            groups[-1].append(event)
    return tuple(tuple(g) for g in groups)


_GROUP_STARTS = {"association.request-dump", "dimse.received", "association.finishing", "association.condition"}
_NEGOTIATION = {
    "association.received", "connection.incoming", "association.acknowledged", "association.acknowledged-empty",
    "association.no-context", "association.accept-dump", *REJECTS,
}  # fmt: skip


def _renamed(event: Event, mark: str) -> Event:
    """The same event of another client or peer, served by other threads."""
    record = structs.replace(event.record, thread=f"{event.record.thread}/{mark}" if event.record.thread else None)
    fields = dict(event.fields)
    for name in ("calling_aet", "job"):
        if name in fields:
            fields[name] += mark
    dump = event.dump
    if isinstance(dump, AssociateDump):
        dump = structs.replace(dump, calling_aet=(dump.calling_aet or "") + mark)
    return structs.replace(event, record=record, fields=fields, dump=dump)


def _built(events: list[Event]) -> list[Association]:
    builder = TimelineBuilder()
    for event in events:
        builder.feed(event)
    return list(builder.associations())


def _essence(a: Association) -> tuple[object, ...]:
    operations = tuple(sorted((o.command, o.count, str(o.ok), o.status or "") for o in a.operations))
    return (
        a.direction, a.calling_aet, a.called_aet, a.peer_ip, a.outcome, a.ended_by, a.reject, a.contexts_proposed,
        a.contexts_accepted, operations,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.sampled_from(RECORDED), min_size=2, max_size=5), data=st.data())
def test_any_interleaving_gives_each_association_back(names: list[str], data: st.DataObject) -> None:
    # Logs without thread names name nobody when they end (1.9.1): there the order alone cannot tell two clients apart.
    names = [n for i, n in enumerate(names) if "1.9.1" not in n or i == 0]
    streams = [[[_renamed(e, chr(65 + i)) for e in group] for group in _steps(n)] for i, n in enumerate(names)]
    alone = [_essence(a) for groups in streams for a in _built([e for g in groups for e in g])]
    order = data.draw(st.permutations([i for i, groups in enumerate(streams) for _ in groups]))
    waiting: dict[int, list[list[Event]]] = defaultdict(list, {i: list(g) for i, g in enumerate(streams)})
    mixed = [event for i in order for event in waiting[i].pop(0)]
    for number, event in enumerate(mixed, 1):
        mixed[number - 1] = structs.replace(event, record=structs.replace(event.record, line=number))
    together = [_essence(a) for a in _built(mixed)]
    if any("1.9.1" in n for n in names):
        assert len(together) == len(alone)
    else:
        assert sorted(map(str, together)) == sorted(map(str, alone))


@pytest.mark.parametrize("name", RECORDED)
def test_a_single_association_is_attributed_exactly(name: str) -> None:
    associations = _built([e for g in _steps(name) for e in g])
    assert associations
    assert {str(a.attribution) for a in associations} == {"exact"}
