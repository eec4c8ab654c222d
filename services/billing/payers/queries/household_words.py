"""Households whose payer or one of whose children has words that a régisseur typed."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from services.billing.models import Household, HouseholdWord
from shared.database.words.word_index import (
    CONTAINED_FROM,
    FEW,
    AnsweringWords,
    KnownWords,
    ways_of_answering,
    ways_of_nearly_answering,
)

_known = KnownWords(HouseholdWord)


def ways_of_having_words(session: Session, words: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """
    Give conditions of a household that has all words, in whichever of its names each stands.

    The next one is for where the first finds nobody.
    """
    known = _known.read(session)
    for way in ways_of_answering(HouseholdWord.household_id, known, words):
        yield _condition_of_way(session, way)


def households_of_similar_words(session: Session, words: Sequence[str]) -> AnsweringWords | None:
    """Return who has all words, one letter of each forgiven; None where nobody has."""
    known = _known.read(session)
    return next(ways_of_nearly_answering(HouseholdWord.household_id, known, words), None)


def may_have_words_condition(
    session: Session,
    household_id: ColumnElement[str],
    words: Sequence[str],
    may_have_otherwise: Callable[[str], ColumnElement[bool]],
) -> ColumnElement[bool]:
    """
    Return the condition of a row that may have each word: its household has it, or it otherwise.

    A word of a letter or two stands in most rows, and leaves none out.
    """
    known, word = _known.read(session), HouseholdWord.word
    having = select(HouseholdWord.household_id)
    long = [each for each in words if len(each) >= CONTAINED_FROM]
    return and_(
        true(),
        *(
            or_(
                household_id.in_(having.where(word.in_(list(known.words_containing(each))))),
                may_have_otherwise(each),
            )
            for each in long
        ),
    )


def _condition_of_way(session: Session, way: AnsweringWords) -> ColumnElement[bool]:
    """Return the condition of a household; of a letter that many have it is asked one by one."""
    if way.are_beginnings:
        some = session.scalars(way.select_beginning_so().limit(FEW + 1)).all()
        if len(some) > FEW:
            return way.condition_one_by_one(Household.id)
    return way.condition(Household.id)
