"""Labels of billing's codes on the régisseur's pages."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any, TypedDict

from babel.dates import format_date
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.regie.labels import treasury as treasury_labels
from shared.contracts.billing import bills, debits, payment_plans
from shared.contracts.billing.regie import (
    counter as regie_counter,
)
from shared.contracts.billing.regie import (
    letters,
    treasury,
)
from shared.contracts.billing.regie import (
    payers as regie,
)
from shared.contracts.billing.regie import (
    runs as regie_runs,
)
from shared.contracts.billing.regie.payers import PaymentKind
from shared.contracts.errors import Outdated, Refusal
from shared.dates.clock import today
from shared.register import Regie
from shared.web.agents import bill_labels
from shared.web.base.app import shell_here
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.translated_labels import State
from shared.web.prices.price_labels import OUTCOMES, euros

MEANS: dict[str, LazyString] = {
    bills.CASH: _l("espèces"),
    bills.CHEQUE: _l("chèque"),
    bills.TRANSFER: _l("virement"),
    bills.ONLINE: _l("en ligne (PayFiP)"),
    bills.CREDIT: _l("avance du foyer"),
    bills.TREASURY: _l("au Trésor public"),
    bills.DEBIT: _l("prélèvement"),
    bills.CARD: _l("carte, au guichet"),
    bills.CESU: _l("CESU"),
    bills.E_CESU: _l("CESU dématérialisé"),
    bills.ANCV: _l("chèques-vacances"),
}
COUNTER_MEANS: tuple[tuple[str, object], ...] = (
    (bills.CASH, _l("Espèces")),
    (bills.CARD, _l("Carte, au terminal")),
    (bills.CHEQUE, _l("Chèque")),
    (bills.TRANSFER, _l("Virement reçu")),
    (bills.CESU, _l("CESU sur papier")),
    (bills.E_CESU, _l("CESU dématérialisé")),
    (bills.ANCV, _l("Chèques-vacances (ANCV)")),
)
BILL_STATES: dict[str, State] = bill_labels.BILL_STATES
PAYMENT_STATES: dict[str, State] = {
    bills.INITIATED: ("soft", "waiting", _l("pas commencé")),
    bills.PENDING: ("gold", "waiting", _l("en cours de vérification")),
    bills.PAID: ("green", "check", _l("reçu")),
    bills.REFUSED: ("soft", "end", _l("refusé")),
    bills.CANCELLED: ("soft", "end", _l("abandonné")),
    bills.EXPIRED: ("soft", "end", _l("sans suite")),
    bills.REVERSED: ("red", "alert", _l("annulé")),
    bills.DISCREPANT: ("red", "alert", _l("ne correspond pas à la demande")),
}
DEBITED_STATES: dict[str, State] = PAYMENT_STATES | {
    bills.PENDING: ("blue", "waiting", _l("prévu")),
    bills.REFUSED: ("red", "alert", _l("rejeté par la banque")),
    bills.REVERSED: ("red", "alert", _l("rejeté par la banque")),
}
RUN_STATES: dict[str, State] = {
    regie_runs.DRAFTING: ("blue", "waiting", _l("brouillon en cours de calcul")),
    regie_runs.DRAFTED: ("gold", "edit", _l("brouillon à vérifier")),
    regie_runs.ISSUING: ("blue", "sent", _l("émission en cours")),
    regie_runs.ISSUED: ("green", "check", _l("factures émises")),
}
HOUSEHOLD_STATES: dict[str, State] = {
    "waiting": ("soft", "waiting", _l("pas encore calculé")),
    "drafted": ("blue", "edit", _l("prêt")),
    "nothing": ("soft", "end", _l("rien à payer")),
    "carried": ("soft", "next", _l("reporté : trop peu pour un titre")),
    "issued": ("green", "check", _l("facture émise")),
    "failed": ("red", "alert", _l("en échec")),
    "changed": ("gold", "alert", _l("a changé depuis le brouillon")),
}
RUN_ERRORS: dict[str, LazyString] = {
    regie_runs.FILE_HELD: _l("dossier retenu, voyez le payeur : rien n’est facturé"),
    regie_runs.IMPLAUSIBLE: _l("montant invraisemblable : vérifiez les présences et le tarif"),
    regie_runs.FAULT: _l("le calcul a échoué : prévenez la DSI, puis refaites le brouillon"),
}
ANOMALIES: dict[str, LazyString] = {
    "much_more": _l("beaucoup plus que le mois précédent"),
    "much_less": _l("beaucoup moins que le mois précédent"),
    "first_bill": _l("première facture"),
    "no_quotient": _l("quotient inconnu : prix maximal"),
    "quotient_expired": _l("quotient expiré"),
    "no_price": _l("sans tarif"),
    "no_address": _l("sans adresse"),
    "disputed": _l("ligne contestée"),
    "adjusted": _l("corrige un mois passé"),
}
DISPUTES: dict[str, LazyString] = {
    "not_there": _l("l’enfant n’était pas là"),
    "wrong_quantity": _l("le nombre est faux"),
    "wrong_price": _l("le prix est faux"),
    "other": _l("autre raison"),
}
QUOTIENT_KINDS: dict[str, LazyString] = {
    "caf": _l("CAF"),
    "msa": _l("MSA"),
    "municipal": _l("calculé par la commune"),
    "tax": _l("revenu fiscal par part"),
}
QUOTIENT_SOURCES: dict[str, LazyString] = {
    "declared": _l("déclaré par la famille"),
    "checked": _l("vu sur l’attestation"),
    "corrected": _l("corrigé par la régie"),
    "imported": _l("repris d’un autre logiciel"),
    "fetched": _l("donné par la caisse à la demande de la famille : rien à vérifier"),
}
REVERSALS: tuple[tuple[str, object], ...] = (
    (bills.BANK_REJECTED, _l("La banque a rejeté le paiement")),
    (bills.TAKEN_BY_MISTAKE, _l("Erreur de saisie au guichet")),
)
REFUND_REVERSALS: tuple[tuple[str, object], ...] = (
    (bills.BANK_REJECTED, _l("La banque a renvoyé le virement")),
    (bills.TAKEN_BY_MISTAKE, _l("Noté par erreur : rien n’est parti")),
)
REFUND_REVERSED_BECAUSE: dict[str, State] = {
    bills.BANK_REJECTED: ("soft", "end", _l("annulé : virement revenu")),
    bills.TAKEN_BY_MISTAKE: ("soft", "end", _l("annulé : noté par erreur")),
}
REVERSED_BECAUSE: dict[str, State] = {
    bills.BANK_REJECTED: ("red", "alert", _l("annulé : rejeté par la banque")),
    bills.TAKEN_BY_MISTAKE: ("soft", "end", _l("annulé : erreur de saisie")),
}
PLAN_STATES: dict[str, State] = {
    payment_plans.ASKED: ("gold", "waiting", _l("demandé : à répondre")),
    payment_plans.GRANTED: ("blue", "waiting", _l("en cours")),
    payment_plans.REFUSED: ("soft", "end", _l("refusé")),
    payment_plans.LAPSED: ("red", "alert", _l("rompu : une échéance manquée")),
    payment_plans.STOPPED: ("soft", "end", _l("arrêté")),
}
PLAN_OVER: State = ("soft", "check", _l("plus rien à payer ici"))
PLAN_LATE: State = ("red", "alert", _l("en cours : une échéance en retard"))
PLAN_HELD: State = ("gold", "lock", _l("n’appelez pas : voyez le payeur"))
PLAN_REFUSALS: dict[str, LazyString] = {
    "none": _l("Cette régie n’accorde pas de délais : la ville l’écrit dans ses réglages."),
    "least": _l("Chaque échéance serait trop petite : choisissez moins de fois."),
    "months": _l("La dernière échéance est trop loin : avancez la première, ou moins de fois."),
    "past": _l("La première échéance est passée : choisissez aujourd’hui ou plus tard."),
}
SLIPS: dict[str, LazyString] = {
    bills.CASH: _l("espèces"),
    bills.CHEQUE: _l("chèques"),
    bills.CESU: _l("CESU"),
    bills.ANCV: _l("chèques-vacances"),
}


def counter_means(regie: Regie, *, of_bill: bool) -> list[tuple[str, object]]:
    """Return what a régie takes, in the order of the page; a voucher pays of a bill alone."""
    taken = set(regie.means) - (set() if of_bill else set(bills.VOUCHERS))
    return [(means, label) for means, label in COUNTER_MEANS if means in taken]


def payment_state(payment: bills.Payment | PaymentKind) -> State:
    """Return tone, icon and label of a payment's state; of one that was taken back, why."""
    states = DEBITED_STATES if payment["means"] == bills.DEBIT else PAYMENT_STATES
    known = states[payment["state"]]
    return REVERSED_BECAUSE.get(payment["reversed_because"], known)


def plan_state(plan: payment_plans.ListedPlan) -> State:
    """
    Return tone, icon and label of a plan: that nothing is owed any more, or a part is late.

    Of a household whose bills are held nothing is late: nobody is to be asked for it.
    """
    running = plan["state"] in (payment_plans.ASKED, payment_plans.GRANTED)
    if running and not plan["owed_cents"]:
        return PLAN_OVER
    if running and plan["on_hold"]:
        return PLAN_HELD
    if plan["part_on"] is not None and plan["part_on"] < today():
        return PLAN_LATE
    return PLAN_STATES[plan["state"]]


def _plan_refusal_sentence(refused: payment_plans.PlanNotOffered) -> str:
    if refused.detail.get("why") == "parts":
        return _("Au plus %(most)s échéances à cette régie.", most=refused.detail.get("most"))
    return str(PLAN_REFUSALS.get(refused.detail.get("why", ""), ""))


def payment_means(payment: bills.Payment) -> str:
    """Say how a payment came: a credit that a cheque for several bills just brought is a cheque."""
    if payment["came_by"]:
        return _("%(means)s, pour plusieurs factures", means=MEANS[payment["came_by"]])
    if payment["cheque"]:
        return _("chèque n° %(number)s", number=payment["cheque"])
    return str(MEANS[payment["means"]])


def month_name(month: str) -> str:
    """Name a month: « novembre 2026 »."""
    return typography.month(date.fromisoformat(f"{month}-01"), language_here())


def bill_subject(month: str, asks_back: bool) -> str:
    """Say what a bill is of: its month, or an advance that is asked back."""
    return _("avance à rendre") if asks_back else month_name(month)


def month_list(months: Iterable[str]) -> str:
    """Name several months in one sentence."""
    return ", ".join(month_name(month) for month in months)


def line_outcome_label(line: bills.Line) -> str:
    """Say why a line of no ordinary day is counted, unless its title does; "" of any other."""
    said = OUTCOMES.get(line["outcome"], "")
    return "" if said.lower() == line["part"].lower() else said


def day_list(days: Iterable[date]) -> str:
    """Name days shortly, month by month: « 1er, 2, 5 octobre »."""
    months = groupby(sorted(days), key=lambda day: day.replace(day=1))
    return " ; ".join(_days_of_month(first, list(of_month)) for first, of_month in months)


def _days_of_month(first: date, days: list[date]) -> str:
    numbers = ", ".join("1er" if day.day == 1 else str(day.day) for day in days)
    name = format_date(first, "MMMM", locale=language_here())
    return f"{numbers}{typography.NBSP}{name}"


def payer_name(lines: list[str]) -> str:
    """Return how a payer is called: the first line of the address block."""
    return lines[0] if lines else _("Foyer sans nom")


def what_distinguishes_payer(payer: regie.FoundPayer) -> str:
    """Return the bill by which a payer was found, and the children where another reads alike."""
    number = "" if payer["number"] == "-" else payer["number"]
    return " · ".join(each for each in (number, ", ".join(payer["children"])) if each)


def payer_and_children(payer: regie.FoundPayer) -> str:
    """Name a payer, with the children where another reads alike."""
    children = ", ".join(payer["children"])
    return f"{payer['payer']} ({children})" if children else payer["payer"]


def percent(share_bp: int) -> str:
    """Say a share of 10 000 in per cent: « 50 % », « 33,33 % »."""
    whole, remainder = divmod(share_bp, 100)
    decimals = f",{remainder:02}".rstrip("0") if remainder else ""
    return f"{whole}{decimals}{typography.NBSP}%"


def amount_change_in_words(now_cents: int, then_cents: int) -> str:
    """Say how an amount differs from the one before it: « + 12,00 € »."""
    if now_cents == then_cents:
        return _("comme le mois précédent")
    sign = "+" if now_cents > then_cents else "−"
    amount = euros(abs(now_cents - then_cents))
    return _("%(sign)s %(amount)s par rapport au mois précédent", sign=sign, amount=amount)


def sums_by_means_in_order(totals: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return sums by means in the order of the page; none where there is nothing."""
    known = [(str(MEANS[code]), totals[code]) for code in MEANS if totals.get(code)]
    return known + [(code, cents) for code, cents in totals.items() if code not in MEANS]


def _cheque_sentence(refused: regie_counter.ChequeTaken) -> str:
    sentence = _(
        "Un chèque de ce numéro a déjà été encaissé : %(amount)s, reçu %(receipt)s du %(day)s.",
        amount=euros(int(refused.detail.get("cents", 0))),
        receipt=refused.detail.get("receipt", ""),
        day=typography.long_date(date.fromisoformat(refused.detail.get("on", "")), language_here()),
    )
    if not refused.detail.get("waits"):
        return sentence
    place = _("Il attend parmi les « Encaissements non identifiés » : attribuez-le plutôt.")
    return f"{sentence} {place}"


def closed_today_sentence() -> str:
    """Say that a payment cannot be taken back today any more, and what to do."""
    return _("La caisse d’aujourd’hui est clôturée : annulez ce paiement demain.")


def reinstatement_refusal_sentence(refused: Refusal) -> str:
    """Say why a reversal is not undone, and what to do; raises again what no agent can mend."""
    if isinstance(refused, regie_counter.DayClosed):
        return _("La caisse d’aujourd’hui est clôturée : rétablissez ce paiement demain.")
    sentence = refusal_sentence(refused)
    if not sentence:
        raise refused
    return sentence


def _title_sentence(refused: regie_counter.TitleTaken) -> str:
    return _(
        "Le titre %(number)s a déjà été encaissé : reçu %(receipt)s du %(day)s.",
        number=refused.detail.get("number", ""),
        receipt=refused.detail.get("receipt", ""),
        day=typography.long_date(date.fromisoformat(refused.detail.get("on", "")), language_here()),
    )


def _voucher_limit_sentence(refused: regie_counter.AboveVoucherLimit) -> str:
    most_cents = int(refused.detail.get("most_cents", 0))
    if not most_cents:
        return _("Rien de cette facture ne se paie ainsi, ou c’est déjà payé.")
    return _(
        "Ces titres paient au plus %(most)s de cette facture, et la monnaie n’est pas rendue : "
        "rendez le titre de trop, le reste se paie autrement.",
        most=euros(most_cents),
    )


def _cash_box_sentence(refused: regie_counter.CashBoxFull) -> str:
    ceiling = euros(int(refused.detail.get("ceiling_cents", 0)))
    return _("La caisse dépasserait %(most)s : faites d’abord un versement.", most=ceiling)


def _banking_day_sentence(refused: debits.NoBankingDay) -> str:
    following = date.fromisoformat(refused.detail["next"])
    return _(
        "Les banques sont fermées ce jour-là. Le jour suivant : %(day)s.",
        day=format_date(following, "full", locale=language_here()),
    )


def _missing_file_sentence(refused: Refusal) -> str:
    return str(treasury_labels.WHY_NO_FILE.get(refused.detail.get("why", ""), ""))


_PLAIN_REFUSALS: Mapping[type[Refusal], LazyString] = {
    regie_runs.MonthIssued: _l(
        "Ce mois est déjà facturé. Ce qui arrive encore va sur la facture suivante."
    ),
    regie_counter.DayClosed: _l("La caisse de ce jour est clôturée : elle ne s’ouvre plus."),
    regie.TooMuch: _l("C’est plus que ce qui reste. Vérifiez, puis envoyez de nouveau."),
    bills.NothingOwed: _l("Il n’y a rien à verser ni à régler."),
    treasury.AtTreasury: _l(
        "Cette facture est au Trésor public : elle se paie là-bas, et plus ici."
    ),
    treasury.LotUnderWay: _l(
        "Un autre lot de cette régie est en train de partir : attendez qu’il soit parti."
    ),
    debits.TooEarly: _l(
        "C’est trop tôt : les familles doivent être averties assez longtemps avant."
    ),
    payment_plans.PlanRunning: _l(
        "Un échéancier en cours comprend une autre facture encore due : cochez-la aussi."
    ),
    bills.PaymentUnderWay: _l(
        "Un prélèvement est déjà annoncé : attendez ce qu’en fait la banque."
    ),
    treasury.NotHandedOver: _l("Le lot n’est pas encore parti en entier : attendez un instant."),
    letters.NotLaidOutYet: _l("Le fichier n’est pas encore prêt : attendez un instant."),
    Outdated: _l("Quelqu’un a changé cela entre-temps. Regardez de nouveau avant de continuer."),
}
_REFUSALS_WITH_DETAIL: Mapping[type[Refusal], Callable[[Any], str]] = {
    regie_counter.CashBoxFull: _cash_box_sentence,
    regie_counter.ChequeTaken: _cheque_sentence,
    regie_counter.TitleTaken: _title_sentence,
    regie_counter.AboveVoucherLimit: _voucher_limit_sentence,
    treasury.PesRefused: _missing_file_sentence,
    treasury.ReturnUnreadable: _missing_file_sentence,
    debits.NoBankingDay: _banking_day_sentence,
    payment_plans.PlanNotOffered: _plan_refusal_sentence,
}


def refusal_sentence(refused: Refusal) -> str:
    """Say why billing refused, and what to do; "" where there is nothing to say to a form."""
    if (with_detail := _REFUSALS_WITH_DETAIL.get(type(refused))) is not None:
        return with_detail(refused)
    return str(_PLAIN_REFUSALS.get(type(refused), ""))


class QuotientPeriod(TypedDict):
    """The days from and until which a quotient counts."""

    valid_from: date
    valid_to: date | None


def quotient_period(quotient: QuotientPeriod) -> str:
    """Say from when until when a quotient counts."""
    since = typography.long_date(quotient["valid_from"], language_here())
    if quotient["valid_to"] is None:
        return _("depuis le %(day)s", day=since)
    until = typography.long_date(quotient["valid_to"], language_here())
    return _("du %(first)s au %(last)s", first=since, last=until)


def bills_count(count: int) -> str:
    """Say how many bills."""
    return str(ngettext("%(num)d facture", "%(num)d factures", count))


def issue_button_label(count: int, cents: int) -> str:
    """Say what a button issues: « Émettre 3 factures, total 213,60 € »."""
    total = euros(cents)
    return str(
        ngettext(
            "Émettre %(num)d facture, total %(total)s",
            "Émettre %(num)d factures, total %(total)s",
            count,
            total=total,
        )
    )


def short_month(month: str) -> str:
    """Name a month below a bar: « nov. »."""
    return format_date(date.fromisoformat(f"{month}-01"), "LLL", locale=language_here())


def activity_name(code: str) -> str:
    """Name an activity as the register does; one that left it keeps its code."""
    provider = shell_here().registered_provider()
    known = provider.activities if provider else ()
    return next((payment.label for payment in known if payment.code == code), code)
