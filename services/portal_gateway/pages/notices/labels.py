"""French labels of notices of providers and of billing on a family's page."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.labels import upcoming_widenings
from services.portal_gateway.notices.queries.news import ReceivedNotice
from shared.contracts.billing.bills import CHEQUE, NOTICE_KINDS
from shared.dates.clock import now
from shared.json_values import JsonMapping
from shared.web.base.app import shell_here
from shared.web.language import typography
from shared.web.language.languages import language_here

NOTICES: dict[str, LazyString] = {
    "closure": _l("Séance annulée par le service"),
    "closure_lifted": _l("La séance aura bien lieu : l’annulation est levée"),
    "outing": _l("Une sortie change ces jours"),
    "place_given": _l("Une place est attribuée"),
    "place_offered": _l("Une place est proposée"),
    "offer_expired": _l("La place proposée n’est plus gardée"),
    "refused": _l("La demande n’a pas pu être acceptée"),
    "place_ended": _l("La place prend fin"),
    "renewal_open": _l("Renouvelez les inscriptions pour l’an prochain"),
    "renewal_reminder": _l("Rentrée : une réponse est attendue"),
    "renewal_ending": _l("Rentrée : sans réponse, la place sera libérée"),
    "renewal_released": _l("Rentrée : sans réponse à temps, la place est libérée"),
    "operator_changed": _l("Le service change d’opérateur"),
    "food": _l("On mange à une séance : le service reçoit régime et allergies"),
    "health_unseen": _l("Une information de santé n’a pas encore été vue"),
    "menu_to_check": _l("Un menu de la cantine est à regarder"),
    "school_decided": _l("L’inscription à l’école est décidée"),
    "school_withdrawn": _l("L’inscription à l’école est retirée"),
    "school_admitted": _l("L’école a noté l’admission"),
    "school_papers": _l("Un papier est encore à montrer pour l’école"),
    "waiver_decided": _l("Une réponse à votre demande de dérogation"),
    "paper_expiring": _l("Un papier est bientôt à renouveler"),
    "widening": _l("Un service en saura plus, bientôt"),
    "also_told": _l("Un service de plus est prévenu"),
    "person_request_prolonged": _l("Votre demande sur vos données prendra plus de temps"),
    "person_request_answered": _l("Une réponse à votre demande sur vos données"),
    "person_request_refused": _l("Votre demande sur vos données est refusée"),
    "bill_issued": _l("Une facture est arrivée"),
    "credit_note_issued": _l("Un avoir en votre faveur"),
    "bill_paid": _l("Votre paiement est reçu"),
    "payment_refused": _l("Un paiement n’a pas abouti"),
    "bill_reminder": _l("Une facture attend votre paiement"),
    "bill_transferred": _l("Une facture est au Trésor public"),
    "debit_coming": _l("Un prélèvement est prévu"),
    "debit_rejected": _l("Votre banque a refusé un prélèvement : la facture est de nouveau due"),
    "plan_part_due": _l("Une échéance est à payer dans les prochains jours"),
    "plan_granted": _l("Vous pouvez payer en plusieurs fois"),
    "plan_refused": _l("Le service n’a pas accepté d’étaler un paiement"),
    "plan_ended": _l("Un échéancier a pris fin : tout ce qui reste est dû"),
    "mandate_ended": _l("Prélèvement arrêté : qui l’avait signé ne paie plus pour ce foyer"),
}

GRANT_ENDED = _l("Un service n’est plus prévenu")

PERSON_REQUESTS = (
    "person_request_prolonged",
    "person_request_answered",
    "person_request_refused",
)
"""Notices about a request on personal data, for its author alone; its page has the answer."""

RENEWALS = ("renewal_open", "renewal_reminder", "renewal_ending")
"""Notices that repeat what the first page shows, with the way to answer."""

SCHOOL_NOTICES = (
    *("school_decided", "school_withdrawn", "school_admitted"),
    *("school_papers", "waiver_decided"),
)
"""Notices about a request or a certificate, which stand on the child's page."""


def notice_title(kind: str, detail: JsonMapping) -> object:
    """Return what a notice is about; to who paid, how much was received, or rejected later."""
    if kind == "also_told" and _last_day_of_grant(detail) is None:
        return GRANT_ENDED
    if kind == "bill_paid" and isinstance(detail.get("cents"), int):
        amount = bill_labels.euros(abs(detail["cents"]))
        return _("Votre paiement de %(amount)s est reçu", amount=amount)
    if bill_labels.is_rejected_at_bank(kind, detail):
        return _rejected_title(detail["means"], bill_labels.euros(abs(detail["cents"])))
    return NOTICES[kind]


def _rejected_title(means: str, amount: str) -> str:
    if means == CHEQUE:
        return _("La banque a rejeté votre chèque de %(amount)s", amount=amount)
    return _("La banque a rejeté votre virement de %(amount)s", amount=amount)


def lines_of_notice(kind: str, detail: JsonMapping) -> list[str]:
    """Return the lines of a notice: activity, days, deadline, reason of a refusal."""
    what = [*detail.get("activities", ()), detail.get("activity"), detail.get("group")]
    days = [enrolment_labels.read_day(day) for day in detail.get("days", ())]
    lines = [
        ", ".join(dict.fromkeys(str(part) for part in what if part)),
        ", ".join(enrolment_labels.short_day(day) for day in days if day),
    ]
    if kind in NOTICE_KINDS:
        lines += bill_labels.lines_of_bill_notice(kind, detail)
    limit, last = (
        enrolment_labels.read_moment(detail.get("until")),
        enrolment_labels.read_day(detail.get("last_day")),
    )
    if limit:
        lines.append(_answer_deadline_sentence(kind, limit))
    lines += _lines_of_kind(kind, detail)
    if kind == "also_told":
        return [*filter(None, lines), _grant_label(detail)]
    if kind == "operator_changed":
        lines += _operator_change_lines(detail, last)
    elif last:
        lines.append(_("dernier jour : %(day)s", day=enrolment_labels.short_day(last)))
    return [line for line in lines if line]


def _lines_of_kind(kind: str, detail: JsonMapping) -> list[str]:
    """Return what notices of this kind alone say."""
    if kind == "closure" and detail.get("motives"):
        return [", ".join(detail["motives"])]
    if kind == "closure" and detail.get("reason") in enrolment_labels.CLOSURES:
        return [str(enrolment_labels.CLOSURES[detail["reason"]])]
    if kind == "closure_lifted":
        called_off = _("la sortie n’a pas lieu") if detail.get("reason") == "outing" else ""
        back = _("ce qui était réservé l’est de nouveau")
        return [called_off, back, _saying_no_sentence(detail)]
    if kind == "outing":
        return _lines_of_outing(detail)
    if kind == "refused":
        return [enrolment_labels.application_refusal_sentence(detail.get("reason", ""), detail)]
    phone = typography.phone_number(detail.get("phone", ""))
    if kind == "health_unseen":
        return [_("pas encore vu : appelez le %(phone)s", phone=phone)]
    if kind == "menu_to_check":
        return [
            _("d’après les allergènes que vous avez donnés ; une question ? %(phone)s", phone=phone)
        ]
    if kind == "widening":
        return _widening_lines(detail)
    if kind == "food":
        return [_("du troisième jour avant au lendemain ; ensuite le service l’efface")]
    return []


def _lines_of_outing(detail: JsonMapping) -> list[str]:
    """Say what an outing takes with it, and what to prepare; of who stays the group is said."""
    if not detail.get("leaving"):
        return []
    said = _("annulé pour la sortie : ce n’est pas compté")
    return [said, _("préparez un pique-nique")] if detail.get("picnic") else [said]


def _answer_deadline_sentence(kind: str, limit: datetime) -> str:
    when = enrolment_labels.until_label(limit)
    if kind == "place_offered":
        return _("à accepter avant %(when)s", when=when)
    return _("à répondre avant %(when)s", when=when) if kind in RENEWALS else ""


def _saying_no_sentence(detail: JsonMapping) -> str:
    """
    Say to who had made other plans how to say no, and until when; "" once it is too late.

    Days that do not end together are said one by one, each as long as it is open.
    """
    read = [
        (enrolment_labels.read_day(row.get("day")), enrolment_labels.read_moment(row.get("until")))
        for row in detail.get("untils", ())
    ]
    known = [(day, until) for day, until in read if day and until]
    still_open: dict[date, datetime] = {}
    for day, until in sorted(known):
        if until >= now():
            still_open.setdefault(day, until)
    if not still_open:
        return ""
    if len({until for _day, until in known}) == 1:
        until_words = _until_words(known[0][1])
        return _(
            "vous vous étiez organisés autrement ? Annulez sans payer %(until)s", until=until_words
        )
    days = " ; ".join(
        f"{enrolment_labels.short_day(day)} {_until_words(until)}"
        for day, until in still_open.items()
    )
    return _("vous vous étiez organisés autrement ? Annulez sans payer : %(days)s", days=days)


def _until_words(limit: datetime) -> str:
    return typography.up_to(enrolment_labels.until_label(limit), language_here())


def _widening_lines(detail: JsonMapping) -> list[str]:
    start = enrolment_labels.read_day(detail.get("valid_from"))
    changes = upcoming_widenings.widening_sentence(
        shell_here().register,
        detail.get("widening", ""),
        detail.get("what", ""),
        detail.get("after", ""),
    )
    return [
        _(
            "à partir du %(day)s : %(changes)s",
            day=enrolment_labels.short_day(start),
            changes=changes,
        )
        if start
        else changes
    ]


def _grant_label(detail: JsonMapping) -> str:
    what = str(record_labels.PROJECTIONS.get(detail.get("projection", ""), ""))
    day = _last_day_of_grant(detail)
    if day is None:
        return _("ne reçoit plus : %(what)s", what=what)
    return _(
        "reçoit aussi, à la demande d’un responsable, jusqu’au %(day)s : %(what)s",
        day=enrolment_labels.short_day(day),
        what=what,
    )


def _operator_change_lines(detail: Mapping[str, object], last: date | None) -> list[str]:
    former = detail.get("former", "")
    return [
        _("prend la suite de : %(former)s", former=former),
        _("dernier jour de l’ancien opérateur : %(day)s", day=enrolment_labels.short_day(last))
        if last
        else "",
        _("Vos places, vos rangs et vos réservations suivent. Vous n’avez rien à faire."),
        _("Ce que vous devez à l’ancien opérateur se paie toujours dans « Argent »."),
    ]


def join_child_names(child_ids: Iterable[str], names: Mapping[str, str]) -> str:
    """Say children by their first names."""
    return enrolment_labels.join_names(
        names[child_id] for child_id in child_ids if child_id in names
    )


def notice_line(notice: ReceivedNotice, names: Mapping[str, str]) -> str:
    """Say a notice in one line: who, what, when."""
    who = join_child_names(notice.child_ids, names)
    return " · ".join(filter(None, [who, *lines_of_notice(notice.kind, notice.detail)]))


def _last_day_of_grant(detail: Mapping[str, object]) -> date | None:
    """Return the last day of a grant, None if it was ended."""
    return None if detail.get("ended") else enrolment_labels.read_day(detail.get("until"))
