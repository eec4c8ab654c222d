"""
Faults of a YAML file in words, on their line: the parser's own words name « block mappings ».

What the parser says is one of half a dozen things, and each has few causes. They are all named
together: which of them it was is plain on the line, and a guess would blame what is right.
"""

import yaml

QUOTES = "quotes of a word processor: write plain ones, \" or '"

_SAID = {
    "mapping values are not allowed": "a colon too many: a text that holds one stands in quotes,"
    ' plain ones, as in label: "Accueil : matin". Else compare how far the line is indented, and'
    " that the item above begins with a plain hyphen and a plain space",
    "cannot start any token": "a text that begins with a sign such as @ % ` stands in quotes",
    "could not find expected ':'": "a key is followed by a colon and a space: « key: value »",
    "while scanning a quoted scalar": "a quote is opened and not closed",
    "while parsing a flow": "a bracket [ or { is opened and not closed, or a comma is missing",
    "while parsing a block": "it does not go on as the lines above it: compare how far they are"
    " indented, and that quotes, here and above, end where their text does (write ’ for an"
    " apostrophe); where nothing is to be seen, type the line anew",
}
"""Mistakes by what the parser says, in either of its two forms; the first that fits."""

_BEGUN = ("could not find expected ':'", "while scanning a quoted scalar", "while parsing a flow")
"""Words for a mistake that lies where it began: the parser stops later, when it finds no end."""


def slip_in_words(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Return the line at which a file is wrong, and what to look for there."""
    said = f"{error.context}: {error.problem}"
    reason = next((words for like, words in _SAID.items() if like in said), said)
    marks = (error.context_mark, error.problem_mark)
    mark = next(filter(None, marks if any(like in said for like in _BEGUN) else marks[::-1]), None)
    return mark.line + 1 if mark else 1, f"this is not YAML: {reason}"
