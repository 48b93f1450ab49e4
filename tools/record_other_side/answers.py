"""What Orthanc's REST API answers when something fails, byte for byte: people paste it where a log would tell more."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.record.peers import SocketPeer, rejecting
from tools.record.processes import RecordingError, free_port
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.record_other_side.conversations import Stage

_JOB_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """``ask`` gives the body; ``cause`` is what it tells of what went wrong."""

    name: str
    cause: str
    ask: Callable[[Stage], bytes]


def _body(stage: Stage, path: str, body: bytes | None = None) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"http://{LOOPBACK}:{stage.lab.http_port}{path}"
    try:
        with opener.open(urllib.request.Request(url, data=body), timeout=60) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


def _echo_refused(stage: Stage) -> bytes:
    stage.lab.modality("pacs", "PACS", free_port())
    stage.lab.start()
    return _body(stage, "/modalities/pacs/echo", b"{}")


def _echo_rejected(stage: Stage) -> bytes:
    peer = SocketPeer(rejecting(1, 1, 3))
    stage.lab.modality("pacs", "PACS", peer.port)
    stage.lab.start()
    answer = _body(stage, "/modalities/pacs/echo", b"{}")
    peer.close()
    return answer


def _job_failed(stage: Stage) -> bytes:
    stage.lab.modality("pacs", "PACS", free_port())
    stage.lab.start()
    instance = stage.lab.upload()
    asked = f'{{"Resources": ["{instance}"], "Asynchronous": true}}'
    status, answer = stage.lab.rest.call("POST", "/modalities/pacs/store", asked.encode())
    if status != 200:
        message = f"the job was not made: {answer}"
        raise RecordingError(message)
    deadline = time.monotonic() + _JOB_SECONDS
    while True:
        body = _body(stage, f"/jobs/{answer['ID']}")
        if b'"Failure"' in body:
            return body
        if time.monotonic() > deadline:
            message = "the job did not fail"
            raise RecordingError(message)
        time.sleep(0.2)


def _bad_json(stage: Stage) -> bytes:
    stage.lab.start()
    return _body(stage, "/tools/find", b"{Level: Patient}")


def _dicomweb_not_loaded(stage: Stage) -> bytes:
    stage.lab.start()
    return _body(stage, "/dicom-web/studies")


ANSWERS = (
    Answer("echo-refused", "connection-refused", _echo_refused),
    Answer("echo-rejected", "remote-rejects-calling-aet", _echo_rejected),
    Answer("job-failed", "connection-refused", _job_failed),
    Answer("bad-json", "http-error", _bad_json),
    Answer("dicomweb-not-loaded", "dicomweb-not-available", _dicomweb_not_loaded),
)
