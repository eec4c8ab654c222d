"""A telephone number as people write it, and as it is kept: one form of each. Pure."""

import re

_SEPARATORS = re.compile(
    r"\(\s*0\s*\)|[\s.\-/()\u200b-\u2015\u202a-\u202e\u2060-\u2069\u2212\ufeff]"
)
"""
Separators in a number, with the 0 that is not dialled from abroad, « +41 (0)22 », and the marks of
direction that a list of contacts puts around it, and nobody sees.
"""
_OF_FRANCE = re.compile(r"(?:(?:\+33|0033|33(?=0?\d{9}\Z))0?|0|)([1-9]\d{8})")
_ABROAD = re.compile(r"(?:\+|00(?=\d{9}))((?!33)[1-9]\d{7,14})")


def read_telephone_number(written: str) -> str | None:
    """
    Read a telephone number, however its figures are held apart: « 06-39-98-01-01 ».

    One of France comes back by pairs, with the 0 that a spreadsheet ate; one abroad as it is
    dialled, « +41223456789 ». None for what lacks a figure, has one too many, or says more.
    """
    figures = _SEPARATORS.sub("", written)
    if not figures.isascii():
        return None
    if national := _OF_FRANCE.fullmatch(figures):
        return " ".join(re.findall("..", f"0{national[1]}"))
    if abroad := _ABROAD.fullmatch(figures):
        return f"+{abroad[1]}"
    return None
