"""
The arms of a town, made anew from what its file holds: shapes of an SVG, or the pixels of a PNG.

Whatever else a drawing program wrote is left out: a script, a link, a font, a comment, a picture in
the picture. What cannot be made anew is refused with a sentence.
"""

import base64
import binascii
import re
from io import BytesIO

from lxml import etree
from PIL import Image, UnidentifiedImageError

SVG, PNG = "image/svg+xml", "image/png"
LARGEST = 24_000
"""Characters of the result, which is kept in the register that every process reads."""
WIDEST = 512
"""Pixels of a PNG, each way; it is shown 32 by 38."""

_SPACE = "http://www.w3.org/2000/svg"
_ALLOWED_ELEMENTS = """
svg g path rect circle ellipse line polyline polygon defs clipPath linearGradient radialGradient
stop
"""
_ALLOWED_ATTRIBUTES = """
id d points x y x1 y1 x2 y2 cx cy r rx ry fx fy width height viewBox preserveAspectRatio transform
fill fill-rule fill-opacity stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit
stroke-dasharray stroke-opacity opacity offset stop-color stop-opacity gradientUnits
gradientTransform clip-path clip-rule
"""
_SHAPES, _WORDS = frozenset(_ALLOWED_ELEMENTS.split()), frozenset(_ALLOWED_ATTRIBUTES.split())
"""Elements of a drawing that are kept, and what may be said of them."""

_ELSEWHERE = re.compile(r"url\((?!#[\w-]+\))|[a-z]+script:|&|<", re.IGNORECASE)


class ArmsRefused(ValueError):
    """Arms that cannot be made anew; the text says why."""


def arms_made_anew(text: str) -> tuple[str, str]:
    """Return the kind of the arms and what they are made of: an SVG, or a PNG in base64."""
    kind, made = (
        (SVG, _sanitised_svg(text))
        if text.lstrip().startswith("<")
        else (PNG, _sanitised_png(text))
    )
    if len(made) > LARGEST:
        raise ArmsRefused(f"must be {LARGEST} characters at most, this makes {len(made)}")
    return kind, made


def _sanitised_svg(text: str) -> str:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ArmsRefused("must be a whole SVG drawing, or a PNG in base64") from error
    if root.getroottree().docinfo.doctype:
        raise ArmsRefused("must have no document type: save it as a plain SVG")
    made = _allowed_shape(root)
    if made is None or made.tag != f"{{{_SPACE}}}svg" or not made.get("viewBox"):
        raise ArmsRefused("must be an SVG drawing with a viewBox")
    if not any(
        _local_svg_name(each) in ("path", "polygon", "rect", "circle") for each in made.iter()
    ):
        raise ArmsRefused("must have a shape: text, pictures and links are left out")
    return etree.tostring(made, encoding="unicode")


def _allowed_shape(element: etree._Element) -> etree._Element | None:
    """Return an element with its known words and shapes; None for one of another kind."""
    name = _local_svg_name(element)
    if name not in _SHAPES:
        return None
    made = etree.Element(f"{{{_SPACE}}}{name}", nsmap={None: _SPACE})
    for word, value in {**_style_as_attributes(element), **dict(element.attrib)}.items():
        if word in _WORDS and not _ELSEWHERE.search(value):
            made.set(word, value)
    made.extend(each for each in map(_allowed_shape, element) if each is not None)
    return made


def _local_svg_name(element: etree._Element) -> str:
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    space, _, name = tag.rpartition("}")
    return name if space in ("", f"{{{_SPACE}") else ""


def _style_as_attributes(element: etree._Element) -> dict[str, str]:
    """Return what a style says as words of its own: pages allow no style in place."""
    parts = (part.partition(":") for part in element.get("style", "").split(";"))
    return {word.strip(): value.strip() for word, _, value in parts if value}


def _sanitised_png(text: str) -> str:
    try:
        with Image.open(BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]) as picture:
            if max(picture.size) > WIDEST:
                raise ArmsRefused(f"must be {WIDEST} pixels wide and high at most")
            pixels = picture.convert("RGBA")
    except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ArmsRefused("must be an SVG drawing, or a PNG in base64") from error
    made = BytesIO()
    pixels.save(made, "PNG", optimize=True)
    return base64.b64encode(made.getvalue()).decode()
