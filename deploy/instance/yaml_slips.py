"""
Faults of a YAML file in the words of who wrote it: the slip that is usual, and its line.

A parser says where it lost the thread, often lines later, and in its own terms. What it stumbled
over most often has one of a dozen causes: a text that needs quotes, and what word processors write.
"""

import re
from collections.abc import Container, Iterator

import yaml

_KEY = r"[\s-]*[\w’' ]+?\s*:\s+"
_NO_COMMENT = r"(?:(?!\s#).)"
_SPACES = "\u00a0\u202f\u2007"
"""Spaces that do not break: French typography puts them before a colon, and word processors too."""

QUOTES = "quotes of a word processor: write plain ones, \" or '"

_SLIPS = (
    ("\ufeff", "an invisible mark (BOM) of another program stands in it: type the line anew"),
    (
        rf"[ -]*[{_SPACES}]|-[{_SPACES}]",
        "a non-breaking space stands where YAML takes plain ones: type it anew",
    ),
    (r"\s*[–—•·]\s", "an item of a list begins with a plain hyphen and a space: « - »"),
    (
        rf"{_KEY}[“”„‘’]|{_NO_COMMENT}*[:,]\s*[“”„]",
        QUOTES,
    ),
    (r"\s*(- )?\w+\s*=", "a key is followed by a colon and a space: « key: value »"),
    (r"\s*(- )?[A-Za-z_]\w*:[^\s/]", "a space belongs behind the colon of « key: value »"),
    (
        rf"{_KEY}[@`%*&!,\]}}]",
        "a text that begins with a sign such as @ % * & ! stands in quotes",
    ),
    (
        rf"{_KEY}'[^']*'[^\s,}}\]#]|{_KEY}\"[^\"]*\"[^\s,}}\]#]",
        "the quotes end in the middle of the text: write ’ for an apostrophe, and « » within",
    ),
    (
        rf"{_KEY}[^\s\"'\[{{|>#][^#]*?[{_SPACES} ]?:(\s|$)"
        rf"|{_NO_COMMENT}*\w+: (?:(?!\s#)[^\"'\[{{,}}])+:\s",
        'a text that holds a colon stands in quotes, as in label: "Accueil : matin"',
    ),
)
"""What a line is like, and what is wrong with it then; the first that fits is said."""


def slip_in_words(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Return the line of what a file stumbled over, and what to write instead."""
    lines = text.split("\n")
    free = set(_lines_of_free_text(lines))
    for number in _suspect_lines(error, lines):
        if number in free:
            continue
        line = lines[number]
        for like, reason in _SLIPS:
            if re.match(like, line) if like != "\ufeff" else like in line:
                return number + 1, f"this is not YAML: {reason}"
    return _without_usual_slip(lines, free, error)


def _suspect_lines(error: yaml.MarkedYAMLError, lines: list[str]) -> Iterator[int]:
    """Yield where the parser stopped, where what it read began, and what stands above each."""
    marks = (error.problem_mark, error.context_mark)
    found = [min(mark.line, len(lines) - 1) for mark in marks if mark is not None]
    for at in dict.fromkeys([*found[:1], *(at - 1 for at in found[:1] if at), *found[1:]]):
        if lines[at].strip() and not lines[at].lstrip().startswith("#"):
            yield at


def _lines_of_free_text(lines: list[str]) -> Iterator[int]:
    """Yield the lines of texts that are begun by `|` or `>`, in which every sign may stand."""
    above: int | None = None
    for number, line in enumerate(lines):
        depth = len(line) - len(line.lstrip(" "))
        if above is not None and (depth > above or not line.strip()):
            yield number
            continue
        begun = re.match(rf"([ -]*){_NO_COMMENT}*[:-]\s+[|>][-+\d]*\s*(#.*)?$", line)
        above = len(begun[1]) if begun else None


def _without_usual_slip(
    lines: list[str], free: Container[int], error: yaml.MarkedYAMLError
) -> tuple[int, str]:
    mark = error.problem_mark or error.context_mark
    at = min(mark.line, len(lines) - 1) if mark else 0
    for number in range(at, -1, -1):
        before_comment = re.match(rf"{_NO_COMMENT}*", lines[number])
        read = [lines[number], before_comment[0] if before_comment else ""]
        if number not in free and all(part.count('"') % 2 for part in read):
            return number + 1, "this is not YAML: a quote is opened and not closed, or the reverse"
    if (opened := _line_of_open_bracket(lines, at)) is not None:
        return opened + 1, "this is not YAML: a bracket [ or { is opened and not closed"
    said = error.problem or error.context
    return at + 1, (
        "this is not YAML: it does not go on as the lines above it; compare how far they are"
        f" indented, each key with those of its block, each « - » with the one before ({said})"
    )


def _line_of_open_bracket(lines: list[str], last: int) -> int | None:
    for number in range(last, max(last - 3, -1), -1):
        line = re.sub(r"\"[^\"]*\"|'[^']*'|(^|\s)#.*", "", lines[number])
        if line.count("[") > line.count("]") or line.count("{") > line.count("}"):
            return number
    return None
