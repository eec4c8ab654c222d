"""
French labels of bills, payments and prices on a family's page.

An amount is shown with its creditor, a deadline with what it limits.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.bills.rules import spending
from services.portal_gateway.bills.rules.bills import Bill, Payment, payments_needed
from services.portal_gateway.bills.rules.lines import Part
from services.portal_gateway.bills.rules.payment_rounds import CHECKED, DONE, Step
from services.portal_gateway.bills.rules.regies import LEAST_ONLINE
from services.portal_gateway.labels.enrolment import euros, iso_month, join_names
from shared.contracts.billing import bills, debits, payment_plans
from shared.contracts.billing.payment_plans import Plan
from shared.contracts.billing.payments import BETWEEN_TWO
from shared.contracts.enrolment import tariffs
from shared.contracts.errors import NotFound, Outdated, Refusal
from shared.dates.clock import PARIS, now, today
from shared.json_values import JsonMapping
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.prices import price_labels

MEANS: dict[str, LazyString] = {
    bills.ONLINE: _l("en ligne"),
    bills.CHEQUE: _l("par chèque"),
    bills.CASH: _l("en espèces"),
    bills.TRANSFER: _l("par virement"),
    bills.CREDIT: _l("avec votre avance"),
    bills.TREASURY: _l("au Trésor public"),
    bills.DEBIT: _l("par prélèvement"),
    bills.CARD: _l("par carte, au guichet"),
    bills.CESU: _l("par CESU"),
    bills.E_CESU: _l("par CESU dématérialisé"),
    bills.ANCV: _l("par chèques-vacances"),
}

MANDATE_STATES: dict[str, LazyString] = {
    debits.ACTIVE: ("green", "check", _l("mandat en cours")),
    debits.ENDING: ("gold", "waiting", _l("s’arrête après le prochain prélèvement")),
    debits.SUSPENDED: ("red", "alert", _l("suspendu après deux rejets : payez vos factures ici")),
}
"""Tone, icon and label of a mandate."""

MANDATE_NOTICES: dict[str, LazyString] = {
    "given": (
        "green",
        "check",
        _l("Le mandat est signé."),
        _l("Vos factures déjà émises restent à payer jusqu’à l’annonce d’un prélèvement."),
    ),
    "withdrawn": (
        "green",
        "check",
        _l("C’est noté."),
        _l("Un prélèvement déjà annoncé est encore pris."),
    ),
    debits.AccountsUnreadable.code: (
        "gold",
        "info",
        _l("La ville ne peut pas garder votre compte en ce moment."),
        _l("Le mandat n’est pas signé, et votre IBAN n’est gardé nulle part. En attendant, payez "
           "vos factures une par une."),
    ),
    debits.DebitNotOffered.code: (
        "gold",
        "info",
        _l("Ce mandat ne se signe plus."),
        _l("Le service en a déjà un de votre foyer, ou ne prélève plus. L’IBAN que vous venez "
           "d’écrire n’est gardé nulle part."),
    ),
}  # fmt: skip
"""Tone, icon, title and sentence of what became of a mandate that was signed or taken back."""

FAILURES: dict[str, LazyString] = {
    bills.REFUSED: _l("La banque a refusé le paiement : rien n’a été débité."),
    bills.CANCELLED: _l("Le paiement a été abandonné : rien n’a été débité."),
    bills.EXPIRED: _l(
        "PayFiP n’a confirmé aucun paiement à temps. Si votre compte a été débité, ne payez pas de "
        "nouveau : appelez le service."
    ),
    bills.REVERSED: _l("La banque a rejeté le paiement après coup : la somme est de nouveau due."),
    bills.DISCREPANT: _l("Le service vérifie ce paiement : ne payez pas de nouveau."),
}
"""Meaning of a failed payment for the family."""

TAKEN_BY_MISTAKE = _l(
    "Le service avait noté ce paiement par erreur et l’a annulé : la somme est de nouveau due."
)
"""Meaning of a payment that the service itself took back: no bank has to do with it."""

DEBIT_REJECTED = _l("Votre banque a refusé le prélèvement.")
"""Meaning of a failed debit: given back, or never taken."""

OUTCOMES: dict[str, LazyString] = {code: _l(label) for code, label in price_labels.OUTCOMES.items()}

UNITS: dict[str, LazyString] = {
    tariffs.SESSION: _l("par séance"),
    tariffs.MINUTES: _l("par durée entamée"),
    tariffs.MONTH: _l("par mois"),
    tariffs.TERM: _l("par trimestre"),
    tariffs.YEAR: _l("par année scolaire"),
}

QUOTIENTS: dict[str, LazyString] = {
    "caf": _l("CAF"),
    "msa": _l("MSA"),
    "municipal": _l("mairie"),
    "tax": _l("impôts"),
}
SOURCES: dict[str, LazyString] = {
    "declared": _l("déclaré par votre foyer"),
    "checked": _l("vérifié par un agent"),
    "corrected": _l("corrigé par un agent"),
    "imported": _l("repris de l’ancien logiciel"),
    "fetched": _l("donné par la caisse à votre demande"),
}

SEASON_NAMES: dict[str, tuple[LazyString, LazyString]] = {
    spending.AUTUMN: (_l("Automne"), _l("septembre à décembre")),
    spending.WINTER: (_l("Hiver"), _l("janvier à mars")),
    spending.SPRING: (_l("Printemps"), _l("avril à juin")),
    spending.SUMMER: (_l("Été"), _l("juillet et août")),
}
"""A season of the school year, and its months."""

DISPUTES: dict[str, LazyString] = {
    "not_there": _l("Mon enfant n’était pas là"),
    "wrong_quantity": _l("Le nombre est faux"),
    "wrong_price": _l("Le prix est faux"),
    "other": _l("Autre chose"),
}

REFUSALS: dict[str, LazyString] = {
    bills.NothingOwed.code: _l("Cette facture est déjà réglée : cet essai n’a rien débité."),
    bills.NotPayableOnline.code: _l(
        "Cette facture ne se paie pas en ligne : appelez le service, il vous dira comment."
    ),
    Outdated.code: _l(
        "L’échéancier a changé entre-temps : cet essai n’a rien débité. Voici ce qui est à payer."
    ),
    "not_found": _l("Cette facture n’est plus là. Reprenez depuis la liste."),
    "not_entitled": _l("Cette facture n’est pas celle de votre foyer."),
}


def school_year_label(first: int) -> str:
    """Say a school year by the year in which it begins: « 2025-2026 »."""
    return f"{first}-{first + 1}"


def activity_name(label: str) -> str:
    """Name what was billed as the bill does; another software may have said nothing of it."""
    return label or _("sans détail")


def bill_month(text: str) -> str:
    """Say the month of a bill: « octobre », with its year where it is another one."""
    first = date.fromisoformat(f"{text}-01")
    label = typography.month(first, language_here())
    return label.removesuffix(f" {today().year}").removesuffix(f"\u00a0{today().year}")


def months_of_bill(bill: Bill, parts: Iterable[Part]) -> str:
    """Say the month of a bill; of a credit note those in which it takes something back."""
    months = sorted({part.month for part in parts}) if bill.is_credit_note else []
    return join_names(iso_month(month) for month in months or [bill.month])


def bill_state_label(bill: Bill, paid: Sequence[Payment] = ()) -> tuple[str, str, str]:
    """Return tone, icon and label of a bill's state."""
    if bill.is_credit_note:
        return "green", "received", _("avoir : en votre faveur")
    if bill.is_open and bill.debit_on:
        return "blue", "waiting", _("prélèvement prévu le %(day)s", day=day_label(bill.debit_on))
    if bill.is_open and bill.checking:
        return "blue", "waiting", _("paiement en cours de vérification")
    if bill.is_transferred:
        return "gold", "info", _("transmise au Trésor public : elle ne se paie plus ici")
    if bill.is_open and bill.on_hold:
        return "soft", "waiting", _("en attente : rien ne presse")
    if bill.is_open and bill.part_cents:
        return _part_state(bill)
    if bill.is_late(today()):
        return (
            "red",
            "alert",
            _("en retard : la date limite était le %(day)s", day=day_label(bill.due_on)),
        )
    if bill.is_open:
        return "soft", "waiting", _("à payer au plus tard le %(day)s", day=day_label(bill.due_on))
    return _closed_bill_state(bill, paid)


def _part_state(bill: Bill) -> tuple[str, str, str]:
    values = {"amount": euros(bill.part_cents), "day": day_label(bill.due_on)}
    if bill.is_late(today()):
        late = _("échéance de %(amount)s en retard : elle était pour le %(day)s", **values)
        return "red", "alert", late
    return "soft", "waiting", _("prochaine échéance : %(amount)s le %(day)s", **values)


def plan_sentence(plan: Plan) -> str:
    """Say what became of a family's wish to pay in several parts."""
    count, answer = plan["asked_parts"], plan["answer"]
    match plan["state"]:
        case payment_plans.ASKED:
            return _(
                "Vous avez demandé à payer en %(count)s fois : le service vous répond ici.",
                count=count,
            )
        case payment_plans.GRANTED:
            return answer or _("Le service a accepté : payez chaque échéance à sa date.")
        case payment_plans.REFUSED:
            return _("Le service n’a pas accepté d’étaler ce paiement : %(why)s", why=answer)
        case payment_plans.STOPPED:
            return _("Le service a mis fin à l’échéancier, tout est dû : %(why)s", why=answer)
    return _("Une échéance n’a pas été payée à temps : l’échéancier a pris fin, tout est dû.")


def missed_part_sentence(bill: Bill) -> str:
    """Say what comes of a part that is late, while its plan is still kept; "" of any other."""
    if not bill.is_late(today()):
        return ""
    return _("Une échéance est en retard : payez-la vite, sinon l’échéancier prend fin.")


def parts_choice_label(count: int, cents: int, is_enough: bool) -> str:
    """Say in how many parts a sum is paid, or that it is too small by itself."""
    if not is_enough:
        return _("en %(count)s fois, avec une autre facture", count=count)
    each = euros(-(-cents // count))
    return _("en %(count)s fois, environ %(amount)s par mois", count=count, amount=each)


def other_bills(others: Sequence[Bill]) -> list[tuple[str, str]]:
    """Return bills with how a choice among them is said: their month, number and balance."""
    return [
        (
            bill.invoice_id,
            _(
                "%(month)s, n° %(number)s : %(amount)s",
                month=bill_month(bill.month),
                number=bill.number,
                amount=euros(bill.balance_cents),
            ),
        )
        for bill in others
    ]


def failure_sentence(payment: Payment) -> str:
    """Say what a payment that did not come means: whether something was taken, and by whom."""
    if payment.reversed_because == bills.TAKEN_BY_MISTAKE:
        return str(TAKEN_BY_MISTAKE)
    rejected = payment.means == bills.DEBIT and payment.state in (bills.REFUSED, bills.REVERSED)
    return str(DEBIT_REJECTED if rejected else FAILURES[payment.state])


def still_owed_sentence(bill: Bill) -> str:
    """Say how much of a bill is owed until when; "" where nothing is."""
    if not bill.is_open:
        return ""
    values = {"amount": euros(bill.asked_cents), "day": day_label(bill.due_on)}
    if bill.on_hold:
        return _("%(amount)s restent à payer : rien ne presse.", amount=values["amount"])
    if bill.is_late(today()):
        return _("%(amount)s restent à payer : la date limite était le %(day)s.", **values)
    return _("%(amount)s restent à payer au plus tard le %(day)s.", **values)


def owed_if_not_paid_sentence(bill: Bill) -> str:
    """Say what is owed of a bill if the payment that is being checked does not come."""
    values = {"amount": euros(bill.asked_cents), "day": day_label(bill.due_on)}
    if bill.on_hold:
        return _("S’il n’aboutit pas, %(amount)s restent à payer : rien ne presse.", **values)
    if bill.is_late(today()):
        return _(
            "S’il n’aboutit pas, %(amount)s restent à payer : la date limite était le %(day)s.",
            **values,
        )
    return _("S’il n’aboutit pas, %(amount)s restent à payer au plus tard le %(day)s.", **values)


def tax_credit_years_sentence(bill: Bill, years: Sequence[int]) -> str:
    """Say for which years' tax credit a line counts; of what is owed, only what is paid in time."""
    year_list, this_year = join_names(map(str, years)), today().year
    if bill.is_credit_note:
        return _("Vient en moins pour le crédit d’impôt de %(year)s", year=year_list)
    if bill.balance_cents > 0 and this_year in years:
        return _(
            "Compte pour le crédit d’impôt de %(year)s si vous payez avant le 31 décembre",
            year=this_year,
        )
    return _("Compte pour le crédit d’impôt de %(year)s", year=year_list)


def label_of_round_step(step: Step) -> tuple[str, str, str]:
    """Return tone, icon and label of a step of a round of payments."""
    if step.state == DONE and step.bill.state == bills.CREDITED:
        return bill_state_label(step.bill)
    if step.state == DONE:
        return "green", "check", _("réglée")
    if step.state == CHECKED:
        return "blue", "waiting", _("paiement en cours de vérification")
    return bill_state_label(step.bill)


def bills_of_year_sentence(spent: spending.Spending) -> str:
    """Say how much of a year's bills is paid, owed, or on its way."""
    parts = [
        (_("%(amount)s réglés"), spent.cleared_cents),
        (_("%(amount)s à régler"), spent.to_pay_cents),
        (_("%(amount)s en cours de vérification"), spent.checked_cents),
        (_("%(amount)s à prélever"), spent.to_be_debited_cents),
        (_("%(amount)s au Trésor public"), spent.transferred_cents),
    ]
    return ", ".join(said % {"amount": euros(cents)} for said, cents in parts if cents)


def rest_of_part_paid_sentence(bill: Bill) -> str:
    """Say what is left of a bill that was paid in part; "" for any other."""
    if not bill.is_open or bill.balance_cents == bill.total_cents:
        return ""
    return _(
        "reste %(left)s sur %(total)s",
        left=euros(bill.balance_cents),
        total=euros(bill.total_cents),
    )


def payment_sentence(paid: Payment) -> str:
    """Say a payment that came: « payée en ligne le mardi 24 novembre »."""
    return _(
        "payée %(how)s le %(day)s", how=str(MEANS[paid.means]), day=day_label(_local_day(paid.at))
    )


def _closed_bill_state(bill: Bill, paid: Sequence[Payment]) -> tuple[str, str, str]:
    if bill.state == bills.CREDITED:
        return "soft", "check", _("annulée par un avoir")
    needed = payments_needed(paid, bill.total_cents)
    if not needed:
        return "green", "check", _("payée")
    if len(needed) > 1:
        return (
            "green",
            "check",
            ngettext("payée en %(num)d fois", "payée en %(num)d fois", len(needed)),
        )
    return "green", "check", payment_sentence(needed[0])


def payment_silence_sentence(is_under_way: bool | None = None) -> str:
    """
    Say what an attempt to pay has done where no answer comes; one before it may have come.

    `is_under_way` is billing's word for that, None while billing itself is silent.
    """
    if is_under_way:
        return _(
            "Un paiement de cette facture est ouvert, et PayFiP ne dit pas encore ce qu’il est "
            "devenu. %(unconfirmed)s",
            unconfirmed=unconfirmed_payment_sentence(),
        )
    if is_under_way is None:
        return _(
            "Cet essai n’a rien débité. Si vous avez déjà payé cette facture, ou commencé à la "
            "payer, ce paiement n’est pas confirmé : ne payez pas de nouveau avant %(hour)s. "
            "Sinon, essayez dans quelques minutes.",
            hour=_hour(now() + BETWEEN_TWO),
        )
    return _("Cet essai n’a rien débité. Essayez de nouveau dans quelques minutes.")


def unconfirmed_payment_sentence(until: datetime | None = None) -> str:
    """
    Say of a payment whose result nobody knows when to pay again, and what to do then.

    `until` is billing's word for that; the longest that it may be where billing said nothing.
    """
    at = now()
    if until is not None and until <= at:
        return _(
            "Le paiement n’est pas confirmé. Si votre compte a été débité, ne payez pas de "
            "nouveau : appelez le service. Sinon, vous pouvez payer de nouveau."
        )
    return _(
        "Le paiement n’est pas confirmé : ne payez pas de nouveau avant %(hour)s. Si la facture "
        "est encore à payer à cette heure, payez-la ; si votre compte a été débité, appelez "
        "d’abord le service.",
        hour=_hour(until or at + BETWEEN_TWO),
    )


def payment_refusal_sentence(refusal: Refusal) -> str:
    """Say why a payment could not begin; of an unknown refusal nothing else is known either."""
    if isinstance(refusal, bills.PaymentUnderWay):
        return _payment_under_way_sentence(refusal.detail.get("until"))
    return str(REFUSALS.get(refusal.code) or unconfirmed_payment_sentence())


def advance_amount_sentence(room_cents: int) -> str:
    """Say which amounts may be paid in advance."""
    if room_cents < LEAST_ONLINE:
        return _("Le service garde déjà le plus qu’il prend d’avance.")
    return _(
        "Écrivez un montant de %(least)s à %(most)s, par exemple 50 ou 12,50.",
        least=euros(LEAST_ONLINE),
        most=euros(room_cents),
    )


def advance_refusal_sentence(refusal: Refusal) -> str:
    """Say why a payment in advance could not begin."""
    if isinstance(refusal, bills.TooMuchInAdvance):
        return advance_amount_sentence(int(refusal.detail["most_cents"]))
    if isinstance(refusal, bills.PaymentUnderWay):
        hour = _hour_of_iso_text(refusal.detail.get("until"))
        waits = _("Un autre versement est en cours de vérification.")
        again = _("S’il n’aboutit pas, vous pourrez recommencer à partir de %(hour)s.", hour=hour)
        return f"{waits} {again}" if hour else waits
    if isinstance(refusal, (bills.NotPayableOnline, NotFound)):
        return _(
            "Ce service ne prend pas de versement en ligne en ce moment : rien n’a été débité."
        )
    return unconfirmed_advance_sentence()


def advance_silence_sentence(is_under_way: bool | None) -> str:
    """
    Say what an attempt to pay in advance has done where no answer comes.

    `is_under_way` is billing's word for an earlier payment, None while billing itself is silent.
    """
    if is_under_way is False:
        return payment_silence_sentence(is_under_way)
    return unconfirmed_advance_sentence()


def unconfirmed_advance_sentence(until: datetime | None = None) -> str:
    """Say of a payment in advance whose result nobody knows when to pay again."""
    return _(
        "Si vous avez déjà versé, ce versement n’est pas confirmé : ne recommencez pas avant "
        "%(hour)s. S’il a été débité et n’apparaît pas ici, appelez d’abord le service.",
        hour=_hour(until or now() + BETWEEN_TWO),
    )


def price_of_line(line: bills.Line) -> str:
    """Say how many of what price, and which part of it: « 10 × 0,80 € × 60 % »."""
    quantity = str(line["quantity"]).replace("-", "−")
    return f"{quantity} × {price_labels.price_of_part(line['unit_cents'], line['share_bp'], _)}"


def price_reason_sentence(price_reason: bills.Reason) -> str:
    """Say why a price is what it is, in one sentence."""
    return price_labels.reason_sentence(price_reason, _)


def printed_reference(reference: str) -> str:
    """Write a reference as it is printed: 2026 001 0000 123."""
    parts = (reference[:4], reference[4:7], reference[7:11], reference[11:])
    return typography.NBSP.join(part for part in parts if part)


def quotient_checked_by_agent_sentence() -> str:
    return _(
        "Un agent a vérifié votre attestation, ou votre caisse a donné votre quotient, pour ce "
        "mois ou un mois suivant : un agent seul peut le corriger. Appelez-le, ou choisissez un "
        "mois plus récent."
    )


def name_of_other_person_sentence(name: str) -> str:
    """Say that one asks for oneself alone, by the name that the town knows."""
    return _(
        "Ce n’est pas le nom de votre dossier, %(name)s : vous demandez votre propre quotient et "
        "celui de personne d’autre. Si votre nom d’usage est différent, écrivez les deux ; écrivez "
        "d’abord le prénom de votre dossier.",
        name=name,
    )


def person_mistaken_sentence() -> str:
    return _(
        "La CAF et la MSA ne vous reconnaissent pas : vérifiez, comme sur votre acte de naissance."
    )


def carried_over_heading(who: str, month: str) -> str:
    """Head what was not of the bill's own month: « Manon, report d’octobre »."""
    return _("%(who)s, report de %(month)s", who=who, month=month)


def days_of_month(dates: Sequence[date]) -> str:
    """Say days of one month: « 5, 12 et 19 »; « lundi 12 » where it is one."""
    if len(dates) == 1:
        return typography.day(dates[0], language_here(), dates[0]).rpartition("\u00a0")[0]
    return join_names(_day_number(day) for day in sorted(dates))


def household_share(basis_points: int) -> str:
    """Say the part of a price that a household owes: « votre part : 50 % »."""
    percent = f"{basis_points / 100:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return _("votre part : %(percent)s %%", percent=percent)


def day_label(value: date) -> str:
    """Say a day, with its year where it is another one."""
    return typography.day(value, language_here(), today())


def is_rejected_at_bank(kind: str, detail: JsonMapping) -> bool:
    """Return whether a notice is of a cheque or transfer that the bank rejected afterwards."""
    return kind == "payment_refused" and detail.get("means") in (bills.CHEQUE, bills.TRANSFER)


def lines_of_bill_notice(kind: str, detail: JsonMapping) -> list[str]:
    """Return the lines of a notice of billing: month, number, amount, due date."""
    month = detail.get("month")
    asking = ("bill_issued", "bill_reminder", bills.PART_DUE)
    due = detail.get("due_on") if kind in asking else None
    debit, first = detail.get("debit_on"), detail.get("first_on")
    subject = bill_month(month) if isinstance(month, str) else ""
    what = [
        _("avance à rendre") if detail.get("asks_back") else subject,
        _("n° %(number)s", number=detail["number"]) if detail.get("number") else "",
    ]
    cents = detail.get("cents")
    rejected = is_rejected_at_bank(kind, detail)
    is_in_title = rejected or kind == "bill_paid"
    return [
        " · ".join(part for part in what if part),
        euros(abs(cents)) if isinstance(cents, int) and not is_in_title else "",
        _("la facture est de nouveau due") if rejected and detail.get("number") else "",
        _("à payer au plus tard le %(day)s", day=day_label(date.fromisoformat(due))) if due else "",
        _("prélèvement le %(day)s", day=day_label(date.fromisoformat(debit))) if debit else "",
        _("première échéance le %(day)s", day=day_label(date.fromisoformat(first)))
        if first
        else "",
        str(detail.get("answer") or ""),
        _("compte qui finit par %(last4)s", last4=detail["last4"]) if detail.get("last4") else "",
    ]


def _payment_under_way_sentence(until: object) -> str:
    moment = _hour(until) if isinstance(until, datetime) else _hour_of_iso_text(until)
    if not moment:
        return _(
            "Un paiement de cette facture est en cours de vérification. Attendez son résultat."
        )
    return _(
        "Un paiement de cette facture est en cours de vérification. S’il n’aboutit pas, vous "
        "pourrez payer de nouveau à partir de %(hour)s.",
        hour=moment,
    )


def _hour_of_iso_text(text: object) -> str:
    try:
        return _hour(datetime.fromisoformat(text)) if isinstance(text, str) else ""
    except ValueError:
        return ""


def _hour(moment: datetime) -> str:
    return typography.hour(moment, language_here())


def _local_day(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()


def _day_number(day: date) -> str:
    first = day.day == 1 and language_here() == "fr"
    return "1er" if first else str(day.day)
