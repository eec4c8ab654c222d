"""The file that the bank is handed: pain.008, made and checked by sepaxml."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sepaxml import SepaDD

from shared.register import Regie
from shared.text.folding import without_accents

SCHEMA = "pain.008.001.02"
MOST_HOLDER = 70
_NOT_OF_BANKS = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
"""Signs that the payment schemes do not allow: some banks refuse a whole file for one."""


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
        "name": text_for_bank(regie.label, 70),
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
    account = {"name": text_for_bank(collection.holder, MOST_HOLDER), "IBAN": collection.iban} | (
        {"BIC": collection.bic} if collection.bic else {}
    )
    return {
        **account,
        "amount": collection.cents,
        "type": collection.sequence,
        "collection_date": collection.collect_on,
        "mandate_id": collection.rum,
        "mandate_date": collection.signed_on,
        "description": text_for_bank(collection.about, 140),
        "endtoend_id": collection.reference[:35],
    }


def text_for_bank(text: str, most: int) -> str:
    """
    Return text in the signs of the payment schemes, without accents, quotes and doubled slashes.

    Letters of other alphabets stay, for sepaxml to write them in Latin ones: those that it knows.
    """
    plain = without_accents(text.replace("’", "'").replace("–", "-"))
    kept = "".join(
        " " if _NOT_OF_BANKS.match(sign) and not _may_be_written_in_latin(sign) else sign
        for sign in plain
    )
    return re.sub(r"/+", "/", " ".join(kept.split()))[:most].strip(" /")


def _may_be_written_in_latin(sign: str) -> bool:
    return sign.isalpha() and not sign.isascii() and sign <= "\uffff"
