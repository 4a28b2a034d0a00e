"""Make text of a device safe to show."""

import re

_LONGEST = 255
_LONGEST_NAME = 60
# All that Markdown lets one escape (CommonMark 2.4). It can begin a link, HTML or an
# entity; without it there is only text, and no address that turns into a link by itself.
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def one_line(text: str, longest: int = _LONGEST) -> str:
    """Return text for a message or a log: one short line without control characters."""
    # The rest need not be looked at: an answer may have megabytes.
    start = text[: 4 * longest]
    line = "".join(char if char.isprintable() else " " for char in start)
    line = " ".join(line.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def short_name(text: str) -> str:
    """Return text for a name: short, and without HTML."""
    return one_line(text.replace("<", "").replace(">", ""), _LONGEST_NAME)


def escape_markdown(text: str) -> str:
    """Return text for Markdown, such as in a dialog or a repair.

    Not for the inside of backticks: nothing can be escaped there.
    """
    return _PUNCTUATION.sub(r"\\\g<0>", one_line(text))
