"""The one table of hostile texts, for everything that shows what a log says."""

from __future__ import annotations

HOSTILE = {
    "script": "</script><script>window.pwned=1</script>",
    "image": '"><img src=x onerror=window.pwned=1>',
    "attribute": "' onmouseover=window.pwned=1 x='",
    "javascript": "[x](javascript:window.pwned=1)",
    "comment": "<!--<script>",
    "template": "{{ 7*7 }}{% raw %}${window.pwned=1}",
    "format": "{0}{x!r}%s%n$(id)`id`",
    "bidi": "\u202eLIAM\u2066TXT\u200f\u061c",
    "nul": "A\x00B\x0bC\x7f\x85",
    "surrogate": "\udce9\ud83dX\udc00",
    "ansi": "\x1b[2J\x1b]0;pwned\x07\x1b]8;;http://192.0.2.1/\x07\x9b31m",
    "lines": "A\r\nW1123 10:00:00.000000 forged\u2028B\u2029C",
    "markdown": "``` \n# x\n| a | b |\n- [ ] *b* _i_ @all #1 <details> &lt; ![i](http://192.0.2.1/x) www.example.org",
    "mathtext": "$\\frac{1}{0}$ \\input x",
    "prefix": "javascript:window.pwned=1",
    "proto": "__proto__",
    "empty": "",
    "blank": "   ",
    "wide": "患者" * 30,
    "combining": "e" + "\u0301" * 400,
    "huge": "<b>" * 40_000,
    "formula": "=cmd|' /C calc'!A0",
    "sum": "@SUM(1+1)*cmd",
    "minus": "-2+3+cmd",
    "formula behind a line": "\n=1+1",
    "wide formula": "\uff1d1+1",
    "path": "../../../../etc/passwd\0.log",
    "drive": "C:\\..\\con",
    "shell": "'; touch pwned; $(touch pwned) `touch pwned` | & > pwned #",
    "option": "--output=pwned",
    "url": "http://192.0.2.1/?q=<x>&y='z'",
    "uid": "1.2." * 300,
}
"""What a log may bring in any of its texts: AETs, names, paths, addresses, UIDs. Every renderer shows harmless text."""
