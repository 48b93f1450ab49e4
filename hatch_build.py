"""Puts into the wheel what the program makes of its own patterns, so that not even its first start reads them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PrebuiltPatterns(BuildHookInterface[Any]):
    """Adds ``loganalyzer/patterns/prebuilt.json`` to a wheel; faulty patterns stop the build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are collected. ``version`` is ``standard`` or ``editable``."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, self.root)
        from loganalyzer.patternbase.load import PREBUILT, prebuild

        self._folder = tempfile.TemporaryDirectory(prefix="loganalyzer-")
        path = Path(self._folder.name) / PREBUILT
        prebuild(path)
        build_data["force_include"][str(path)] = f"loganalyzer/patterns/{PREBUILT}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Called when the wheel is written."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()
