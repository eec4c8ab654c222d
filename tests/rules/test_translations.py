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


@pytest.mark.parametrize(
    ("part", "catalogue_of"),
    [
        ("shared/web", "shared/web"),
        ("shared/contracts/sections", "shared/web"),
        ("services/portal_gateway", "services/portal_gateway"),
    ],
)
def test_every_sentence_of_the_portal_has_its_english(part: str, catalogue_of: str) -> None:
    with (PROJECT / "babel.cfg").open() as lines:
        methods, options = parse_mapping(lines)
    said = {
        message if isinstance(message, str) else message[0]
        for _, _, message, _, _ in extract_from_dir(
            PROJECT / part, methods, options, KEYWORDS | {"_l": None, "N_": None}
        )
    }
    with (PROJECT / catalogue_of / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file)

    untranslated = {text for text in said if not (known := catalogue.get(text)) or not known.string}

    assert len(said) > 40
    assert untranslated == set()


@pytest.mark.parametrize("catalogue_of", ["shared/web", "services/portal_gateway"])
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
