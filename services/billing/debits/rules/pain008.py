"""The file that the bank is handed: pain.008, made and checked by sepaxml."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sepaxml import SepaDD

from shared.register import Regie

SCHEMA = "pain.008.001.02"


@dataclass(frozen=True, slots=True)
class Collection:
    """One debit as the bank reads it; cents."""

    reference: str
    holder: str
    iban: str
    bic: str
    cents: int
    sequence: str
    collect_on: date
    rum: str
    signed_on: date
    about: str


def pain_of(regie: Regie, collections: Iterable[Collection]) -> bytes:
    """Return the file of a run; raises what sepaxml raises where it does not pass its schema."""
    finance = regie.finance
    assert finance is not None
    creditor = {
        "name": regie.label[:70],
        "IBAN": finance.iban,
        "BIC": finance.bic,
        "batch": True,
        "creditor_id": finance.ics,
        "currency": "EUR",
    }
    file = SepaDD(creditor, schema=SCHEMA, clean=True)
    for each in collections:
        file.add_payment(_payment(each))
    return bytes(file.export(validate=True))


def _payment(one: Collection) -> dict[str, object]:
    account = {"name": one.holder, "IBAN": one.iban} | ({"BIC": one.bic} if one.bic else {})
    return {
        **account,
        "amount": one.cents,
        "type": one.sequence,
        "collection_date": one.collect_on,
        "mandate_id": one.rum,
        "mandate_date": one.signed_on,
        "description": one.about[:140],
        "endtoend_id": one.reference[:35],
    }
