"""The name of a site as it is known already, however it is written. Pure."""

from collections.abc import Iterable

from shared.text import folded


def known_or_written_site_name(written: str, known: Iterable[str]) -> str:
    """
    Return the first of these names that is the written one, accents and capitals aside.

    A right at a site and the list of a site are found by its name: « Ecole  jules ferry » beside
    « École Jules-Ferry » would be a second site, which nobody sees. A new name is as it is written.
    """
    said = " ".join(written.split())
    sought = folded(said)
    return next((name for name in known if sought and folded(name) == sought), said)
