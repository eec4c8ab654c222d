"""French postcodes: five figures that begin with a département. Pure."""

import re

_FRENCH = re.compile(r"(?:0[1-9]|[1-8]\d|9[0-5])\d{3}|97[1-8]\d{2}|98[0678]\d{2}")


def tidy_postcode(typed: str) -> str:
    """Return « 28 990 » as it is compared and kept: without its spaces."""
    return "".join(typed.split())


def is_french_postcode(postcode: str) -> bool:
    """Say whether a postcode could be one of France: five figures, of a département there is."""
    return _FRENCH.fullmatch(postcode) is not None
