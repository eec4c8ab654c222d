"""
The shades of a town, reckoned from its one colour, with the contrasts that each must reach. Pure.

Paper, card and ink are those of shared/web/static/preau.css, where light and dark each have theirs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Colour = tuple[float, float, float]

WHITE, BLACK = "#ffffff", "#000000"
TEXT, LARGE_TEXT = 4.5, 7.0
"""Contrasts of text (WCAG 1.4.3), and of what is read long (1.4.6)."""
STEPS = 50
LEAST_MOVED = 0.2


class ColourRefused(ValueError):
    """A colour that cannot be read where a town's colour is used; its text says where."""


@dataclass(frozen=True)
class Ground:
    """Grounds of a town's colour, and the inks that stand on its shades."""

    paper: str
    card: str
    ink: str
    ends_at: str
    """Towards what the colour is moved to be read better: black by day, white by night."""
    tint: float
    sky: float


LIGHT = Ground("#f7f5f0", "#ffffff", "#17233f", BLACK, tint=0.1, sky=0.2)
DARK = Ground("#10172a", "#18213a", "#e9edf6", WHITE, tint=0.14, sky=0.2)
NEAR_BLACK = "#0c1630"


def colour_tokens_of(colour: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the tokens by day and by night; raises ColourRefused, with one that would do."""
    least = min(contrast_of_colours(colour, LIGHT.paper), contrast_of_colours(colour, LIGHT.card))
    if least < TEXT:
        better = _nearest_readable_shade(colour, LIGHT, TEXT)
        raise ColourRefused(
            f"{colour} reads {least:.1f}:1 on the pages by day, 4.5:1 is the least: "
            f"{better} would do"
        )
    return _shades_on_ground(colour, LIGHT), _shades_on_ground(
        _nearest_readable_shade(colour, DARK, LARGE_TEXT), DARK
    )


def contrast_of_colours(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG reckons it, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix_colours(one: str, other: str, share: float) -> str:
    """Return a colour with a share, 0 to 1, of another one in it."""
    pairs = zip(_rgb_channels(one), _rgb_channels(other), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * share)):02x}" for a, b in pairs)


def _shades_on_ground(town: str, ground: Ground) -> Mapping[str, str]:
    wash = _tinted_ground(ground.card, town, ground.tint, ground.ink)
    shades = {
        "town": town,
        "town-ink": _ink_shade(town, wash, ground),
        "town-wash": wash,
        "on-town": max((WHITE, NEAR_BLACK), key=lambda each: contrast_of_colours(each, town)),
        "sky": _tinted_ground(ground.paper, town, ground.sky, ground.ink),
    }
    return shades


def _nearest_readable_shade(colour: str, ground: Ground, least: float) -> str:
    """Return the nearest shade of a colour that reads on paper and card."""
    return next(
        each
        for each in _steps_towards(colour, ground.ends_at)
        if min(contrast_of_colours(each, ground.paper), contrast_of_colours(each, ground.card))
        >= least
    )


def _ink_shade(town: str, wash: str, ground: Ground) -> str:
    """Return the shade for what is read long, which also shows that a button is pointed at."""
    return next(
        each
        for each in _steps_towards(mix_colours(town, ground.ends_at, LEAST_MOVED), ground.ends_at)
        if contrast_of_colours(each, ground.card) >= LARGE_TEXT
        and contrast_of_colours(each, wash) >= TEXT
    )


def _tinted_ground(ground: str, town: str, most: float, ink: str) -> str:
    """Return a ground with as much of the colour in it as the ink on it bears."""
    shares = (most * step / STEPS for step in range(STEPS, -1, -1))
    tints = (mix_colours(ground, town, share) for share in shares)
    return next(tint for tint in tints if contrast_of_colours(ink, tint) >= LARGE_TEXT)


def _steps_towards(colour: str, end: str) -> Iterator[str]:
    return (mix_colours(colour, end, step / STEPS) for step in range(STEPS + 1))


def _rgb_channels(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in _rgb_channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
