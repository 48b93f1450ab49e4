"""The forms in which logs are brought. Adding one is one module and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loganalyzer.sources.wrappers.blank_lines import BlankLines
from loganalyzer.sources.wrappers.colour import Colour
from loganalyzer.sources.wrappers.comment import Comment
from loganalyzer.sources.wrappers.compose import Compose
from loganalyzer.sources.wrappers.cri import Cri
from loganalyzer.sources.wrappers.csv_rows import CsvRows
from loganalyzer.sources.wrappers.docker_json import DockerJson
from loganalyzer.sources.wrappers.doubled import Doubled
from loganalyzer.sources.wrappers.fields import Fields
from loganalyzer.sources.wrappers.fluentd import Fluentd
from loganalyzer.sources.wrappers.hard_wrap import HardWrap
from loganalyzer.sources.wrappers.headings import Headings
from loganalyzer.sources.wrappers.html_text import Html
from loganalyzer.sources.wrappers.indent import Indent
from loganalyzer.sources.wrappers.journal_export import JournalExport
from loganalyzer.sources.wrappers.journal_json import JournalJson
from loganalyzer.sources.wrappers.json_lines import JsonLines
from loganalyzer.sources.wrappers.json_text import JsonText
from loganalyzer.sources.wrappers.kubectl import Kubectl
from loganalyzer.sources.wrappers.markdown import Markdown
from loganalyzer.sources.wrappers.newest_first import NewestFirst
from loganalyzer.sources.wrappers.no_break_spaces import NoBreakSpaces
from loganalyzer.sources.wrappers.other_prefix import OtherPrefix
from loganalyzer.sources.wrappers.quote import Quote
from loganalyzer.sources.wrappers.repeated import Repeated
from loganalyzer.sources.wrappers.several_files import SeveralFiles
from loganalyzer.sources.wrappers.soft_wrap import SoftWrap
from loganalyzer.sources.wrappers.stamped import Stamped
from loganalyzer.sources.wrappers.strings import Strings
from loganalyzer.sources.wrappers.suffix import Suffix
from loganalyzer.sources.wrappers.syslog import Syslog
from loganalyzer.sources.wrappers.tabs import Tabs
from loganalyzer.sources.wrappers.trailing_blanks import TrailingBlanks
from loganalyzer.sources.wrappers.web_page import WebPage
from loganalyzer.sources.wrappers.xml_text import XmlText
from loganalyzer.sources.wrappers.yaml_text import YamlText

if TYPE_CHECKING:
    from loganalyzer.sources.wrappers.peeling import Wrapper

PLAIN = "plain"

# Where two fit a sample equally well, the first one is taken: the more particular form before the more general one.
WRAPPERS: tuple[Wrapper, ...] = (
    JournalExport(),
    JournalJson(),
    DockerJson(),
    Cri(),
    Kubectl(),
    Compose(),
    Syslog(),
    Fluentd(),
    JsonLines(),
    JsonText(),
    XmlText(),
    YamlText(),
    CsvRows(),
    Fields(),
    Stamped(),
    Quote(),
    Indent(),
    Comment(),
    Markdown(),
    Colour(),
    Strings(),
    OtherPrefix(),
    WebPage(),
    SeveralFiles(),
    Html(),
    Headings(),
    NoBreakSpaces(),
    Tabs(),
    Suffix(),
    Doubled(),
    BlankLines(),
    HardWrap(),
    SoftWrap(),
    TrailingBlanks(),
    NewestFirst(),
    Repeated(),
)
BY_NAME = {wrapper.name: wrapper for wrapper in WRAPPERS}


def input_formats() -> list[str]:
    """Return the names that ``ReadOptions.input_format`` knows; several may be joined by ``+``."""
    return [PLAIN, *BY_NAME]
