"""More places and forms for planted values: odd AETs and identities, nested private attributes, headers, encodings.

Part of the run that :mod:`planted_scenario` makes; it stands apart for its length.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from planting import Planter
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.sop_class import (
    ModalityWorklistInformationFind,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

if TYPE_CHECKING:
    from planted_scenario import Client, Site

HEADERS = (
    "X-Api-Key", "X-Auth-Token", "Cookie", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host", "Origin", "From", "User-Agent",
    "X-Request-Id", "X-Patient-Name", "X-Hospital", "If-None-Match", "X-Amz-Security-Token",
)  # fmt: skip
SCRIPTS = (
    "print('%s')", "print('Patient: %s, born 14.03.1957')", "print('{\"PatientName\":\"%s\"}')", "print('name=%s;id=1')",
    "print('<PatientName>%s</PatientName>')", "local x = nil; x.%s()", "error({msg='%s'})", "print(string.rep('%s ', 50))",
    "print('a\\n%s\\nb')", "print('W1123 10:00:00.000000 main.cpp:1] Orthanc version: 1.0.0 %s')", "RestApiGet('/%s')",
    "RestApiPost('/tools/find', '{\"Query\":{\"PatientID\":\"%s\"}}')", "require('%s')", "print(ParseJson('{%s'))",
    "PrintRecursive({a={b={['%s']=1}}})",
)  # fmt: skip
#: Ways of writing bytes as text.
ENCODINGS: dict[str, Callable[[bytes], str]] = {
    "base64": lambda raw: base64.b64encode(raw).decode(),
    "base64 of a pair": lambda raw: base64.b64encode(b"u:" + raw).decode(),
    "hexadecimal": bytes.hex,
    "hexadecimal with blanks": lambda raw: raw.hex(" "),
    "hexadecimal with colons": lambda raw: raw.hex(":"),
    "hexadecimal with 0x": lambda raw: "0x" + raw.hex(),
    "hexadecimal with backslashes": lambda raw: "\\\\".join(f"{byte:02x}" for byte in raw),
    "percent": lambda raw: "".join(f"%{byte:02X}" for byte in raw),
    "JSON": lambda raw: "".join(f"\\\\u{byte:04x}" for byte in raw),
}


def speak_more_dicom(site: Site, planter: Planter) -> None:
    """Identities, AETs and queries of forms that are rare."""
    for kind in (1, 3, 4, 5):
        _identify(site, planter, kind)
    word = planter.word
    for title in (f"A {word('blank in AET')[:9]}", f'{word("quote in AET")[:8]}"x', f"{word('bracket in AET')[:8]}]x",
                  word("AET in lower case").lower(), f"ORTHANC{word('AET behind a product')[:6]}"):  # fmt: skip
        planter.values[title] = "odd AET"
        _call(site, title)
    entity = AE(ae_title=site.names["client"])
    for model in (
        StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelMove,
        ModalityWorklistInformationFind,
    ):
        entity.add_requested_context(model)
    for query in _queries(planter):
        for model in (StudyRootQueryRetrieveInformationModelFind, ModalityWorklistInformationFind):
            association = entity.associate("127.0.0.1", site.dicom_port, ae_title=site.names["called"])
            if association.is_established:
                list(association.send_c_find(query, model))
                association.release()


def _identify(site: Site, planter: Planter, kind: int) -> None:
    entity = AE(ae_title=planter.word("identity/AET", prefix="AX"))
    entity.implementation_version_name = planter.word("implementation version", prefix="IV")[:16]
    entity.implementation_class_uid = planter.uid("implementation class")
    entity.add_requested_context(Verification)
    identity = UserIdentityNegotiation()
    identity.user_identity_type = kind
    hidden = base64.b64encode(planter.word(f"identity {kind} in base64").encode()).decode()
    identity.primary_field = f"{planter.word(f'identity {kind}')}.{hidden}".encode()
    association = entity.associate("127.0.0.1", site.dicom_port, ae_title=site.names["called"], ext_neg=[identity])
    if association.is_established:
        association.send_c_echo()
        association.release()


def _call(site: Site, title: str) -> None:
    entity = AE(ae_title=title)
    entity.add_requested_context(Verification)
    association = entity.associate("127.0.0.1", site.dicom_port, ae_title=title)
    if association.is_established:
        association.send_c_echo()
        association.release()


def _queries(planter: Planter) -> list[Dataset]:
    word, number, date = planter.word, planter.number, planter.date
    rows = [
        {"PatientName": f"*{word('wildcard')}?^*", "PatientID": f"{word('wildcard')}*",
         "StudyInstanceUID": "\\".join(planter.uid("list of UIDs") for _ in range(40))},
        {"PatientName": f"O'{word('apostrophe')}^{word('hyphen')}-{word('hyphen')}", "PatientID": f"ACC-{word('hyphen')}/2024"},
        {"PatientBirthDate": f"{date('range')}-{date('range')}", "AccessionNumber": number("short number", 6),
         "StudyID": number("short number", 6), "StudyDescription": f"CT Chest {word('among words')} with contrast",
         "InstitutionName": f"St. {word('among words').title()} General Hospital", "ReferringPhysicianName": f"Dr. {word('title').title()}"},
        {"PatientComments": f"{word('long')} " * 700, "PatientID": "X" * 63},
        {"PatientName": f"{word('bracket')}] # 3, 1 PatientName", "PatientID": f"[{word('bracket')}]"},
        {"PatientName": f"{word('carriage return')}\r{word('carriage return')}", "PatientID": f"{word('bell')}\x07"},
        {"PatientTelephoneNumbers": f"+49 221 {number('telephone', 7)}", "PatientAddress": f"Hauptstr. 12, 50667 {word('city').title()}"},
    ]  # fmt: skip
    queries = []
    for row in rows:
        query = Dataset()
        query.QueryRetrieveLevel = "STUDY"
        for keyword, value in row.items():
            setattr(query, keyword, value)
        queries.append(query)
    nested = Dataset()
    nested.QueryRetrieveLevel = "STUDY"
    nested.ReferencedStudySequence = [_nested(planter, 3)]
    return [*queries, nested]


def _nested(planter: Planter, depth: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPInstanceUID = planter.uid("nested")
    item.StudyDescription = planter.word("nested")
    item.PatientName = planter.name("nested")
    block = item.private_block(0x0021, planter.word("nested private creator"), create=True)
    for element, representation in enumerate(("OB", "UN", "OW"), 1):
        block.add_new(element, representation, planter.word(f"nested private {representation}").encode() + b"\0")
    block.add_new(4, "LO", planter.word("nested private LO"))
    block.add_new(5, "PN", planter.name("nested private PN"))
    block.add_new(6, "DA", planter.date("nested private DA"))
    if depth:
        item.ReferencedSeriesSequence = [_nested(planter, depth - 1)]
    return item


def speak_more_rest(site: Site, client: Client, objects: list[Dataset], planter: Planter) -> None:
    """Bodies, headers, URLs and scripts of forms that are rare."""
    word = planter.word
    client.call("POST", "/tools/find", "{broken " + word("broken JSON"))
    client.post(
        "/tools/find",
        {"Level": "Study", "Query": {"PatientName": f"{word('find')}*", "00100030": planter.date("find")}},
    )
    client.call(
        "PUT",
        f"/modalities/{word('new modality').lower()}",
        json.dumps({"AET": word("new AET", prefix="N"), "Host": f"{word('new host').lower()}.invalid", "Port": 104}),
    )
    client.call(
        "PUT",
        f"/peers/{word('new peer').lower()}",
        json.dumps(
            [f"http://{word('new peer').lower()}.invalid:8042/{word('new peer')}", word("new peer"), word("new peer")]
        ),
    )
    for header in HEADERS:
        client.call("GET", "/system", **{header.replace("-", "_"): word(f"header {header}")})
    client.call(
        "GET",
        "/system",
        Authorization=f'Digest username="{word("digest")}", realm="{word("digest")}", nonce="{word("digest")}"',
    )
    claims = base64.urlsafe_b64encode(json.dumps({"sub": word("claims of a token")}).encode()).decode().rstrip("=")
    client.call("GET", "/system", Authorization=f"Bearer eyJhbGciOiJIUzI1NiJ9.{claims}.sig{word('signature')}")
    for path in (f"instances/{word('path')}", f"studies/{word('path')}/../{word('path')}", f"app/{word('path')}.html", f"%2e%2e/{word('path')}",
                 f"jobs/{word('path')}", f"queries/{word('path')}/answers", f"changes?since={word('path')}", f"system?{quote('Patient=Grün ' + word('path'))}",
                 f"dicom-web/studies?PatientName={word('path')}&fuzzymatching=true", f"dicom-web/studies/{planter.uid('path')}/rendered"):  # fmt: skip
        client.call("GET", f"/{path}")
        client.call("POST", f"/{path}", word("body"))
    client.call(
        "POST",
        "/dicom-web/studies",
        f"--b\r\nContent-Type: {word('part')}\r\n\r\n{word('part')}\r\n--b--",
        Content_Type="multipart/related; type=application/dicom; boundary=b",
    )
    client.post(
        f"/modalities/{site.names['modality']}/store",
        {"Resources": [word("store")], "LocalAet": word("local AET", prefix="A")[:16]},
    )
    client.post("/tools/create-dicom", {"Tags": {"SpecificCharacterSet": word("character set"), "PatientName": "x"}})
    for script in SCRIPTS:
        client.lua(script % word("script"))
    for name, encode in ENCODINGS.items():
        for value in (word(name), str(objects[0].PatientName), str(objects[0].PatientID)):
            client.lua(f"print('{encode(value.encode())}')")
            client.call("GET", f"/{quote(encode(value.encode()))}")
