"""Labelled places of HTTP: URLs, query strings, headers, JSON, configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loganalyzer.redact.attributes import attribute_by_keyword, attribute_by_tag, context_of
from loganalyzer.redact.kinds import Context, Kind
from loganalyzer.redact.vocabulary import PUBLIC_HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int, int, Context]

_SECRET_WORD = (
    rb"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[-_]?key|access[-_]?key(?:[-_]?id)?|secret[-_]?key|account[-_]?key|"
    rb"auth(?:orization)?|credentials?|cookie|session(?:[-_]?id)?|signature|sig|jwt|bearer|nonce|licen[cs]e(?:[-_]?key)?|"
    rb"registeredusers|connectionstring)"
)
_SECRET_KEY = re.compile(rb"(?i)[\w-]*" + _SECRET_WORD + rb"\d?")
_USER_KEY = re.compile(rb"(?i)(?:user(?:name|[-_]?id)?|login|owner|account(?:name)?)")
_AET_KEY = re.compile(rb"(?i)\w*aet|\w*aetitle")
_HOST_KEY = re.compile(
    rb"(?i)host(?:name)?|server|peer|address|dbname|database|bucket(?:name)?|container(?:name)?|endpoint|domain|realm"
)
#: HTTP headers whose values say nothing about people or sites.
_HARMLESS_HEADERS = re.compile(
    rb"(?i)accept(?:-encoding|-language|-charset|-ranges)?|age|allow|cache-control|connection|content-(?:encoding|language|length|type)|date|"
    rb"depth|dnt|etag|expect|expires|if-modified-since|keep-alive|last-modified|max-forwards|pragma|range|retry-after|sec-[\w-]+|te|trailer|"
    rb"transfer-encoding|upgrade(?:-insecure-requests)?|vary|access-control-[\w-]+|priority"
)
#: HTTP headers that scripts and libcurl print without saying that they are headers.
_TELLING_HEADERS = frozenset(
    b"authorization cookie set-cookie host referer user-agent x-forwarded-for proxy-authorization from location origin "
    b"forwarded".split()
)
_URL = re.compile(
    rb"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://(?:([^\s/?#\"'<>]*)@)?(\[[0-9a-fA-F:.]+\]|[^\s/?#:\"'<>()\[\],;]*)([^\s\"'<>]*)"
)
_CURL_USER = re.compile(
    rb"(?:proxy|Proxy|client connections:)[^\n]{0,200}?(?<![^\s/@:])([^\s/@:]{1,200}:[^\s/@]{1,200})@"
)
_PAIR = re.compile(
    rb"(?<![\w%])([A-Za-z_][\w.-]{0,63}|[0-9A-Fa-f]{8}|[0-9A-Fa-f]{4},[0-9A-Fa-f]{4})=(?!=)(?:\"([^\"]*)\"|'([^']*)'|([^\s&\])}\"',;]*))"
)
_ARGUMENT = re.compile(rb"\[(\w{1,64})=([^\[]*?)\](?= \[|$)")
_HEADER = re.compile(rb"^HTTP header: \[(.{0,200}?)\]: \[(.*)\]$", re.DOTALL)
_CURL_HEADER = re.compile(rb"^[<>] ([A-Za-z][A-Za-z0-9-]*): (.*?)\r?$", re.DOTALL)
_BARE_HEADER = re.compile(rb"^([A-Z][A-Za-z0-9-]*): (.*?)\r?$", re.DOTALL)
_CREDENTIALS = re.compile(rb"(?i)\b(?:basic|bearer|digest|negotiate|ntlm|token)[ :]+([A-Za-z0-9+/=._~-]{6,})")
_SCHEME = re.compile(rb"(?i)(?:basic|bearer|digest|negotiate|ntlm) +")
_ROUTE = re.compile(rb"/(?:modalities|peers|servers)/([^/?\s\"'(]+)")
_JSON_KEY = re.compile(rb"(?<!\\)\\*\"([A-Za-z0-9_,.-]{1,64})\\*\"\s*:\s*")
_JSON_SKIPPED = frozenset({b"vr", b"Type", b"Name", b"Group", b"Element"})
_JSON_STRUCTURE = frozenset({b"Value", b"Alphabetic", b"Ideographic", b"Phonetic"})
_E_MAIL = re.compile(rb"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")

#: A number behind a word for a telephone, with the code of a country, or as it is written in North America.
_PHONE = re.compile(
    rb"(?:\b(?i:tel(?:efon|ephone)?|phone|fon|fax|mobile?|cell)\b[.: ]{0,4}|(?<![\w+.-])(?=\+\d|\(\d{3}\) ?\d{3}-))"
    rb"(\+?\(?\d[\d ()/.-]{5,22}\d)(?!\w)"
)


def web_places(text: bytes) -> Iterator[Place]:
    """Yield the labelled values of a text as ``(start, end, context)``."""
    if (
        (text.startswith(b"HTTP header: [") and (match := _HEADER.match(text)))
        or (text[:2] in {b"> ", b"< "} and (match := _CURL_HEADER.match(text)))
        or (b": " in text and (match := _BARE_HEADER.match(text)) and _is_header(match[1]))
    ):
        yield from header_places(match)
    if b"://" in text:
        yield from _url_places(text)
    if b"=" in text:
        yield from _pair_places(text)
    if b'"' in text:
        yield from _json_places(text)
    for trigger in (b"/modalities/", b"/peers/", b"/servers/"):
        if trigger in text:
            yield from ((*m.span(1), Context("name in a REST route", value=Kind.HOST)) for m in _ROUTE.finditer(text))
            break
    if b"@" in text:
        yield from ((*m.span(), Context("e-mail address", value=Kind.PERSON)) for m in _E_MAIL.finditer(text))
        yield from ((*m.span(1), Context("proxy account", value=Kind.SECRET)) for m in _CURL_USER.finditer(text))
    yield from ((*m.span(1), Context("telephone number", value=Kind.PERSON)) for m in _PHONE.finditer(text))
    yield from ((*m.span(1), Context("credentials", value=Kind.SECRET)) for m in _CREDENTIALS.finditer(text))


def _is_header(name: bytes) -> bool:
    return name.lower() in _TELLING_HEADERS


def header_places(match: re.Match[bytes]) -> Iterator[Place]:
    """The value (group 2) of an HTTP header (group 1)."""
    name = match[1].lower()
    if not match[2] or _HARMLESS_HEADERS.fullmatch(name):
        return
    place = "HTTP header"
    if name == b"host":
        yield (
            match.start(2),
            match.start(2) + len(match[2].rpartition(b":")[0] or match[2]),
            Context(place, value=Kind.HOST),
        )
    elif name in {b"authorization", b"proxy-authorization"}:
        scheme = _SCHEME.match(match[2])
        yield match.start(2) + (scheme.end() if scheme else 0), match.end(2), Context(place, value=Kind.SECRET)
    elif name in {b"user-agent", b"server"}:
        yield *match.span(2), Context("product in an HTTP header")
    elif name in {b"referer", b"location", b"origin", b"content-location"}:
        return
    else:
        yield *match.span(2), Context(place, value=Kind.SECRET if b"forward" not in name else Kind.HOST)


def _url_places(text: bytes) -> Iterator[Place]:
    for match in _URL.finditer(text):
        if match[1]:
            yield *match.span(1), Context("account in a URL", value=Kind.SECRET)
        if match[2] and match[2].lower() not in PUBLIC_HOSTS:
            yield *match.span(2), Context("host of a URL", value=Kind.HOST)


def _pair_places(text: bytes) -> Iterator[Place]:
    if b"[" in text:
        for match in _ARGUMENT.finditer(text):
            if context := named_value(match[1], "argument of a query"):
                yield *match.span(2), context
    for match in _PAIR.finditer(text):
        group = next((i for i in (2, 3, 4) if match[i]), 0)
        if group and (context := named_value(match[1], "value in a URL or a list of settings")):
            yield *match.span(group), context


def named_value(name: bytes, place: str) -> Context | None:
    """How a value called ``name`` is to be treated; None when the name tells nothing."""
    text = name.decode("latin-1")
    attribute = attribute_by_tag(text) or attribute_by_keyword(text)
    if attribute is not None:
        return context_of(attribute, place)
    if _SECRET_KEY.fullmatch(name):
        return Context(place, value=Kind.SECRET)
    if _USER_KEY.fullmatch(name):
        return Context(place, value=Kind.USER)
    if _AET_KEY.fullmatch(name):
        return Context(place, value=Kind.AET)
    if _HOST_KEY.fullmatch(name):
        return Context(place, value=Kind.HOST)
    return None


def _json_places(text: bytes) -> Iterator[Place]:
    end_of_value = 0
    for match in _JSON_KEY.finditer(text):
        if match.start() < end_of_value or match[1] in _JSON_SKIPPED or match[1] in _JSON_STRUCTURE:
            continue
        context = named_value(match[1], "value in JSON")
        if context is None:
            continue
        end = end_of_json_value(text, match.end())
        if text[match.end() : match.end() + 1] in {b"{", b"["}:
            if context.value is None or (
                attribute_by_keyword(match[1].decode("latin-1")) is None
                and attribute_by_tag(match[1].decode("latin-1")) is None
            ):
                continue
            for start, stop in _json_scalars(text, match.end(), end):
                yield start, stop, context
            end_of_value = end
        else:
            yield match.end(), end, context


def end_of_json_value(text: bytes, start: int) -> int:
    r"""The end of the string, object, array or scalar that begins at ``start``; the end of the text if it has none.

    Quotes may themselves be escaped (``\"``), as in JSON that stands in a JSON string.
    """
    opening = re.compile(rb"\\*\"").match(text, start)
    if opening is not None:
        closing = _closing_quote(text, opening.end(), opening[0])
        return closing + len(opening[0]) if closing >= 0 else len(text)
    if text[start : start + 1] not in {b"{", b"["}:
        scalar = re.compile(rb"[^,}\]\s]*").match(text, start)
        return scalar.end() if scalar else start
    depth, position = 0, start
    token = re.compile(rb"(?<!\\)\\*\"|[\[\]{}]")
    while (found := token.search(text, position)) is not None:
        position = found.end()
        if found[0] in {b"{", b"["}:
            depth += 1
        elif found[0] in {b"}", b"]"}:
            depth -= 1
            if not depth:
                return position
        else:
            closing = _closing_quote(text, position, found[0])
            if closing < 0:
                return len(text)
            position = closing + len(found[0])
    return len(text)


def _closing_quote(text: bytes, start: int, quote: bytes) -> int:
    depth = len(quote) - 1
    position = start
    while (position := text.find(b'"', position)) >= 0:
        backslashes = position - len(text[start:position].rstrip(b"\\")) - start
        if backslashes == depth or (backslashes > depth and depth == 0 and backslashes % 2 == 0):
            return position - depth
        position += 1
    return -1


def _json_scalars(text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The strings and numbers inside an object or array that are no keys and no names of types."""
    token = re.compile(rb"(?<!\\)(\\*)\"|[^\s\[\]{},:\"\\]+")
    position, key = start, b""
    while (found := token.search(text, position, end)) is not None:
        if not found[0].endswith(b'"'):
            if key not in _JSON_SKIPPED:
                yield found.span()
            position = found.end()
            continue
        closing = _closing_quote(text, found.end(), found[0])
        stop = closing if 0 <= closing <= end else end
        position = min(stop + len(found[0]), end)
        if re.compile(rb"\s*:").match(text, position):
            key = text[found.end() : stop]
        elif key not in _JSON_SKIPPED:
            yield found.end(), stop
