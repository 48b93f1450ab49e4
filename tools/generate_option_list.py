"""Write the list of Orthanc's configuration options, with the releases that know them.

In: a local clone (a mirror without a work tree will do) of Orthanc's source repository, whose releases are commits
with the subject ``Orthanc-<version>``; optionally a clone of the Orthanc Book (plugin pages) and of plugin repositories
that carry a commented configuration file.

Out: ``patterns/orthanc_options.json``: ``{name: {since, until, default, …}}``. Options inside a section have dotted
names (``DicomWeb.Root``); in sections whose keys the user invents (``DicomModalities``, ``OrthancPeers``, …) that key
is left out, so that ``DicomModalities.AllowFind`` is the option ``AllowFind`` of any modality.

Keys of an option:
  since     first Orthanc release that documents or reads it; for a plugin's option, the plugin's release, or null
  until     last release that does, or null if the newest one still does
  default   the value in the newest commented configuration file, or null where that file has no active value
  former_defaults   [[release, value], …] first release with each earlier default; only when it changed
  example   the value of a commented-out line, when there is no default
  type      JSON type of the value, or null when it cannot be told
  plugin    the section's plugin page or repository, only for options of plugins

Usage: generate_option_list.py ORTHANC [--book BOOK] [--plugin REPOSITORY …] [-o patterns/orthanc_options.json]
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

FIRST_RELEASE = (1, 0, 0)
CONFIGURATION_FILES = re.compile(r"^(OrthancServer/)?Resources/(Advanced)?Configuration\.json$")
MODALITY_SOURCES = re.compile(r"^(OrthancFramework/Sources|Core)/DicomNetworking/RemoteModalityParameters\.cpp$")
PEER_SOURCES = re.compile(r"^(OrthancFramework/Sources|Core)/WebServiceParameters\.cpp$")

#: Sections whose direct keys are names that the user chooses.
NAMED_BY_USER = frozenset({"DicomModalities", "OrthancPeers", "DicomWeb.Servers", "GoogleCloudPlatform.Accounts"})
#: Sections below which keys are data and not options.
DATA_SECTIONS = frozenset(
    {
        "RegisteredUsers",
        "UserMetadata",
        "UserContentType",
        "Dictionary",
        "OrthancPeers.HttpHeaders",
        "DicomWeb.Servers.HttpHeaders",
        "AdvancedStorage.MultipleStorages.Storages",
        "Education.Administrators.Credentials",
        "Education.StandardUsers.Credentials",
        "OrthancExplorer2.UiOptions.CustomButtons",
        "OrthancExplorer2.UiOptions.NewWorklistDefaultTags",
        "StoneWebViewer.DicomWebHttpHeaders",
    }
)
#: Top-level keys of plugins; what else stands in the JSON of a plugin's page belongs to the core or is a REST call.
PLUGIN_SECTIONS = frozenset({
    "AdvancedStorage", "Authorization", "AwsS3Storage", "AzureBlobStorage", "ConnectivityChecks",
    "DelayedDeletion", "DicomWeb", "Education", "Gdcm", "GoogleCloudPlatform", "GoogleCloudStorage",
    "Housekeeper", "Indexer", "Java", "JavaClasspath", "MultitenantDicom", "MySQL", "OHIF", "Odbc",
    "OrthancExplorer2", "PixelsMasker", "PostgreSQL", "Python", "PythonScript", "PythonVerbose", "SQLite",
    "STL", "ServeFolders", "StoneWebViewer", "Tcia", "Transfers", "VolView", "WebViewer",
    "WholeSlideImaging", "Worklists",
})  # fmt: skip

#: Stands on the stack of keys after a key whose value begins on the next line.
VALUE_FOLLOWS = ":"
KEY = re.compile(r'^"(?P<key>[A-Za-z][A-Za-z0-9_]*)"\s*:\s*(?P<value>.*)$')
OPTION_NAME = re.compile(r"^[A-Z][A-Za-z0-9_]*$")
READ_IN_SOURCE = re.compile(r'(?:Get|Lookup)(\w*)Parameter\((?:[a-z]\w*,\s*)?"([A-Z][A-Za-z0-9]+)"')
TYPE_OF_READER = {
    "Boolean": "boolean",
    "Bool": "boolean",
    "UnsignedInteger": "integer",
    "Integer": "integer",
    "String": "string",
    "ListOfStrings": "array",
    "SetOfStrings": "array",
}
KEY_CONSTANT = re.compile(r'KEY_\w+\s*=\s*"([A-Z][A-Za-z0-9]+)"')
PLUGIN_SINCE = re.compile(r"(?:new in|since|available from)\s+(?:release|version|v)?\s*(\d+(?:\.\d+)+)", re.IGNORECASE)
#: Options whose example would look like a leaked secret.
SECRET = re.compile(r"Password|Key$|Secret|Pin$|Token|Connection(String|Uri)$")
#: Examples that only make sense on the machine of the example.
ONE_SITE = re.compile(r"https?://|/home/|/my/|/path/|\$\{")


class Repository:
    """A local clone; only read, through git."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            check=True,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        return done.stdout

    def releases(self) -> list[tuple[str, str]]:
        """(version, commit) of every release from 1.0.0 on, oldest first."""
        found: dict[tuple[int, ...], str] = {}
        for line in self._git("log", "--all", "--format=%H %s").splitlines():
            commit, _, subject = line.partition(" ")
            match = re.fullmatch(r"Orthanc-(\d+)\.(\d+)\.(\d+)", subject)
            if match and (version := tuple(map(int, match.groups()))) >= FIRST_RELEASE:
                found.setdefault(version, commit)
        return [(".".join(map(str, version)), found[version]) for version in sorted(found)]

    def files(self, commit: str, wanted: re.Pattern[str]) -> list[str]:
        """Paths of the files at the commit in which ``wanted`` is found."""
        return [name for name in self._git("ls-tree", "-r", "--name-only", commit).splitlines() if wanted.search(name)]

    def text(self, commit: str, path: str) -> str:
        """One file at the commit."""
        return self._git("show", f"{commit}:{path}")

    def grep(self, commit: str, expression: str, *paths: str) -> list[str]:
        """Matching parts of the C++ sources at the commit; empty when there are none."""
        done = subprocess.run(
            ["git", "-C", str(self.path), "grep", "-hoE", expression, commit, "--", *paths],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        return done.stdout.splitlines()


@dataclass(frozen=True)
class Mention:
    """One option in one commented configuration file, or read by the sources."""

    name: str
    value: Json
    kind: str | None
    active: bool
    since: str | None = None


@dataclass
class _Comment:
    """State inside one run of comment lines: the keys opened within it."""

    stack: list[str] = field(default_factory=list)
    block: bool = False


def _literal(text: str) -> Json:
    try:
        value: Json = json.loads(text.rstrip().rstrip(","))
    except ValueError:
        return None
    return value


def _without_comment(line: str) -> tuple[str, str]:
    """Split a line in JSON and trailing ``//`` comment; ``//`` inside a string is kept."""
    inside = False
    for position, character in enumerate(line):
        if character == '"' and line[position - 1 : position] != "\\":
            inside = not inside
        elif not inside and line.startswith("//", position):
            return line[:position].rstrip(), line[position + 2 :]
    return line.rstrip(), ""


def _dotted(path: list[str]) -> str | None:
    """The option's name for a path of keys, or None when the last key is data or a name that the user chose."""
    parts: list[str] = []
    for position, key in enumerate(path):
        section = ".".join(parts)
        if (section in DATA_SECTIONS or not OPTION_NAME.match(key)) and section not in NAMED_BY_USER:
            return None
        if section in NAMED_BY_USER and parts and path[position - 1] == parts[-1]:
            if position == len(path) - 1:
                return None
            continue
        parts.append(key)
    return ".".join(parts)


def _kind(value: Json, text: str) -> str | None:
    """The JSON type of a value, from the value or, when it goes on in the next lines, from how its text begins."""
    if text[:1] in {"{", "["}:
        return "object" if text[0] == "{" else "array"
    names: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return names.get(type(value))


def mentions(text: str) -> Iterator[Mention]:
    """All options of a commented configuration file, active or commented out, in order."""
    active: list[str] = []
    comment: _Comment | None = None
    block = False
    for raw in text.splitlines():
        line = raw.strip()
        commented = block
        if not block and line.startswith("/*"):
            block, commented = True, True
            comment = _Comment()
            line = line.lstrip("/*").strip()
        if block:
            if "*/" in line:
                block = False
                line = line.partition("*/")[0].strip().rstrip("*").strip()
            line = line.lstrip("* ").strip()
            if line.startswith("//"):
                line = line.lstrip("/ ").strip()
        elif line.startswith("//"):
            commented = True
            comment = comment or _Comment()
            line = line.lstrip("/ ").strip()
        else:
            comment = None
        stack = comment.stack if commented and comment else active
        if line:
            yield from _mentions_of_line(line, stack, [] if stack is active else active, is_active=not commented)


def _mentions_of_line(line: str, stack: list[str], parents: list[str], *, is_active: bool) -> Iterator[Mention]:
    code, remark = _without_comment(line)
    match = KEY.match(code)
    if match is None:
        closes = code.startswith(("}", "]")) and stack
        begins_value = code in {"{", "["} and stack and stack[-1] == VALUE_FOLLOWS
        if closes or begins_value:
            stack.pop()
        elif code in {"{", "["} and (stack or parents):
            stack.append("")
        return
    if stack and stack[-1] == VALUE_FOLLOWS:
        del stack[-2:]
    key, value = match["key"], match["value"].rstrip().rstrip(",").rstrip()
    name = _dotted([part for part in [*parents, *stack, key] if part])
    if not value:
        stack.extend((key, VALUE_FOLLOWS))
    if name:
        since = PLUGIN_SINCE.search(remark)
        literal = _literal(value)
        yield Mention(name, literal, _kind(literal, value), is_active, since[1] if since else None)
    if value[:1] in {"{", "["} and value.count(value[0]) > value.count("}" if value[0] == "{" else "]"):
        stack.append(key)


def options_of_release(repository: Repository, commit: str) -> dict[str, Mention]:
    """What the configuration files of one release document, and what its sources read beyond that."""
    found: dict[str, Mention] = {}
    for path in repository.files(commit, CONFIGURATION_FILES):
        for mention in mentions(repository.text(commit, path)):
            if mention.name not in found or (mention.active and not found[mention.name].active):
                found[mention.name] = mention
    expression = r'(Get|Lookup)\w*Parameter\(([a-z]\w*, *)?"[A-Z][A-Za-z0-9]+"'
    for line in repository.grep(commit, expression, "OrthancServer"):
        for reader, name in READ_IN_SOURCE.findall(line):
            found.setdefault(name, Mention(name, None, TYPE_OF_READER.get(reader), active=False))
    for section, sources in (("DicomModalities", MODALITY_SOURCES), ("OrthancPeers", PEER_SOURCES)):
        for path in repository.files(commit, sources):
            for key in KEY_CONSTANT.findall(repository.text(commit, path)):
                found.setdefault(f"{section}.{key}", Mention(f"{section}.{key}", None, None, active=False))
    return found


def literals_of_release(repository: Repository, commit: str) -> set[str]:
    """String literals of the server's sources: an option that is no longer documented may still be read there."""
    paths = (
        "OrthancServer/*.cpp",
        "OrthancServer/*.h",
        ":!OrthancServer/Plugins/Samples",
        ":!OrthancServer/UnitTestsSources",
    )
    return {line.strip('"') for line in repository.grep(commit, r'"[A-Z][A-Za-z0-9]+"', *paths)}


def core_options(repository: Repository) -> dict[str, dict[str, Json]]:
    """Options of Orthanc itself, from all its releases."""
    options: dict[str, dict[str, Json]] = {}
    releases = repository.releases()
    documented_last = ""
    for version, commit in releases:
        current = options_of_release(repository, commit)
        still_read = literals_of_release(repository, commit)
        for name, mention in current.items():
            option = options.setdefault(name, {"since": version, "until": None, "default": None, "former_defaults": []})
            option["until"] = None
            option["type"] = mention.kind or option.get("type")
            _note_default(option, mention, version)
        for name, option in options.items():
            if name not in current and name not in still_read and option["until"] is None:
                option["until"] = documented_last
        documented_last = version
    for option in options.values():
        option.pop("default_since", None)
        if not option["former_defaults"]:
            del option["former_defaults"]
    return options


def _note_default(option: dict[str, Json], mention: Mention, version: str) -> None:
    if not mention.active:
        if mention.value is not None and option["default"] is None:
            option["example"] = mention.value
        return
    option.pop("example", None)
    former = option["former_defaults"]
    if not isinstance(former, list):
        raise TypeError(former)
    if "default_since" in option and option["default"] != mention.value:
        former.append([option["default_since"], option["default"]])
    if "default_since" not in option or option["default"] != mention.value:
        option["default_since"] = version
    option["default"] = mention.value


def plugin_options(texts: Iterable[tuple[str, str]]) -> dict[str, dict[str, Json]]:
    """Options of plugins from (plugin, commented JSON) pairs; what belongs to no plugin's section is left out."""
    options: dict[str, dict[str, Json]] = {}
    for plugin, text in texts:
        for mention in mentions(text):
            if mention.name.partition(".")[0] not in PLUGIN_SECTIONS:
                continue
            known: dict[str, Json] = {"since": None, "until": None, "default": None, "type": None, "plugin": plugin}
            option = options.setdefault(mention.name, known)
            option["since"] = option["since"] or mention.since
            option["type"] = option["type"] or mention.kind
            plain = mention.value is not None and mention.kind not in {"object", "array"}
            if plain and not SECRET.search(mention.name) and not ONE_SITE.match(str(mention.value)):
                option.setdefault("example", mention.value)
    return options


OBJECT_BEGINS = re.compile(r'^\s+(\{|"[A-Z]\w+"\s*:\s*\{)\s*$')


def book_texts(book: Repository) -> Iterator[tuple[str, str]]:
    """The JSON on the plugin pages of the Orthanc Book: indented blocks that begin with a brace or a section."""
    for path in book.files("HEAD", re.compile(r"^Sphinx/source/plugins/[^/]+\.rst$")):
        block: list[str] = []
        for line in [*book.text("HEAD", path).splitlines(), "end"]:
            indented = line.startswith(" ") or not line.strip()
            if block and not indented:
                yield re.sub(r"-plugin(-new)?$", "", Path(path).stem), "\n".join(block)
                block = []
            elif block or (indented and OBJECT_BEGINS.match(line)):
                block.append(line)


def plugin_file_texts(repositories: list[Repository]) -> Iterator[tuple[str, str]]:
    """The commented configuration files that plugin repositories carry; the plugin's name is that of the repository."""
    for repository in repositories:
        folder = repository.path.parent if repository.path.name == "repo" else repository.path
        plugin = re.sub(r"^(.*\+)?orthanc-", "", folder.name)
        for path in repository.files("HEAD", re.compile(r"(^|/)(Plugin|WebApplication)/\w*[Cc]onfiguration\.json$")):
            yield plugin, repository.text("HEAD", path)


def main() -> None:
    """Read the clones named on the command line, write the list."""
    parser = argparse.ArgumentParser(description="Write the list of Orthanc's configuration options by release.")
    parser.add_argument("orthanc", type=Path, help="clone of Orthanc's source repository")
    parser.add_argument("--book", type=Path, help="clone of the Orthanc Book")
    parser.add_argument("--plugin", type=Path, action="append", default=[], help="clone of a plugin (repeatable)")
    parser.add_argument("-o", "--output", type=Path, default=Path("patterns/orthanc_options.json"))
    arguments = parser.parse_args()
    options = core_options(Repository(arguments.orthanc))
    texts = [*plugin_file_texts([Repository(path) for path in arguments.plugin])]
    if arguments.book:
        texts += book_texts(Repository(arguments.book))
    options.update(plugin_options(texts))
    text = json.dumps(options, indent=1, sort_keys=True, ensure_ascii=False)
    arguments.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
