"""Words that names answer to, each once, on both databases."""

import time
import weakref
from datetime import timedelta

import pytest

from services.dossier.models import ChildNameWord, GuardianNameWord
from services.dossier.store import store
from shared.database.words import word_index
from shared.database.words.word_index import KnownWords, all_words_known
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
        words = all_words_known(read, ChildNameWord)

    assert words == [
        *("alencon", "anais", "d", "dalencon", "eloise", "goff", "le", "legoff", "zoe"),
    ]


@pytest.mark.both_databases
def test_a_name_that_comes_after_the_words_were_read_is_known_at_once(town: Town) -> None:
    known = KnownWords(ChildNameWord, GuardianNameWord)
    with store.read() as read:
        assert "zola" not in known.read(read)

    one = make.guardian("Émile Zola")
    town.arrives(make.household(make.child([one]), guardians=[one]))

    with store.read() as read:
        words = known.read(read)
        assert "zola" in words and "manon" in words
        assert known.read(read) is words  # nothing was noted since


def test_words_are_forgotten_though_nobody_looks_for_a_name_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_index, "READ_WHOLE_AFTER", timedelta(seconds=0.2))
    one = make.guardian("Émile Zola")
    town.arrives(make.household(make.child([one]), guardians=[one]))
    known = KnownWords(ChildNameWord, GuardianNameWord)
    with store.read() as read:
        there = weakref.ref(known.read(read))

    end = time.monotonic() + 20
    while there() is not None:
        assert time.monotonic() < end
        time.sleep(0.05)
