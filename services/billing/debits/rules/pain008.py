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


def pain_file(regie: Regie, collections: Iterable[Collection]) -> bytes:
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
    for collection in collections:
        file.add_payment(_payment_of_collection(collection))
    return bytes(file.export(validate=True))


def _payment_of_collection(collection: Collection) -> dict[str, object]:
    account = {"name": collection.holder, "IBAN": collection.iban} | (
        {"BIC": collection.bic} if collection.bic else {}
    )
    return {
        **account,
        "amount": collection.cents,
        "type": collection.sequence,
        "collection_date": collection.collect_on,
        "mandate_id": collection.rum,
        "mandate_date": collection.signed_on,
        "description": collection.about[:140],
        "endtoend_id": collection.reference[:35],
    }
