"""The truth of a conversation, seen from the side whose log it goes with."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tools.record.truth import association

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.record.wire import Connection


def seen_from(connections: Iterable[Connection], *, requestor: bool) -> list[dict[str, Any]]:
    """``requestor``: the log's owner asked for the associations. Sides are ``own`` (the owner) and ``other``."""
    # A relay calls the requestor "peer"; the owner is the other one when it was asked.
    sides = {"peer": "own", "orthanc": "other"} if requestor else {"peer": "other", "orthanc": "own"}
    return [_seen(association(c, "incoming"), sides, requestor=requestor) for c in connections if c.pdus]


def _seen(truth: dict[str, Any], sides: dict[str, str], *, requestor: bool) -> dict[str, Any]:
    counted = Counter((o["command"], sides.get(o.get("requested_by")), o["status"]) for o in truth["operations"])
    reject = truth["reject"]
    return {
        "direction": "outgoing" if requestor else "incoming",
        "calling_aet": truth["calling_aet"],
        "called_aet": truth["called_aet"],
        "outcome": _outcome(truth),
        "ended_by": sides.get(truth["ended_by"] or ""),
        "reject": reject and [reject["result"], reject["source"], reject["reason"]],
        "contexts_proposed": truth["contexts_proposed"],
        "contexts_accepted": truth["contexts_accepted"],
        "operations": [
            {"command": command, "requested_by": by, "status": None if status == "no-response" else status, "count": n}
            for (command, by, status), n in counted.items()
        ],
    }


def _outcome(truth: dict[str, Any]) -> str:
    if truth["outcome"] == "rejected":
        return "rejected"
    if truth["outcome"] != "accepted":
        return "not-established"
    return {"released": "released", "aborted": "aborted"}.get(truth["ended"], "lost")
