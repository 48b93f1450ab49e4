"""Names the server whose log was posted where it is not Orthanc's, by what only that server prints."""

from __future__ import annotations

import re

_PRODUCTS = (
    ("dcm4chee", r"\bdcm4chee\b"),
    ("Dicoogle", r"pt\.ua\.dicoogle|\bdicoogle\b"),
    ("Conquest", r"\bdgate(?:64)?(?:\.exe)?\b|\bconquest dicom server\b"),
    ("ClearCanvas", r"\bClearCanvas\."),
    ("Mirth Connect", r"\bcom\.mirth\.connect\b"),
    ("Keycloak", r"\borg\.keycloak\."),
    ("WildFly", r"\bWFLY[A-Z]{2,10}\d{4}\b|\borg\.jboss\.as\b"),
    ("Apache Tomcat", r"\borg\.apache\.(?:catalina|coyote|tomcat)\."),
    ("nginx", r"\[(?:error|warn|crit|emerg|notice)\] \d+#\d+: "),
    ("PostgreSQL", r"\d\d:\d\d:\d\d\.\d{3} \S{2,6} \[\d+\] (?:LOG|FATAL|ERROR|PANIC):  "),
    ("MySQL", r"\[MY-\d{6}\]|\bInnoDB: "),
)
_COMPILED = tuple((name, re.compile(expression, re.IGNORECASE)) for name, expression in _PRODUCTS)
_ORTHANC = re.compile(r"orthanc", re.IGNORECASE)


def product_in(text: str) -> str | None:
    """The first known server whose own words stand in a text, None where there is none."""
    return next((name for name, expression in _COMPILED if expression.search(text)), None)


def speaks_of_orthanc(text: str) -> bool:
    """Whether a text names Orthanc at all."""
    return _ORTHANC.search(text) is not None
