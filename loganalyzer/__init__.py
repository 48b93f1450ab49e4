"""loganalyzer turns an Orthanc log into a diagnosis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loganalyzer.diagnosis.build import diagnose
    from loganalyzer.diagnosis.model import Diagnosis
    from loganalyzer.patternbase import load_patterns

__version__ = "0.1.0"
__all__ = ["Diagnosis", "__version__", "diagnose", "load_patterns"]

_HOMES = {
    "diagnose": "loganalyzer.diagnosis.build",
    "Diagnosis": "loganalyzer.diagnosis.model",
    "load_patterns": "loganalyzer.patternbase",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module holds
    """Imports the public names when they are first used, so that ``--help`` loads nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
