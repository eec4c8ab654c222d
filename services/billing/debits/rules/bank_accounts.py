"""Validation of bank accounts: pure (ISO 13616 for the IBAN, ISO 9362 for the BIC)."""

import re
from dataclasses import dataclass

from services.billing.debits.rules.pain008 import MOST_HOLDER, text_for_bank
from shared.contracts.errors import BadRequest

LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31,
    "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "VA": 22,
}  # fmt: skip
"""Countries of the SEPA area, with how long their IBANs are."""

BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


def compact_account_code(written: str) -> str:
    """Return an IBAN or BIC as it is stored: capitals, no spaces."""
    return re.sub(r"[\s\u00a0\u202f.-]+", "", written).upper()


def is_iban(iban: str) -> bool:
    """Say whether a compact IBAN is of the SEPA area, and has its length and the right key."""
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", iban) is None:
        return False
    if len(iban) != LENGTHS.get(iban[:2], 0):
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def is_bic(bic: str) -> bool:
    """Say whether a compact BIC can be one."""
    return BIC.fullmatch(bic) is not None


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account with its holder; never shown whole."""

    holder: str
    iban: str
    bic: str


def parse_account(holder: str, iban: str, bic: str) -> Account:
    """
    Read an account as it was typed; raises BadRequest by field, without repeating it.

    Of a holder without a letter nothing would be left in the bank's file, and none could be made of
    all families.
    """
    read = Account(holder.strip(), compact_account_code(iban), compact_account_code(bic))
    errors = {}
    if not any(sign.isalpha() for sign in text_for_bank(read.holder, MOST_HOLDER)):
        errors["holder"] = ["Écrivez le nom qui figure sur le compte."]
    if not is_iban(read.iban):
        errors["iban"] = ["Vérifiez l’IBAN : il ne peut pas être juste."]
    if read.bic and not is_bic(read.bic):
        errors["bic"] = ["Vérifiez le BIC : 8 ou 11 lettres et chiffres."]
    if errors:
        raise BadRequest(errors=errors)
    return read
