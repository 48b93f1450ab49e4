"""TLS that does not come about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.record.certificates import EXPIRED, Authority, Certificate
from tools.record.clients import CT_ROOM, echo
from tools.record.processes import RecordingError
from tools.record.scenario import Scenario
from tools.record.scenarios.outgoing import failing
from tools.record.wire import LOOPBACK

if TYPE_CHECKING:
    from tools.record.lab import Lab
    from tools.record.truth import Truth

_HANDSHAKE_FAILED: Truth = {
    "calling_aet": None,
    "called_aet": None,
    "contexts_proposed": None,
    "contexts_accepted": None,
    "outcome": "tls-handshake-failed",
    "ended": "tls-alert",
    "ended_by": None,
    "operations": [],
    "ok": False,
}
_TO_PACS = {**_HANDSHAKE_FAILED, "calling_aet": "ORTHANC", "called_aet": "PACS"}


def _serve_tls(lab: Lab, ours: Certificate, trusted: Authority) -> None:
    lab.start(
        DicomTlsEnabled=True,
        DicomTlsCertificate=str(ours.certificate),
        DicomTlsPrivateKey=str(ours.key),
        DicomTlsTrustedCertificates=str(trusted.certificate),
    )


def _tls_echo(lab: Lab, *options: str) -> None:
    client = lab.client("echoscu", "-v", "-aet", CT_ROOM, "-aec", "ORTHANC", *options, LOOPBACK, "{port}")
    if client.wait(60) == 0:
        message = "echoscu got through although it should not"
        raise RecordingError(message)


def _shown(certificate: Certificate, trusted: Authority) -> tuple[str, ...]:
    return ("+tls", str(certificate.key), str(certificate.certificate), "+cf", str(trusted.certificate))


def _plain_client(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    lab.not_dicom = _HANDSHAKE_FAILED
    _serve_tls(lab, authority.issue("orthanc"), authority)
    echo(lab, fails=True)


def _tls_client(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    lab.not_dicom = _HANDSHAKE_FAILED
    lab.start()
    _tls_echo(lab, *_shown(authority.issue("modality"), authority))


def _untrusted_client(lab: Lab) -> None:
    authority, other = Authority(lab.folder, "hospital-ca"), Authority(lab.folder, "vendor-ca")
    lab.not_dicom = _HANDSHAKE_FAILED
    _serve_tls(lab, authority.issue("orthanc"), authority)
    _tls_echo(lab, *_shown(other.issue("modality"), authority))


def _expired_client(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    lab.not_dicom = _HANDSHAKE_FAILED
    _serve_tls(lab, authority.issue("orthanc"), authority)
    _tls_echo(lab, *_shown(authority.issue("modality", EXPIRED), authority))


def _no_certificate(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    lab.not_dicom = _HANDSHAKE_FAILED
    _serve_tls(lab, authority.issue("orthanc"), authority)
    _tls_echo(lab, "+tla", "+cf", str(authority.certificate))


def _distrustful_client(lab: Lab) -> None:
    authority, other = Authority(lab.folder, "hospital-ca"), Authority(lab.folder, "vendor-ca")
    lab.not_dicom = _HANDSHAKE_FAILED
    _serve_tls(lab, authority.issue("orthanc"), authority)
    _tls_echo(lab, *_shown(authority.issue("modality"), other))


def _call_tls_peer(lab: Lab, port: int, ours: Certificate, trusted: Authority) -> None:
    lab.not_dicom = _TO_PACS
    lab.modality("pacs", "PACS", lab.exit(port), UseDicomTls=True)
    lab.start(
        DicomTlsCertificate=str(ours.certificate),
        DicomTlsPrivateKey=str(ours.key),
        DicomTlsTrustedCertificates=str(trusted.certificate),
    )
    failing(lab.rest.post("/modalities/pacs/echo", {}))


def _tls_storescp(lab: Lab, theirs: Certificate, trusted: Authority) -> int:
    return lab.server("storescp", "-v", "-aet", "PACS", *_shown(theirs, trusted))


def _plain_to_tls_peer(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    lab.not_dicom = _TO_PACS
    lab.modality("pacs", "PACS", lab.exit(_tls_storescp(lab, authority.issue("pacs"), authority)))
    lab.start()
    failing(lab.rest.post("/modalities/pacs/echo", {}))


def _tls_to_plain_peer(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    port = lab.server("storescp", "-v", "-aet", "PACS")
    _call_tls_peer(lab, port, authority.issue("orthanc"), authority)


def _untrusted_peer(lab: Lab) -> None:
    authority, other = Authority(lab.folder, "hospital-ca"), Authority(lab.folder, "vendor-ca")
    port = _tls_storescp(lab, other.issue("pacs"), authority)
    _call_tls_peer(lab, port, authority.issue("orthanc"), authority)


def _expired_peer(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    port = _tls_storescp(lab, authority.issue("pacs", EXPIRED), authority)
    _call_tls_peer(lab, port, authority.issue("orthanc"), authority)


def _distrusted_by_peer(lab: Lab) -> None:
    authority, other = Authority(lab.folder, "hospital-ca"), Authority(lab.folder, "vendor-ca")
    port = _tls_storescp(lab, authority.issue("pacs"), authority)
    _call_tls_peer(lab, port, other.issue("orthanc"), authority)


def _own_expired(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    port = _tls_storescp(lab, authority.issue("pacs"), authority)
    _call_tls_peer(lab, port, authority.issue("orthanc", EXPIRED), authority)


def _certificate_missing(lab: Lab) -> None:
    lab.configure(
        DicomTlsEnabled=True,
        DicomTlsCertificate=str(lab.folder / "orthanc.pem"),
        DicomTlsPrivateKey=str(lab.folder / "orthanc.key"),
        DicomTlsTrustedCertificates=str(lab.folder / "ca.pem"),
    )
    lab.start_in_vain()


def _no_common_cipher(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    lab.not_dicom = _HANDSHAKE_FAILED
    _serve_tls(lab, authority.issue("orthanc"), authority)
    options = ("-tls1_2", "-cipher", "NULL-SHA256:@SECLEVEL=0")
    client = lab.client("openssl", "s_client", *options, "-host", LOOPBACK, "-port", "{port}")
    client.wait(30)


def _key_of_another(lab: Lab) -> None:
    authority = Authority(lab.folder, "hospital-ca")
    lab.configure(
        DicomTlsEnabled=True,
        DicomTlsCertificate=str(authority.issue("orthanc").certificate),
        DicomTlsPrivateKey=str(authority.issue("other").key),
        DicomTlsTrustedCertificates=str(authority.certificate),
    )
    lab.start_in_vain()


_IN = ("Receiving Association failed",)
_OUT = ("connecting to AET",)


def _tls(name: str, cause: str, description: str, run: object, keys: tuple[str, ...], fix: str) -> Scenario:
    return Scenario(name, cause, description, run, keys, "association", fix, minimum=(1, 9, 0))  # type: ignore[arg-type]


SCENARIOS = (
    _tls(
        "tls-plain-client-to-tls-server",
        "tls-plain-client-to-tls-server",
        "A client without TLS calls Orthanc's TLS port.",
        _plain_client,
        _IN,
        "DicomTlsEnabled, or TLS at the client",
    ),
    _tls(
        "tls-client-to-plain-server",
        "tls-client-to-plain-server",
        "A TLS client calls Orthanc's plain port.",
        _tls_client,
        _IN,
        "DicomTlsEnabled, or no TLS at the client",
    ),
    _tls(
        "tls-untrusted-client",
        "tls-untrusted-certificate",
        "The client's certificate comes from a CA that Orthanc does not trust.",
        _untrusted_client,
        _IN,
        "DicomTlsTrustedCertificates",
    ),
    _tls(
        "tls-expired-client",
        "tls-expired-certificate",
        "The client's certificate has expired.",
        _expired_client,
        _IN,
        "the client's certificate",
    ),
    _tls(
        "tls-no-client-certificate",
        "tls-missing-client-certificate",
        "The client shows no certificate.",
        _no_certificate,
        _IN,
        "DicomTlsRemoteCertificateRequired, or a certificate at the client",
    ),
    _tls(
        "tls-client-distrusts-orthanc",
        "tls-peer-distrusts-orthanc",
        "The client does not trust the CA of Orthanc's certificate.",
        _distrustful_client,
        _IN,
        "at the client: trust Orthanc's CA",
    ),
    _tls(
        "tls-plain-to-tls-peer",
        "tls-plain-client-to-tls-server",
        "Orthanc calls a TLS port without TLS.",
        _plain_to_tls_peer,
        _OUT,
        "DicomModalities.pacs.UseDicomTls",
    ),
    _tls(
        "tls-to-plain-peer",
        "tls-client-to-plain-server",
        "Orthanc calls a plain port with TLS.",
        _tls_to_plain_peer,
        _OUT,
        "DicomModalities.pacs.UseDicomTls",
    ),
    _tls(
        "tls-untrusted-peer",
        "tls-untrusted-certificate",
        "The peer's certificate comes from a CA that Orthanc does not trust.",
        _untrusted_peer,
        _OUT,
        "DicomTlsTrustedCertificates",
    ),
    _tls(
        "tls-expired-peer",
        "tls-expired-certificate",
        "The peer's certificate has expired.",
        _expired_peer,
        _OUT,
        "the peer's certificate",
    ),
    _tls(
        "tls-peer-distrusts-orthanc",
        "tls-peer-distrusts-orthanc",
        "The peer does not trust the CA of Orthanc's certificate.",
        _distrusted_by_peer,
        _OUT,
        "at the peer: trust Orthanc's CA",
    ),
    Scenario(
        "tls-own-certificate-expired",
        "tls-expired-certificate",
        "Orthanc's own certificate has expired, and the peer closes without a word of it.",
        _own_expired,
        _OUT,
        "association",
        "DicomTlsCertificate",
        acceptable=("tls-expired-certificate", "tls-peer-distrusts-orthanc"),
        minimum=(1, 9, 0),
    ),
    _tls(
        "tls-no-common-cipher",
        "tls-no-common-parameters",
        "The client offers only ciphers that Orthanc does not take.",
        _no_common_cipher,
        _IN,
        "DicomTlsCiphersAccepted, or the ciphers of the client",
    ),
    _tls(
        "tls-key-of-another",
        "tls-configuration",
        "DicomTlsPrivateKey does not belong to DicomTlsCertificate.",
        _key_of_another,
        ("The private key", "Uncaught exception"),
        "DicomTlsPrivateKey",
    ),
    _tls(
        "tls-certificate-missing",
        "tls-configuration",
        "The file of DicomTlsCertificate does not exist.",
        _certificate_missing,
        ("Inexistent file", "Uncaught exception"),
        "DicomTlsCertificate",
    ),
)
