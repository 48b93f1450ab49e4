"""Peers reject Orthanc's association, with every reason of PS3.8 9.3.4."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tools.record import clients, peers
from tools.record.scenario import Scenario
from tools.record.scenarios.outgoing import failing

if TYPE_CHECKING:
    from tools.record.lab import Lab

_KEYS = ("Result: Rejected", "DUL Association Rejected")

_BY_CODE = (
    ("called-aet", (1, 1, 7), "does not recognize the called AET"),
    ("calling-aet", (1, 1, 3), "does not recognize the calling AET"),
    ("no-reason", (1, 1, 1), "gives no reason"),
    ("transient-no-reason", (2, 1, 1), "gives no reason, transiently"),
    ("acse-no-reason", (1, 2, 1), "gives no reason, as service provider"),
    ("app-context", (1, 1, 2), "does not support the application context"),
    ("protocol-version", (1, 2, 2), "does not support the protocol version"),
    ("congestion", (2, 3, 1), "is congested"),
    ("local-limit", (2, 3, 2), "has reached a limit"),
    ("other", (1, 3, 5), "gives a reason that the standard reserves"),
)


def _by_code(code: tuple[int, int, int], lab: Lab) -> None:
    lab.modality("pacs", "PACS", lab.exit(lab.socket_peer(peers.rejecting(*code))))
    lab.start()
    failing(lab.rest.post("/modalities/pacs/echo", {}))


def _server_rejects_called(lab: Lab) -> None:
    lab.modality("pacs", "ARCHIVE", lab.exit(clients.query_server(lab, ())))
    lab.start()
    failing(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {}}))


def _server_rejects_calling(lab: Lab) -> None:
    port = clients.query_server(lab, (), allows="other")
    lab.modality("pacs", "PACS", lab.exit(port))
    lab.start()
    failing(lab.rest.post("/modalities/pacs/query", {"Level": "Study", "Query": {}}))


SCENARIOS = (
    *(
        Scenario(
            f"remote-rejects-{reason}",
            f"remote-rejects-{reason}",
            f"The peer rejects and {words} (result {code[0]}, source {code[1]}, reason {code[2]}).",
            partial(_by_code, code),
            _KEYS,
            "association",
            "at the peer",
        )
        for reason, code, words in _BY_CODE
    ),
    Scenario(
        "pacs-rejects-called-aet",
        "remote-rejects-called-aet",
        "A dcmqrscp that has another AET than the one configured.",
        _server_rejects_called,
        _KEYS,
        "C-FIND",
        "DicomModalities.pacs (AET)",
    ),
    Scenario(
        "pacs-rejects-calling-aet",
        "remote-rejects-calling-aet",
        "A dcmqrscp that does not know Orthanc's AET; it answers as if the called AET were wrong.",
        _server_rejects_calling,
        _KEYS,
        "C-FIND",
        "at the peer: register Orthanc",
        acceptable=("remote-rejects-calling-aet", "remote-rejects-called-aet"),
    ),
)
