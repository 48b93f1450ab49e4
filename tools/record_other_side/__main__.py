"""Command line: ``python -m tools.record_other_side -o sample_logs/peers [NAME…]``."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pynetdicom

from tools.record.lab import Lab, Orthanc
from tools.record.processes import RecordingError
from tools.record.recording import ask_version
from tools.record_other_side.answers import ANSWERS, Answer
from tools.record_other_side.conversations import CONVERSATIONS, Conversation, Stage
from tools.record_other_side.renderings import RENDERINGS, Rendering
from tools.record_other_side.truth import seen_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NEUTRAL = "/srv/peer"


def _neutral(log: bytes, folder: Path) -> bytes:
    """The log without this machine's paths: its folder, and where Python's packages are."""
    log = log.replace(str(folder).encode(), _NEUTRAL.encode())
    return re.sub(rb'File "[^"\n]*/(lib/python3/?[\d.]*/)', rb'File "/usr/\1', log)


def _save(out: Path, name: str, log: bytes, truth: Mapping[str, object]) -> None:
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "peer.log").write_bytes(log)
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


@contextlib.contextmanager
def _stage(orthanc: Orthanc) -> Iterator[Stage]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield Stage(Lab(orthanc, "verbose", folder, stack, usual_ports=False))


def record(conversation: Conversation, orthanc: Orthanc, out: Path) -> None:
    """Have one conversation and save it."""
    with _stage(orthanc) as stage:
        conversation.run(stage)
        truth: dict[str, object] = {
            "product": conversation.product,
            "cause": conversation.cause,
            "source": "recorded",
            "orthanc_version": orthanc.version,
            "associations": seen_from(stage.said(), requestor=not conversation.server),
        }
        if conversation.product == "pynetdicom":
            truth["version"] = pynetdicom.__version__
        _save(out, conversation.name, _neutral(stage.log.read_bytes(), stage.lab.folder), truth)


def render(rendering: Rendering, orthanc: Orthanc, out: Path) -> None:
    """Have the conversation behind a rendering, and save what the other program would have written about it."""
    with _stage(orthanc) as stage:
        rendering.conversation(stage)
        connections = stage.said()
        truth = {
            "product": rendering.product,
            "cause": rendering.cause,
            "source": f"rendered: a real conversation in the format of {rendering.sources}; never printed by it",
            "orthanc_version": orthanc.version,
            "associations": seen_from(connections, requestor=not rendering.server),
        }
        _save(out, rendering.name, rendering.write(connections).encode(), truth)


def ask(answer: Answer, orthanc: Orthanc, out: Path) -> None:
    """Save an answer of the REST API."""
    with _stage(orthanc) as stage:
        folder = out / f"rest-{answer.name}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "body.json").write_bytes(answer.ask(stage))
        truth = {"product": "orthanc", "cause": answer.cause, "source": "recorded", "orthanc_version": orthanc.version}
        (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Exit status 0: all recorded; 1: some could not be."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.record_other_side", description="Record the other side's logs."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="conversations; all of them unless named")
    parser.add_argument("--orthanc", default="Orthanc", help="the Orthanc to talk with")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="where the recordings go")
    options = parser.parse_args()
    orthanc = ask_version([options.orthanc])
    failures = 0
    for one in (*CONVERSATIONS, *RENDERINGS, *ANSWERS):
        if options.names and one.name not in options.names:
            continue
        try:
            match one:
                case Conversation():
                    record(one, orthanc, options.out)
                case Rendering():
                    render(one, orthanc, options.out)
                case Answer():
                    ask(one, orthanc, options.out)
            print(one.name, flush=True)
        except (RecordingError, OSError) as error:
            failures += 1
            print(f"{one.name}: FAILED, {error}", file=sys.stderr, flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
