"""Reading a PDF: its text by its own character maps, its tags, its metadata."""

import contextlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pikepdf
import pypdfium2

MM = 25.4 / 72
"""Millimetres of a point."""
_BFCHAR = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_BFRANGE = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


def text(content: bytes) -> str:
    """Return all text, page after page, with plain spaces and without line ends."""
    return "".join(pages(content))


def pages(content: bytes) -> list[str]:
    """Return the text of each page, as `text` has it; of the empty back of a sheet none."""
    with opened(content) as pdf:
        return ["".join(_text(page)).translate(_SPACES) for page in pdf.pages]


def assert_shown_by_window(content: bytes, lines: Sequence[str], page: int = 0) -> None:
    """Assert that an address lies where a DL envelope has its window, wherever its sheet slips."""
    with contextlib.closing(pypdfium2.PdfDocument(content)) as document:
        of_page = document[page].get_textpage()
        for line in lines:
            found = of_page.search(line).get_next()
            assert found is not None, line
            left, bottom, _, top = of_page.get_charbox(found[0])
            from_top = [(document[page].get_height() - each) * MM for each in (top, bottom)]
            assert left * MM >= 110, (line, left * MM)
            assert 54 <= min(from_top) <= max(from_top) <= 90, (line, from_top)


def roles(content: bytes) -> list[str]:
    """Return the tags of the structure tree, depth first."""
    with opened(content) as pdf:
        return list(_roles(pdf.Root.StructTreeRoot))


def _roles(element: Any) -> Iterator[str]:
    if "/S" in element:
        yield str(element.S).lstrip("/")
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            yield from _roles(kid)


def _text(page: Any) -> Iterator[str]:
    named = page.resources.get("/Font", {})
    fonts = {name: _characters(font) for name, font in named.items()}
    known: Mapping[bytes, str] = {}
    instructions: list[Any] = list(pikepdf.parse_content_stream(page))
    for operands, operator in instructions:
        if str(operator) == "Tf":
            known = fonts[str(operands[0])]
        elif str(operator) in ("Tj", "TJ"):
            shown = operands[0] if str(operator) == "TJ" else [operands[0]]
            for each in shown:
                if isinstance(each, pikepdf.String):
                    yield _decoded(bytes(each), known)


def _decoded(glyphs: bytes, known: Mapping[bytes, str]) -> str:
    return "".join(known.get(glyphs[at : at + 2], "") for at in range(0, len(glyphs), 2))


def _characters(font: Any) -> Mapping[bytes, str]:
    found: dict[bytes, str] = {}
    table = font.ToUnicode.read_bytes()
    for block in _BFCHAR.findall(table):
        codes = _HEX.findall(block)
        for code, character in zip(codes[::2], codes[1::2], strict=True):
            found[bytes.fromhex(code.decode())] = _utf16(character)
    for block in _BFRANGE.findall(table):
        codes = _HEX.findall(block)
        for first, last, character in zip(codes[::3], codes[1::3], codes[2::3], strict=True):
            for more in range(int(last, 16) - int(first, 16) + 1):
                code = (int(first, 16) + more).to_bytes(2, "big")
                found[code] = chr(ord(_utf16(character)) + more)
    return found


def _utf16(code: bytes) -> str:
    return bytes.fromhex(code.decode()).decode("utf-16-be")
