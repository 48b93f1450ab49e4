"""Where patterns are found, and where what was made of them is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def patterns_folder() -> Path:
    """The folder of the patterns that came with the program: the checkout's own, or the installed wheel's copy."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / "patterns"
    return checkout if (checkout / "causes").is_dir() else package / "patterns"


def user_patterns_folder() -> Path | None:
    """The folder of the user's own patterns, ``~/.config/loganalyzer/patterns`` or where XDG says; None without any."""
    base = os.environ.get("APPDATA") if sys.platform == "win32" else os.environ.get("XDG_CONFIG_HOME")
    home = _home()
    if base is None and home is None:
        return None
    folder = Path(base) if base else Path(home or "") / ".config"
    found = folder / "loganalyzer" / "patterns"
    return found if any(found.rglob("*.yaml")) else None


def cache_folder() -> Path | None:
    """The folder for what can be made again (it need not exist yet); None where there is no home."""
    home = _home()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = str(home / "Library" / "Caches") if home else None
    else:
        base = os.environ.get("XDG_CACHE_HOME") or (str(home / ".cache") if home else None)
    return Path(base) / "loganalyzer" if base else None


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None
