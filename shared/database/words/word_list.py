"""
Sorted list of words, searched by a beginning, by a piece, or with a slip of the pen.

Pure. All of a town's words are some thousands, a few hundred kilobytes: one text, in which the
language itself looks.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from shared.text import FORGIVEN_FROM, nearly_matches

_END = "\n"
BEHIND_ALL = chr(0x10FFFF)
"""A letter behind all others: of a word and it, all words that begin so stand before."""


class WordList:
    """Words, each once; they do not change."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words: Sequence[str] = sorted(set(words))
        self._text = _END + _END.join(self.words) + _END
        self._groups: dict[Callable[[str], str], Mapping[str, Sequence[str]]] = {}

    def __contains__(self, word: str) -> bool:
        return word in self.words_beginning_with(word)[:1]

    def words_beginning_with(self, start: str) -> Sequence[str]:
        """Return the words that begin so."""
        first = bisect_left(self.words, start)
        return self.words[first : bisect_left(self.words, start + BEHIND_ALL)]

    def words_containing(self, piece: str) -> Iterator[str]:
        """Give the words in which a piece stands."""
        at = self._text.find(piece)
        while at >= 0:
            end = self._text.find(_END, at)
            yield self._text[self._text.rfind(_END, 0, at) + 1 : end]
            at = self._text.find(piece, end)

    def with_one_slip(self, word: str) -> list[str]:
        """
        Return the words that answer to one, a letter of it forgiven.

        One slip touches two letters that follow each other at most. So of what was typed either the
        first half stands at the beginning of the other word, or the rest behind the middle letter
        stands in it where it should, a place earlier or later.
        """
        found = {*self.words_beginning_with(word)}
        if len(word) >= FORGIVEN_FROM and word.isalpha():
            middle = (len(word) - 1) // 2
            likely = {
                *self.words_beginning_with(word[:middle]),
                *self._words_ending_as(word, middle + 1),
            }
            found.update(other for other in likely if nearly_matches([word], other))
        return sorted(found)

    def words_by_key(self, key: Callable[[str], str]) -> Mapping[str, Sequence[str]]:
        """Return the words by what a function makes of them; each is asked for once."""
        if key not in self._groups:
            groups = defaultdict(list)
            for word in self.words:
                groups[key(word)].append(word)
            self._groups[key] = dict(groups)
        return self._groups[key]

    def _words_ending_as(self, word: str, start: int) -> list[str]:
        before = f"[^{_END}]{{{start - 1},{start + 1}}}"
        return re.findall(f"{_END}({before}{re.escape(word[start:])}[^{_END}]*)", self._text)
