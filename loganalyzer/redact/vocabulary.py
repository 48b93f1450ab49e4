"""The words that stay: what Orthanc, its plugins, DCMTK and the programs around them print themselves."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

#: A number with the unit that Orthanc or libcurl puts behind it, a hexadecimal number, an ordinal, a version.
_MEASURE = re.compile(
    rb"\d+(?:(?:[mun]|\xc2\xb5)?s|[KMGTk]?i?B|[kKMG]?bps|bytes|bits?|bpp|x|MHz|st|nd|rd|th|h|m|min|D)|0x[0-9a-fA-F]{1,16}|v\d{1,3}|[KMG]i?B|[kKMG]bps|[0-9a-fA-F]{1,4}H"
)
#: Four letters or digits or more, as the bytes of a hexadecimal number.
_SPELT = re.compile(rb"0x(?:3\d|[46][1-9a-fA-F]|[57][0-9aA]){4,}")
#: AETs that programs have by default: they name a product, not a site.
DEFAULT_AETS = frozenset({
    "ORTHANC", "STORESCU", "STORESCP", "ECHOSCU", "ECHOSCP", "FINDSCU", "FINDSCP", "MOVESCU", "MOVESCP", "GETSCU",
    "GETSCP", "QRSCP", "QRSCU", "MWLSCP", "ANY-SCP", "ANY-SCU", "ANYSCP", "ANYSCU", "COMMON", "DCMQRSCP", "WLMSCPFS",
    "DCMTK", "PYNETDICOM", "DCM4CHEE", "DCMSND", "DCMRCV",
})  # fmt: skip

#: Host names of documentation that messages refer to, and of no machine in particular.
PUBLIC_HOSTS = frozenset(
    b"localhost www.orthanc-server.com orthanc-server.com book.orthanc-server.com orthanc.uclouvain.be www.gnu.org "
    b"dicom.nema.org hg.orthanc-server.com api.orthanc-server.com www.w3.org dicom.offis.de".split()
)


@cache
def vocabulary() -> frozenset[bytes]:
    """All words of ``vocabulary.txt``, and the same with the other case of the first letter."""
    words = files(__package__).joinpath("vocabulary.txt").read_bytes().split()
    flipped = (word[:1].swapcase() + word[1:] for word in words if len(word) > 1 and word[1:].islower())
    return frozenset(words).union(flipped)


def is_measure(word: bytes) -> bool:
    """Whether a word is a quantity, a hexadecimal number (none that spells a text) or an ordinal."""
    return _MEASURE.fullmatch(word) is not None and _SPELT.fullmatch(word) is None
