"""Facts about associations: why contexts were refused, who is known, whose name is nearly right."""

from __future__ import annotations

import pytest

from loganalyzer.findings.facts import association_lookup, event_lookup, operation_lookup, similar_aet
from loganalyzer.findings.sighting import Sighting
from loganalyzer.timeline.association import (
    Association,
    Direction,
    Operation,
    Outcome,
    PresentationContext,
    Side,
)
from tests.findings.conftest import event, scene_of

CT, MR, PRIVATE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.276.0.99.1"
VERIFICATION, MPPS, WORKLIST = "1.2.840.10008.1.1", "1.2.840.10008.3.1.2.3.3", "1.2.840.10008.5.1.4.31"
IMPLICIT, EXPLICIT, JPEG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
REFUSED = "abstract-syntax-not-supported"


def context(number: int, abstract: str, *syntaxes: str, result: str = "accepted") -> PresentationContext:
    return PresentationContext(number, abstract, syntaxes or (IMPLICIT,), result)


def incoming(number: int, *contexts: PresentationContext, **more: object) -> Association:
    accepted = sum(c.result == "accepted" for c in contexts)
    values: dict[str, object] = {
        "direction": Direction.INCOMING, "contexts": contexts, "contexts_proposed": len(contexts),
        "contexts_accepted": accepted if contexts else None,
    } | more  # fmt: skip
    return Association(f"1.{number}", 0, 1, **values)  # type: ignore[arg-type]


def fact(name: str, association: Association, *others: Association) -> object:
    return association_lookup(association, scene_of(association, *others))(name)


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (context(1, PRIVATE, EXPLICIT, result=REFUSED), "sop-class"),
        (context(1, CT, JPEG, result=REFUSED), "transfer-syntax"),
        (context(1, CT, EXPLICIT, result=REFUSED), "transfer-syntax"),
        (context(1, CT, IMPLICIT, JPEG, result=REFUSED), "sop-class"),
        (context(1, PRIVATE, result="transfer-syntaxes-not-supported"), "transfer-syntax"),
    ],
)
def test_why_orthanc_refused(refused: PresentationContext, kind: str) -> None:
    assert fact("refused.kind", incoming(1, refused)) == kind


def test_a_class_that_was_accepted_from_somebody_else_was_refused_for_its_syntax() -> None:
    refused = incoming(1, context(1, PRIVATE, JPEG, result=REFUSED))
    assert fact("refused.kind", refused, incoming(2, context(1, PRIVATE))) == "transfer-syntax"


def test_a_class_that_is_accepted_in_another_context_is_not_missing() -> None:
    both = incoming(1, context(1, CT, JPEG, result=REFUSED), context(3, CT))
    assert (fact("missing", both), fact("refused", both), fact("refused.kind", both)) == (0, 1, None)


def test_reasons_may_differ() -> None:
    contexts = context(1, CT, JPEG, result=REFUSED), context(3, PRIVATE, result=REFUSED)
    assert fact("refused.kind", incoming(1, *contexts)) == "mixed"


def test_what_orthanc_needs_it_proposes_first() -> None:
    contexts = context(1, CT, EXPLICIT, result="transfer-syntaxes-not-supported"), context(3, MR, result=REFUSED)
    called = Association("1.1", 0, 1, Direction.OUTGOING, contexts=contexts, contexts_proposed=2, contexts_accepted=0)
    assert (fact("refused.kind", called), called.failed) == ("transfer-syntax", True)


def test_without_dumps_nothing_is_known_of_contexts() -> None:
    for name in ("refused", "missing", "refused.kind", "refused.worklist", "repeated_ids", "only_verification"):
        assert fact(name, incoming(1)) is None


@pytest.mark.parametrize(("abstract", "storable"), [(CT, True), (PRIVATE, True), (MPPS, False)])
def test_what_could_be_stored(abstract: str, storable: bool) -> None:
    assert fact("missing.storable", incoming(1, context(1, abstract, result=REFUSED))) is storable


def test_worklist_and_identifiers() -> None:
    assert fact("refused.worklist", incoming(1, context(1, WORKLIST, result=REFUSED))) is True
    assert fact("refused.worklist", incoming(1, context(1, WORKLIST))) is False
    assert fact("repeated_ids", incoming(1, context(1, CT), context(1, MR))) is True
    assert fact("repeated_ids", incoming(1, context(1, CT), context(3, MR))) is False
    assert fact("only_verification", incoming(1, context(1, VERIFICATION))) is True


def test_the_association_that_brought_another_about() -> None:
    move = incoming(1, operations=(Operation("C-MOVE", Side.PEER, ok=False),))
    store = incoming(2, direction=Direction.OUTGOING, caused_by="1.1", outcome=Outcome.REJECTED)
    assert fact("caused_by.commands", store, move) == ["C-MOVE"]
    assert fact("caused_by.operation.ok", store, move) is False
    assert fact("caused_by.commands", move, store) is None
    scene = scene_of(move, store)
    assert association_lookup(move, scene)("child.outcome") == "rejected"


def test_the_operation_that_failed_stands_for_an_association() -> None:
    done = (Operation("C-STORE", Side.PEER, ok=False, status="0xa700"), Operation("C-STORE", Side.PEER, ok=True))
    served = incoming(1, operations=done)
    assert fact("operation.status", served) == "0xa700"
    assert fact("failed_commands", served) == ["C-STORE"]
    lookup = operation_lookup(done[0], served, scene_of(served))
    assert lookup("status") == "0xa700"
    assert lookup("association.direction") == "incoming"


def test_whose_name_is_nearly_right() -> None:
    served = incoming(1, calling_aet="CT_ROOM2", operations=(Operation("C-ECHO", Side.PEER, ok=True),))
    refused = incoming(2, calling_aet="PACS1", operations=(Operation("C-FIND", Side.PEER, ok=False),))
    called = incoming(3, direction=Direction.OUTGOING, called_aet="ARCHIVE")
    scene = scene_of(served, refused, called)
    assert similar_aet(0, "ct_room2", scene) == "CT_ROOM2"
    assert similar_aet(0, "ARCHIV", scene) == "ARCHIVE"
    assert similar_aet(0, "PACS2", scene) is None
    assert similar_aet(0, None, scene) is None
    assert similar_aet(1, "ct_room2", scene) is None


def test_an_event_sees_its_association() -> None:
    association = incoming(7, calling_aet="CT_ROOM2")
    seen = event("seen", 1, calling_aet="OTHER")
    scene = scene_of(association)
    inside = event_lookup(Sighting("seen", 0, 1, seen.record, seen.fields, (0, 6)), scene)
    outside = event_lookup(Sighting("seen", 0, 1, seen.record, seen.fields, None), scene)
    assert (inside("calling_aet"), inside("association.calling_aet")) == ("OTHER", "CT_ROOM2")
    assert (inside("association.exists"), outside("association.exists")) == (True, False)
    assert outside("association.calling_aet") is None
    assert inside("level") == "E"
    assert inside("no such field") is None
