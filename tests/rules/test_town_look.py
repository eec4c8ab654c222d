"""A town's one colour makes shades that can be read, and its arms hold nothing but shapes."""

import base64
import re
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from deploy.register.town_file.look.coat_of_arms import PNG, SVG, ArmsRefused, arms_made_anew
from deploy.register.town_file.look.colours import (
    DARK,
    LIGHT,
    ColourRefused,
    Ground,
    colour_tokens_of,
    contrast_of_colours,
)
from shared.register import Identity
from shared.web.base.town_look import style_sheet

ROOT = Path(__file__).resolve().parents[2]
SHEET = (ROOT / "shared/web/static/preau.css").read_text("utf-8")
COLOURS = some.integers(0, 0xFFFFFF).map("#{:06x}".format)
SHIELD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 38">{}</svg>'
FIELD = '<path d="M2 2h28v17H2z" fill="#17489b"/>'


def tokens(night: bool) -> dict[str, str]:
    """Return the tokens of the style sheet, by day or by night."""
    day, _, dark = SHEET.partition("@media screen and (prefers-color-scheme: dark)")
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", dark[:900] if night else day))


@pytest.mark.parametrize(("ground", "night"), [(LIGHT, False), (DARK, True)])
def test_shades_are_reckoned_on_the_paper_the_card_and_the_ink_of_the_pages(
    ground: Ground, night: bool
) -> None:
    there = tokens(night)

    assert there["paper"] == ground.paper
    assert there["ink"] == ground.ink
    assert there.get("card", "#ffffff") == ground.card


@settings(max_examples=300)
@given(COLOURS)
def test_every_colour_makes_shades_that_reach_their_contrasts_or_is_refused(colour: str) -> None:
    try:
        both = colour_tokens_of(colour)
    except ColourRefused as refused:
        (better,) = re.findall(r"(#[0-9a-f]{6}) would do", str(refused))
        both = colour_tokens_of(better)

    for shades, ground in zip(both, (LIGHT, DARK), strict=True):
        assert contrast_of_colours(shades["town"], ground.card) >= 4.5
        assert contrast_of_colours(shades["town"], ground.paper) >= 4.5
        assert contrast_of_colours(shades["on-town"], shades["town"]) >= 4.5
        assert contrast_of_colours(shades["on-town"], shades["town-ink"]) >= 4.5
        assert contrast_of_colours(shades["town-ink"], ground.card) >= 7
        assert contrast_of_colours(shades["town-ink"], shades["town-wash"]) >= 4.5
        assert contrast_of_colours(ground.ink, shades["town-wash"]) >= 7
        assert contrast_of_colours(ground.ink, shades["sky"]) >= 7


def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can() -> None:
    with pytest.raises(ColourRefused, match=r"^#f2c200 reads 1\.\d:1 on the pages by day, 4\.5:1 "):
        colour_tokens_of("#f2c200")


@pytest.mark.parametrize("colour", ["#17489b", "#75306f", "#1f6b3a", "#8a1c1c"])
def test_what_is_pointed_at_has_another_shade(colour: str) -> None:
    assert all(shades["town-ink"] != shades["town"] for shades in colour_tokens_of(colour))


def test_black_on_white_is_21_and_a_colour_on_itself_1() -> None:
    assert round(contrast_of_colours("#000000", "#ffffff"), 2) == 21
    assert contrast_of_colours("#75306f", "#75306f") == 1


def test_the_sheet_of_a_town_has_its_shades_by_day_and_by_night() -> None:
    light, dark = colour_tokens_of("#75306f")

    made = style_sheet(Identity("#75306f", light, dark))

    day, _, night = made.partition("@media screen and (prefers-color-scheme: dark)")
    assert "--town: #75306f;" in day
    assert f"--town: {dark['town']};" in night


@pytest.mark.parametrize(
    "more",
    [
        "<script>alert(1)</script>",
        '<a href="https://example.org"><text>Ville</text></a>',
        '<image href="https://example.org/a.png"/>',
        '<use href="#a"/>',
        "<style>path { fill: url(https://example.org/a) }</style>",
        "<foreignObject><p>x</p></foreignObject>",
        "<!-- made by somebody -->",
    ],
)
def test_what_is_no_shape_is_left_out_of_a_drawing(more: str) -> None:
    kind, made = arms_made_anew(SHIELD.format(FIELD + more))

    assert kind == SVG
    assert made == arms_made_anew(SHIELD.format(FIELD))[1]


def test_words_that_lead_elsewhere_or_do_something_are_left_out() -> None:
    field = (
        '<path d="M0 0h9" onload="x()" fill="url(https://example.org)" stroke="url(#g)"'
        ' style="opacity: .5; background: url(x)" id="a"/>'
    )

    _, made = arms_made_anew(SHIELD.format(field))

    assert re.findall(r'(\w[\w-]*)="', made.partition("<path")[2]) == [
        "opacity",
        "d",
        "stroke",
        "id",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<svg", "must be a whole SVG drawing"),
        (SHIELD.format("<text>Ville</text>"), "must have a shape"),
        ('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', "with a viewBox"),
        ("<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SHIELD.format(FIELD), "no document type"),
        (SHIELD.format(FIELD * 900), "24000 characters at most"),
        ("no picture", "must be an SVG drawing, or a PNG"),
        (base64.b64encode(b"GIF89a").decode(), "must be an SVG drawing, or a PNG"),
    ],
)
def test_what_cannot_be_made_anew_is_refused_and_says_why(text: str, why: str) -> None:
    with pytest.raises(ArmsRefused, match=re.escape(why)):
        arms_made_anew(text)


def test_a_png_is_made_anew_from_its_pixels() -> None:
    sent = BytesIO()
    Image.new("RGB", (32, 38), "#75306f").save(
        sent, "PNG", pnginfo=None, exif=b"Exif\x00\x00secret"
    )

    kind, made = arms_made_anew(base64.b64encode(sent.getvalue()).decode())

    with Image.open(BytesIO(base64.b64decode(made))) as picture:
        assert picture.size == (32, 38)
        assert picture.getpixel((3, 3)) == (0x75, 0x30, 0x6F, 255)
    assert kind == PNG
    assert b"secret" not in base64.b64decode(made)


def test_a_picture_larger_than_anybody_needs_is_refused() -> None:
    sent = BytesIO()
    Image.new("1", (600, 20)).save(sent, "PNG")

    with pytest.raises(ArmsRefused, match="512 pixels"):
        arms_made_anew(base64.b64encode(sent.getvalue()).decode())
