"""Words and figures of documents, in French: the same as a family's page has (shared/web)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.billing.bills.rules.contents_of_new_bills import is_asking_back
from shared.contracts.billing import bills
from shared.register import Provider, Regie
from shared.web.language import typography
from shared.web.language.typography import NBSP
from shared.web.prices.price_labels import in_french

LANGUAGE = "fr"

MEANS: Mapping[str, str] = {
    bills.ONLINE: "en ligne",
    bills.CHEQUE: "par chèque",
    bills.CASH: "en espèces",
    bills.TRANSFER: "par virement",
    bills.CREDIT: "avec votre avance",
    bills.TREASURY: "au Trésor public",
    bills.DEBIT: "par prélèvement",
    bills.CARD: "par carte, au guichet",
    bills.CESU: "par CESU",
    bills.E_CESU: "par CESU dématérialisé",
    bills.ANCV: "par chèques-vacances",
}


def long_day(day: date) -> str:
    """Say a day with its weekday and year: « mardi 15 décembre 2026 »."""
    return typography.day(day, LANGUAGE, date.min)


def plain_day(day: date) -> str:
    """Say a day: « 15 décembre 2026 »."""
    return typography.long_date(day, LANGUAGE)


def month(text: str) -> str:
    """Say a calendar month: « novembre 2026 »."""
    return typography.month(date.fromisoformat(f"{text}-01"), LANGUAGE)


def several_months(months: Iterable[str]) -> str:
    """Say months: one or two by their names, more by how many lie between the first and last."""
    first, *others = sorted(set(months))
    if len(others) < 2:
        return " et ".join(month(each) for each in (first, *others))
    start, last = date.fromisoformat(f"{first}-01"), others[-1]
    name = typography.month_name if first[:4] == last[:4] else typography.month
    count = len(others) + 1
    return f"{count}{NBSP}mois, {typography.name_with_de(name(start, LANGUAGE))} à {month(last)}"


def subject_of_bill(kind: str, reason: str, billed_month: str) -> str:
    """Say what a bill is of: its month, or an advance that is asked back."""
    return "avance à rendre" if is_asking_back(kind, reason) else month(billed_month)


def days(numbers: Sequence[int]) -> str:
    """Say days of one month: « le 12 », « les 5, 12 et 19 »; "" for none."""
    names = ["1er" if number == 1 else str(number) for number in sorted(numbers)]
    if len(names) < 2:
        return "".join(f"le{NBSP}{name}" for name in names)
    return f"les {', '.join(names[:-1])} et{NBSP}{names[-1]}"


def group_digits(digits: str, *sizes: int) -> str:
    """Group figures for the eye: 21289010000018 by 3, 3, 3, 5 is « 212 890 100 00018 »."""
    parts: list[str] = []
    left = digits
    for size in sizes:
        parts, left = [*parts, left[:size]], left[size:]
    return NBSP.join(part for part in (*parts, left) if part)


def issuer_lines(provider: Provider, regie: Regie) -> Mapping[str, object]:
    """Return who issues a document: collectivity, service, account with its deed, SIRET, where."""
    return {
        "controller": provider.controller,
        "service": provider.label,
        "lines": [
            regie.label,
            in_french("créée par %(deed)s", deed=typography.with_french_spaces(regie.deed))
            if regie.channel == "regie"
            else typography.with_french_spaces(regie.deed),
            regie.address,
            f"SIRET {group_digits(regie.siret, 3, 3, 3, 5)}",
            f"Téléphone {typography.phone_number(provider.phone)}",
        ],
    }


def phone_contact(provider: Provider) -> str:
    """Return the sentence that names the contact."""
    return in_french("au %(phone)s", phone=typography.phone_number(provider.phone))
