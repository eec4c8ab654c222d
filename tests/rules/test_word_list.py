"""Words of a town: the list finds what a look at each of them would find."""

import random

import pytest

from shared.database.words.word_list import WordList
from shared.text import nearly_matches

SYLLABLES = ("ma", "mar", "ti", "tin", "le", "roux", "dou", "mou", "lin", "o", "e", "an", "ne", "s")


def _words(chance: random.Random, count: int) -> list[str]:
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 5))) for _ in range(count)]


def _with_a_slip(chance: random.Random, word: str) -> str:
    """Return a word with a letter wrong, missing, too many, or that changed places."""
    at = chance.randrange(len(word))
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    swapped = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    return chance.choice(
        [
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1 :] or letter,
            word[:at] + letter + word[at:],
            swapped,
        ]
    )


@pytest.mark.parametrize("seed", range(5))
def test_whoever_is_typed_with_a_slip_is_found_as_by_a_look_at_each_word(seed: int) -> None:
    chance = random.Random(seed)
    words = WordList(_words(chance, 300))

    for word in chance.choices(words.words, k=100):
        typed = _with_a_slip(chance, word)[: chance.randint(1, 12)]

        assert words.with_one_slip(typed) == [
            other for other in words.words if nearly_matches([typed], other)
        ]
        assert list(words.words_containing(typed)) == [
            other for other in words.words if typed in other
        ]
        assert list(words.words_beginning_with(typed)) == [
            other for other in words.words if other.startswith(typed)
        ]
        assert (typed in words) is (typed in set(words.words))


def test_of_no_words_none_is_found() -> None:
    words = WordList(())

    assert "martin" not in words
    assert [*words.words_containing("martin"), *words.with_one_slip("martin")] == []
