"""
People who could be meant by a name typed at a counter: some hundred, by the index of words.

They are compared with the name one by one (`rules.find_most_alike_people`); nobody else of the town
is read.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import pairwise

from sqlalchemy import Executable, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.dossier.front_desk.rules.name_search import (
    LEAST,
    Query,
    clear_name_cache,
    known_words_near_query,
)
from services.dossier.models import Child, ChildNameWord, GuardianNameWord
from shared.database.prebuilt_statements import execute, list_parameter
from shared.database.words.word_index import (
    READ_WHOLE_AFTER,
    KnownWords,
    condition_of_answering_words,
    words_of_names,
)
from shared.runtime.expiring_caches import Forgetting
from shared.text import folded

MOST_COMPARED = 300
"""People of each kind of likeness; of a name that more have, one types the other name too."""

ALL_WORDS = 1.0
"""The likeness of who has every word that was typed; nobody has more, without a birth date."""

MOST_TYPED = 8
"""Words of a query that are looked for."""

Column = InstrumentedAttribute[str]

_known = KnownWords(ChildNameWord, GuardianNameWord)
_compared = Forgetting(READ_WHOLE_AFTER.total_seconds(), clear_name_cache)


Choices = Sequence[Sequence[Collection[str]]]
"""Ways to be meant, the likeliest first: somebody answers to a word of each of these."""


def word_choices_exact_first(session: Session, query: Query) -> Iterator[tuple[Choices, float]]:
    """
    Give the ways to have all words, then all of them nearly, then any of them nearly.

    Each with how like somebody can be who is found by none of them so far: by the words, where it
    is not the letters of the whole name that are alike.
    """
    typed = _words_typed(query)
    if not typed:
        return
    yield [[[word] for word in typed]], ALL_WORDS
    known = _known.read(session)
    alike = {word: known_words_near_query(word, known) for word in typed}
    yield [[alike[word] for word in typed]], (len(typed) - 1 + LEAST) / len(typed)
    if len(typed) == 1:
        alike.clear()  # has been looked for
    others = (word for word in _words_and_joined_pairs(query.text, typed) if word not in typed)
    alike |= {word: known_words_near_query(word, known) for word in others}
    yield [[some] for some in alike.values() if some], 0.0


def all_word_choices(session: Session, query: Query) -> Choices:
    """Return all the ways to be meant."""
    return [
        choice for choices, _rest in word_choices_exact_first(session, query) for choice in choices
    ]


def children_possibly_meant(session: Session, query: Query, choices: Choices) -> set[str]:
    """Return the children whom a query could mean."""
    found = _subjects_possibly_meant(session, ChildNameWord.child_id, choices)
    if query.born is not None:
        born = select(Child.id).where(Child.birth_date == query.born)
        found |= set(session.scalars(born.limit(MOST_COMPARED)))
    return found


def guardians_possibly_meant(session: Session, choices: Choices) -> set[str]:
    """Return the guardians whom a query could mean."""
    return _subjects_possibly_meant(session, GuardianNameWord.guardian_id, choices)


def _subjects_possibly_meant(session: Session, subject: Column, choices: Choices) -> set[str]:
    found: set[str] = set()
    for each in choices:
        words = {_parameter_name_of_choice(nth): some for nth, some in enumerate(each)}
        found.update(
            execute(session, _statement_of_matching_subjects(subject, len(each)), **words)
            .scalars()
            .all()
        )
    _compared.schedule_forgetting()
    return found


@cache
def _statement_of_matching_subjects(subject: Column, count: int) -> Executable:
    """
    Return the statement of those who answer to a word of each of so many choices.

    It begins with the rows of the first choice: where all words are looked through for those of the
    subjects that the choices mean, PostgreSQL walks the words of the whole town.
    """
    first, *others = (list_parameter(_parameter_name_of_choice(nth)) for nth in range(count))
    rows = select(subject).where(subject.class_.word.in_(first))
    if others:
        rows = rows.where(condition_of_answering_words(subject, subject, others))
    return rows.distinct().order_by(subject).limit(MOST_COMPARED)


def _parameter_name_of_choice(nth: int) -> str:
    return f"choice_{nth}"


def _words_typed(query: Query) -> Sequence[str]:
    return folded(query.text).split()[:MOST_TYPED]


def _words_and_joined_pairs(text: str, typed: Sequence[str]) -> list[str]:
    """Return the words typed, and what two of them could be in one piece: Le Goff, Legoff."""
    joined = [one + other for one, other in pairwise(typed)]
    return list(dict.fromkeys([*typed, *words_of_names(text)[: 2 * MOST_TYPED], *joined]))
