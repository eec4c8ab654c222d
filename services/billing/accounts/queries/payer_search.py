"""Payers of one provider, and of no other: found by name or number, with what they owe there."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.models import (
    Counted,
    Household,
    HouseholdChild,
    Invoice,
    InvoiceLine,
    Posting,
    StoredPlace,
)
from services.billing.models.ledger import RECEIVABLE
from services.billing.payers.queries.household_words import (
    households_of_similar_words,
    ways_of_having_words,
)
from services.billing.payers.queries.households_known_to_provider import (
    known_household_condition,
    regie_codes_of,
)
from shared.contracts.billing.regie.payers import CHILDREN_NAMED, PayersChild
from shared.database.chunks import ordered_chunks
from shared.register import Provider
from shared.text import folded, nearly_matches

_READABLE = re.compile(r"^(\d{4})-([A-Z0-9]+)-(\d{1,7})$")
NO_NUMBER = "-"
MOST_NEAR = 500
"""Households of the town that are looked at for a name with a slip; more are a word too common."""


def payers_by_name(
    session: Session, provider: Provider, text: str, most: int
) -> Sequence[tuple[str, str, str]]:
    """
    Return payers of a provider whose name, or a child's, holds each word: id, name, no bill number.

    A child is one of this provider's. Where there is none, one wrong letter in a word is forgiven.
    Households that have the words are looked up by these, and their names alone are read.
    """
    words = folded(text).split()
    named = or_(_payer_named_condition(words), _child_named_condition(provider, words))
    for has_words in ways_of_having_words(session, words):
        if payers := _select_payers(session, provider, most, has_words, named):
            break
    else:
        ids = _households_of_similar_name(session, provider, words)
        payers = _select_payers(session, provider, most, Household.id.in_(ids)) if ids else []
    return [(household_id, payer, NO_NUMBER) for household_id, payer in payers]


def _select_payers(
    session: Session, provider: Provider, most: int, *rules: ColumnElement[bool]
) -> Sequence[tuple[str, str]]:
    rows = (
        select(Household.id, Household.payer)
        .where(*rules, known_household_condition(provider, Household.__table__.c.id))
        .order_by(Household.sought, Household.id)
        .limit(most)
    )
    return session.execute(rows).all()


def _payer_named_condition(words: Sequence[str]) -> ColumnElement[bool]:
    return and_(true(), *(Household.sought.contains(word, autoescape=True) for word in words))


def _child_named_condition(provider: Provider, words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition of a household with a child of that name of whom this provider knows."""
    holds = [HouseholdChild.sought.contains(word, autoescape=True) for word in words]
    household_id = Household.__table__.c.id
    return exists().where(
        HouseholdChild.household_id == household_id, *holds, _known_child_condition(provider)
    )


def _households_of_similar_name(
    session: Session, provider: Provider, words: Sequence[str]
) -> Sequence[str]:
    has_words = households_of_similar_words(session, words)
    if has_words is None:
        return []
    payers = select(Household.id, Household.sought).where(has_words.condition(Household.id))
    children = select(HouseholdChild.household_id, HouseholdChild.sought).where(
        has_words.condition(HouseholdChild.household_id), _known_child_condition(provider)
    )
    near = [
        household_id
        for query in (
            payers.order_by(Household.sought),
            children.order_by(HouseholdChild.sought),
        )
        for household_id, sought in session.execute(query)
        if nearly_matches(words, sought)
    ]
    return near[:MOST_NEAR]


def _known_child_condition(provider: Provider) -> ColumnElement[bool]:
    """Return the condition of a household's child of whom a provider counts or billed something."""
    codes = regie_codes_of(provider)
    counted = (
        exists().where(table.child_id == HouseholdChild.child_id, table.regie.in_(codes))
        for table in (Counted, StoredPlace)
    )
    billed = exists().where(
        InvoiceLine.household_id == HouseholdChild.household_id,
        InvoiceLine.child_id == HouseholdChild.child_id,
        InvoiceLine.regie.in_(codes),
    )
    return or_(*counted, billed)


def payer_by_bill_number(
    session: Session, provider: Provider, text: str
) -> Sequence[tuple[str, str, str]]:
    """Return the payer of a provider's bill by its number, as printed or as 14 digits."""
    number = _bill_number_condition(provider, text.strip().upper())
    if number is None:
        return []
    rows = session.execute(
        select(Invoice.household_id, Household.payer, Invoice)
        .outerjoin(Household, Household.id == Invoice.household_id)
        .where(Invoice.provider == provider.code, number)
    )
    return [
        (household_id, payer or "–", readable_number(bill.regie, bill.fiscal_year, bill.sequence))
        for household_id, payer, bill in rows
    ]


def _bill_number_condition(provider: Provider, text: str) -> ColumnElement[bool] | None:
    if re.fullmatch(r"\d{14}", text):
        return Invoice.number == text
    readable = _READABLE.fullmatch(text)
    if readable is None:
        return None
    year, prefix, sequence = readable.groups()
    codes = [regie.code for regie in provider.regies if regie.prefix == prefix]
    return (
        Invoice.regie.in_(codes)
        & (Invoice.fiscal_year == int(year))
        & (Invoice.sequence == int(sequence))
    )


def children_of_homonyms(
    session: Session, provider: Provider, found: Sequence[tuple[str, str, str]]
) -> Mapping[str, list[str]]:
    """
    Return by household the children of payers of whom several read alike; the others aside.

    They are those of whom this provider counts or billed something, as on each account.
    """
    payers = {household_id: folded(payer) for household_id, payer, _number in found}
    times = Counter(payers.values())
    return {
        household_id: [
            child["name"]
            for child in children_at_provider(session, provider, household_id)[:CHILDREN_NAMED]
        ]
        for household_id, payer in payers.items()
        if times[payer] > 1
    }


def cents_owed_by_household(
    session: Session, provider: Provider, household_ids: Collection[str]
) -> Mapping[str, int]:
    """Return by household what it owes a provider, in cents."""
    sums: dict[str, int] = dict.fromkeys(household_ids, 0)
    for chunk in ordered_chunks(household_ids):
        rows = session.execute(
            select(Posting.household_id, func.sum(Posting.cents))
            .where(
                Posting.regie.in_(regie_codes_of(provider)),
                Posting.account == RECEIVABLE,
                Posting.household_id.in_(chunk),
            )
            .group_by(Posting.household_id)
        )
        sums.update((str(household_id), int(cents)) for household_id, cents in rows)
    return sums


def children_at_provider(
    session: Session, provider: Provider, household_id: str
) -> list[PayersChild]:
    """Return a household's children of whom a provider counts or billed something, and no other."""
    rows = session.scalars(
        select(HouseholdChild)
        .where(HouseholdChild.household_id == household_id, _known_child_condition(provider))
        .order_by(HouseholdChild.birth_date, HouseholdChild.child_id)
    )
    return [
        PayersChild(child_id=row.child_id, name=f"{row.first_name} {row.last_name}") for row in rows
    ]
