"""Every sentence of the interface has its English."""

from pathlib import Path

import pytest
from babel.messages.catalog import PYTHON_FORMAT
from babel.messages.extract import DEFAULT_KEYWORDS as KEYWORDS
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping
from babel.messages.pofile import read_po

PROJECT = Path(__file__).resolve().parents[2]
FLAG = "python-format"


THEME, PORTAL = "shared/web", "services/portal_gateway"
"""Where catalogues are; the portal says by the theme's what its own has not."""


@pytest.mark.parametrize(
    ("part", "catalogues"),
    [
        ("shared/web", [THEME]),
        ("shared/contracts", [THEME]),
        ("services/portal_gateway", [PORTAL, THEME]),
    ],
    ids=["theme", "contracts", "portal"],
)
def test_every_sentence_of_the_portal_has_its_english(part: str, catalogues: list[str]) -> None:
    said = _said_in(part)
    translated = set().union(*map(_translated_in, catalogues))

    assert len(said) > 40
    assert said - translated == set()


def test_a_sentence_has_one_english_wherever_it_is_said() -> None:
    assert _translated_in(PORTAL) & _translated_in(THEME) == set()


def test_a_catalogue_keeps_no_sentence_that_is_said_no_more() -> None:
    """Agents' desks, French only, are not counted."""
    said = _said_in(THEME) | _said_in("shared/contracts") | _said_in(PORTAL)

    assert (_translated_in(PORTAL) | _translated_in(THEME)) - said == set()


def _said_in(part: str) -> set[str]:
    """Return the sentences of a folder that are marked to be translated, of plurals one."""
    with (PROJECT / "babel.cfg").open() as lines:
        methods, options = parse_mapping(lines)
    return {
        message if isinstance(message, str) else message[0]
        for _, _, message, _, _ in extract_from_dir(
            PROJECT / part, methods, options, KEYWORDS | {"_l": None, "N_": None}
        )
    }


def _translated_in(catalogue_of: str) -> set[str]:
    """Return the sentences that a catalogue has in English, of plurals one."""
    with (PROJECT / catalogue_of / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        known = [message for message in read_po(file) if message.id and message.string]
    return {each.id if isinstance(each.id, str) else each.id[0] for each in known}


@pytest.mark.parametrize("catalogue_of", [THEME, PORTAL])
def test_a_sentence_with_a_value_in_it_says_so_where_translators_look(catalogue_of: str) -> None:
    """By the text: Babel sets a flag that is missing while it reads, and tells nobody."""
    text = (PROJECT / catalogue_of / "translations/en/LC_MESSAGES/messages.po").read_text("utf-8")
    entries = [entry for entry in text.split("\n\n") if "msgid" in entry]

    flagged = {entry for entry in entries if FLAG in entry}
    with_values = {entry for entry in entries if PYTHON_FORMAT.search(_identified_by(entry))}

    assert len(with_values) > 40
    assert with_values - flagged == set()


def _identified_by(entry: str) -> str:
    """Return the French of an entry: what stands before its English."""
    return entry.partition("\nmsgstr")[0].partition("msgid")[2]
