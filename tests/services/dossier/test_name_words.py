"""Words that names answer to, each once, on both databases."""

import pytest

from services.dossier.models import ChildNameWord
from services.dossier.store import store
from shared.database.word_index import words_there
from tests.factories import dossier as make
from tests.factories.dossier import Town


@pytest.mark.both_databases
def test_the_words_there_are_come_once_and_in_the_order_of_their_letters(town: Town) -> None:
    for first, last in (("Éloïse", "Le Goff"), ("Zoé", "Le Goff"), ("Anaïs", "D’Alençon")):
        one = make.guardian()
        identity = make.identity(first, last, "2018-05-03")
        child = make.child([one], sections={"identity": identity})
        town.arrives(make.household(child, guardians=[one]))

    with store.read() as read:
        words = words_there(read, ChildNameWord)

    assert words == [
        *("alencon", "anais", "d", "dalencon", "eloise", "goff", "le", "legoff", "zoe"),
    ]
