"""Régies of providers: the activities they collect for, and their codes in public finance."""

from dataclasses import dataclass

PES_SETTINGS = ("post", "collectivity", "budget")
"""Settings of `Finance` without which a régie has no PES v2 file."""


@dataclass(frozen=True, slots=True)
class Finance:
    """
    Codes of a régie in public finance.

    The authorising officer who issues its titres (art. L1617-5 4° CGCT), with the ways and limits
    of appeal; the budget codes of lines whose tariff gives none; and for PES v2 the codes by which
    the public accountant knows the collectivity. `period` is the digit `Per` of a debt ("quarter",
    or the digit itself) and `key1` what its first key is made of ("nature", "bordereau", or "" for
    no such key), `madam` and `sir` how it writes civilities: to be agreed with the accountant. A
    direct debit needs `ics`, `iban`, `bic`.
    """

    first_name: str
    name: str
    quality: str
    appeal: str
    nature: str = ""
    function: str = ""
    service: str = ""
    product: str = ""
    post: str = ""
    collectivity: str = ""
    budget: str = ""
    period: str = "quarter"
    key1: str = ""
    madam: str = "MME"
    sir: str = "M"
    ics: str = ""
    iban: str = ""
    bic: str = ""
    notice_days: int = 14


@dataclass(frozen=True, slots=True)
class PaymentPlanLimits:
    """
    Limits within which a régisseur lets a family pay in several parts.

    At most so many `parts` of `least_cents` each, the last within so many `months`; a part that is
    not paid `grace_days` after its day ends the plan.
    """

    parts: int = 4
    least_cents: int = 2_000
    months: int = 6
    grace_days: int = 8

    def most_parts(self, owed_cents: int) -> int:
        """Return in how many parts so much may be paid at most; one or none: it may not."""
        return min(self.parts, owed_cents // self.least_cents)


@dataclass(frozen=True, slots=True)
class Regie:
    """
    One account of a provider's receipts: a régie, or titres of the public accountant.

    `number` (1 to 999) and `prefix` name it in the numbers of its documents; `channel` is "regie"
    or "titre". `numcli` is its client number at PayFiP, "" where it has none, and `payfip` how far
    that contract is: "test", "activation" or "production". Amounts are cents; below `least_cents`
    nothing is billed but carried forward (no titre under 15 €, art. D1611-1 CGCT). Each bill says
    `vat`, why it bears none, and the `mediator` of a private operator's clients, "" where the law
    asks for none (art. L616-1 code de la consommation). Its counter takes the `means` that its act
    lists. A CESU pays care before and after class (`cesu_for`), and care of children under six
    (`cesu_under_six_for`, art. L1271-1 code du travail); chèques-vacances pay `ancv_for`. Without
    `payment_plans` it grants none. Families pay online in advance until the régie keeps
    `advance_most_cents` of theirs; 0: it takes nothing in advance there.
    """

    code: str
    number: int
    prefix: str
    label: str
    deed: str
    channel: str
    siret: str
    address: str
    activities: tuple[str, ...]
    numcli: str = ""
    payfip: str = "test"
    due_days: int = 30
    least_cents: int = 0
    till_ceiling_cents: int = 0
    means: tuple[str, ...] = ("cash", "cheque", "transfer")
    cesu_for: tuple[str, ...] = ()
    cesu_under_six_for: tuple[str, ...] = ()
    ancv_for: tuple[str, ...] = ()
    vat: str = "TVA non applicable."
    mediator: str = ""
    finance: Finance | None = None
    payment_plans: PaymentPlanLimits | None = None
    advance_most_cents: int = 0
