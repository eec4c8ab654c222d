"""
Requests and answers of PayFiP in its own terms, and the errors.

No error here holds a value in its text: names of fields, and codes of PayFiP's.
"""

from dataclasses import dataclass

TEST, ACTIVATION, PRODUCTION = "T", "X", "W"
"""`saisie`: how far the contract of a client number is."""


@dataclass(frozen=True, slots=True)
class Order:
    """
    One payment to be opened. `montant` is cents as text; `exer` the fiscal year in four digits.

    `urlnotif` is called by PayFiP itself, `urlredirect` is where the person comes back to.
    """

    exer: str
    mel: str
    montant: str
    numcli: str
    objet: str
    refdet: str
    saisie: str
    urlnotif: str
    urlredirect: str


@dataclass(frozen=True, slots=True)
class Detail:
    """
    Detail of an operation as PayFiP answers it; every field is text, "" when absent.

    `dattrans` is DDMMYYYY and `heurtrans` HHMM in France, `resultrans` P or V (paid by card, by
    direct debit), R or Z (refused), A (cancelled), or what may be added to these one day.
    """

    idop: str = ""
    exer: str = ""
    montant: str = ""
    numcli: str = ""
    refdet: str = ""
    saisie: str = ""
    resultrans: str = ""
    numauto: str = ""
    dattrans: str = ""
    heurtrans: str = ""


class PayFipError(Exception):
    """PayFiP was not asked, or did not answer what was asked."""


class FieldsRefused(PayFipError):
    """An order that PayFiP would refuse: it was not sent. `fields` are their names."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(*fields)
        self.fields = fields


class Declined(PayFipError):
    """
    PayFiP understood and says no (FonctionnelleErreur), with a code of its own.

    P5: the result is not known (yet). P1: no such operation (any more).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PayFipUnavailable(PayFipError):
    """PayFiP did not answer, or not in time."""
