"""Every sentence of the interface has its English."""

from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS as KEYWORDS
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping
from babel.messages.pofile import read_po

PROJECT = Path(__file__).resolve().parents[2]


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
