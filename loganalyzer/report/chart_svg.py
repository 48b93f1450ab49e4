"""Makes matplotlib's SVG fit for the HTML report, where no ``style`` attribute or element is allowed.

Styles become presentation attributes. Colours of the theme are drawn as stand-ins (:data:`INKS`) and become classes
such as ``fill-s1``, so that the page's style sheet decides on them, in light and dark. Identifiers get the chart's
name in front, because several charts share one document.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

INKS = {
    "text": "#010101",
    "quiet": "#020202",
    "line": "#030303",
    **{f"s{number}": f"#0401{number:02d}" for number in range(1, 9)},
}
"""Stand-in colours by the name that their class gets."""

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_NAMES = {color: name for name, color in INKS.items()}
_ATTRIBUTES = frozenset(
    (
        *("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray"),
        *("opacity", "fill-opacity", "stroke-opacity", "text-anchor", "fill-rule"),
    )
)
_DROPPED = frozenset(("metadata", "style", "title"))
_NUMBER = re.compile(r"-?\d+\.\d{2,}")


def themed(svg: str, name: str, label: str) -> str:
    """Return the SVG element of matplotlib's document ``svg`` for inclusion in HTML.

    ``name`` goes in front of every identifier, ``label`` says in words what the chart shows. Raises
    ``xml.etree.ElementTree.ParseError`` when ``svg`` is no XML.
    """
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)  # noqa: S314 -- written by matplotlib in this process, not read from anywhere
    for element in list(root.iter()):
        for child in list(element):
            if child.tag.rpartition("}")[2] in _DROPPED:
                element.remove(child)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    for element in root.iter():
        _clean(element, name, used)
    _prune(root)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-label", label)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _prune(element: ET.Element) -> None:
    """Take out what is not seen: empty groups, and shapes without fill and stroke."""
    for child in list(element):
        _prune(child)
        kind = child.tag.rpartition("}")[2]
        empty = kind in ("g", "defs") and len(child) == 0
        unseen = child.get("fill") == "none" and "stroke" not in child.get("class", "") + (child.get("stroke") or "")
        if empty or (kind == "path" and unseen):
            element.remove(child)


def _clean(element: ET.Element, name: str, used: set[str]) -> None:
    element.text = element.text.strip() if element.text and element.text.strip() else None
    element.tail = None
    _unstyle(element)
    if _XLINK in element.attrib:
        element.set("href", element.attrib.pop(_XLINK).replace("#", f"#{name}-", 1))
    if "id" in element.attrib:
        own = element.attrib.pop("id")
        if own in used:
            element.set("id", f"{name}-{own}")
    if "clip-path" in element.attrib:
        element.set("clip-path", element.attrib["clip-path"].replace("#", f"#{name}-", 1))
    for key in ("d", "x", "y", "transform"):
        if key in element.attrib:
            shorter = _NUMBER.sub(lambda match: f"{float(match.group()):.1f}", element.attrib[key])
            element.set(key, " ".join(shorter.split()))


def _unstyle(element: ET.Element) -> None:
    """Turn the ``style`` attribute into presentation attributes, and stand-in colours into classes."""
    classes = []
    for declaration in element.attrib.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key in _ATTRIBUTES:
            element.set(key, value)
    for key in ("fill", "stroke"):
        name = _NAMES.get(element.get(key, ""))
        if name is not None:
            del element.attrib[key]
            classes.append(f"{key}-{name}")
    if classes:
        element.set("class", " ".join(classes))
