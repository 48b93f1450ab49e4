"""DIMSE status in the words of toolkits: ``Success``, ``Refused: MoveDestinationUnknown``, ``0xA700 - Failure``.

Source of DCMTK's words: ``diutil.cc`` and ``dimse.h``, 3.6.0 to 3.7.0. Where one wording stands for a range of codes
(``Refused: OutOfResources`` of a C-STORE is 0xA7xx), no code is given: the log does not show it.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"0x([0-9A-Fa-f]{1,4})")
_EXACT = {
    "success": "0x0000",
    "pending": "0xff00",
    "pending: warningunsupportedoptionalkeys": "0xff01",
    "refused: outofresourcesnumberofmatches": "0xa701",
    "refused: outofresourcessuboperations": "0xa702",
    "refused: movedestinationunknown": "0xa801",
    "warning: elementsdiscarded": "0xb006",
    "warning: datasetdoesnotmatchsopclass": "0xb007",
    "cancel: matchingterminatedduetocancelrequest": "0xfe00",
    "cancel: suboperationsterminatedduetocancelindication": "0xfe00",
    "warning: coercionofdataelements": "0xb000",
    "warning: suboperationscompleteoneormorefailures": "0xb000",
}
_EXACT_FOR = {
    ("C-FIND", "refused: outofresources"): "0xa700",
    ("C-FIND", "error: datasetdoesnotmatchsopclass"): "0xa900",
    ("C-MOVE", "error: datasetdoesnotmatchsopclass"): "0xa900",
}


def status_of(words: str, command: str) -> dict[str, str]:
    """``status`` (``0x0000`` style) where the words tell it, else ``ok`` (yes, no); ``status_text`` always."""
    bare = words.strip().strip("[]()")
    found = {"status_text": bare}
    code = _CODE.search(bare)
    if code is not None:
        return found | {"status": f"0x{int(code[1], 16):04x}"}
    folded = bare.lower()
    status = _EXACT.get(folded) or _EXACT_FOR.get((command, folded))
    if status is not None:
        return found | {"status": status}
    return found | {"ok": "yes" if folded.startswith("warning") else "no"}
