"""A DICOM client that stops, aborts or misbehaves exactly where it is told to."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.uid import UID, ImplicitVRLittleEndian
from pynetdicom import PYNETDICOM_IMPLEMENTATION_UID
from pynetdicom.dsutils import encode
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, ImplementationClassUIDNotification, MaximumLengthNotification
from pynetdicom.presentation import build_context

from tools.record.processes import RecordingError
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Sequence

_DATA_FOLLOWS = 0x0001
_NO_DATA = 0x0101
_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
_ABORT = bytes.fromhex("07000000000400000000")
_RELEASE = bytes.fromhex("05000000000400000000")


ACCEPTED, REJECTED = 2, 3
"""Types of the answers to an association request (PS3.8 9.3.3, 9.3.4)."""


def require(got: int, wanted: int) -> None:
    """Make sure of the type of an answer."""
    if got != wanted:
        message = f"Orthanc answered the association request with PDU type {got} instead of {wanted}"
        raise RecordingError(message)


class RawClient:
    """One connection to Orthanc; context identifiers are 1, 3, 5, … in the order of the SOP classes."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=30)

    def associate(
        self,
        calling: str,
        called: str,
        sop_classes: Sequence[str],
        transfer_syntaxes: Sequence[str] = (ImplicitVRLittleEndian,),
        application_context: str = _APPLICATION_CONTEXT,
    ) -> int:
        """Send an A-ASSOCIATE-RQ; the type of the PDU that comes back (2 accepted, 3 rejected, 7 aborted)."""
        self._socket.sendall(association_request(calling, called, sop_classes, transfer_syntaxes, application_context))
        return self._receive()[0]

    def echo(self, message: int = 1) -> None:
        """C-ECHO on the first context, waiting for the answer."""
        self.command("1.2.840.10008.1.1", 0x0030, message, data=False)
        self._receive()

    def command(self, sop_class: str, field: int, message: int, *, data: bool, instance: str | None = None) -> None:
        """Send a DIMSE request (PS3.7 9.3) on the first context, without its data set."""
        request = Dataset()
        request.AffectedSOPClassUID = sop_class
        request.CommandField = field
        request.MessageID = message
        if data:
            request.Priority = 0
        request.CommandDataSetType = _DATA_FOLLOWS if data else _NO_DATA
        if instance is not None:
            request.AffectedSOPInstanceUID = instance
        request.CommandGroupLength = len(encode(request, True, True) or b"")
        self._fragment(encode(request, True, True) or b"", header=0x03)

    def begin_store(self, sop_class: str, instance: str, part: bytes) -> None:
        """C-STORE-RQ and a part of the data set, with more announced."""
        self.command(sop_class, 0x0001, 1, data=True, instance=instance)
        self._fragment(part, header=0x00)

    def store(self, sop_class: str, instance: str, data: bytes) -> None:
        """A whole C-STORE-RQ, without waiting for the answer."""
        self.command(sop_class, 0x0001, 1, data=True, instance=instance)
        self._fragment(data, header=0x02)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def receive_all(self) -> bytes:
        """Everything that Orthanc still says until it closes or resets."""
        received = b""
        try:
            while data := self._socket.recv(65536):
                received += data
        except OSError:
            return received
        return received

    def receive_some(self) -> bytes:
        """What Orthanc says next."""
        return self._socket.recv(65536)

    def release(self) -> None:
        """Release the association and close."""
        self._socket.sendall(_RELEASE)
        self._receive()
        self._socket.close()

    def abort(self) -> None:
        """Send an A-ABORT and close."""
        self._socket.sendall(_ABORT)
        self._socket.close()

    def close(self) -> None:
        """Close TCP without release or abort."""
        self._socket.close()

    def reset(self) -> None:
        """End TCP with a reset, as a crash or a firewall does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _fragment(self, value: bytes, header: int) -> None:
        item = struct.pack(">IBB", len(value) + 2, 1, header) + value
        self._socket.sendall(struct.pack(">BBI", 4, 0, len(item)) + item)

    def _receive(self) -> bytes:
        header = self._exactly(6)
        return header + self._exactly(int.from_bytes(header[2:6], "big"))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                message = "Orthanc closed the connection instead of answering"
                raise RecordingError(message)
            data += part
        return data


def association_request(
    calling: str,
    called: str,
    sop_classes: Sequence[str],
    transfer_syntaxes: Sequence[str],
    application_context: str = _APPLICATION_CONTEXT,
) -> bytes:
    """The bytes of an A-ASSOCIATE-RQ (PS3.8 9.3.2)."""
    primitive = A_ASSOCIATE()
    primitive.application_context_name = UID(application_context)
    primitive.calling_ae_title = calling
    primitive.called_ae_title = called
    contexts = [build_context(sop_class, list(transfer_syntaxes)) for sop_class in sop_classes]
    for position, context in enumerate(contexts):
        context.context_id = 2 * position + 1
    primitive.presentation_context_definition_list = contexts
    length = MaximumLengthNotification()
    length.maximum_length_received = 16384
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = PYNETDICOM_IMPLEMENTATION_UID
    primitive.user_information = [length, implementation]
    request = A_ASSOCIATE_RQ()
    request.from_primitive(primitive)
    return bytes(request.encode())
