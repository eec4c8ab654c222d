"""
French labels of places, days, deadlines and refusals on a family's page.

A refusal gives the provider's reason: places taken on a day, an age, a date; nothing about a
person.
"""

from collections.abc import Iterable
from datetime import date, datetime

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.cards.rules.json_values import to_day, to_moment
from services.portal_gateway.enrolment.rules.stored_offers import StoredGroup, StoredOffer
from services.portal_gateway.schedule.rules.family_days import Place
from shared.contracts.enrolment.place_conditions import NextSchooling
from shared.contracts.enrolment.places import states
from shared.dates.clock import PARIS, now, today
from shared.json_values import JsonMapping
from shared.web.base.app import shell_here
from shared.web.language import typography
from shared.web.language.languages import language_here
from shared.web.language.place_conditions import conditions_in_words, kinds_of_conditions_in_words
from shared.web.language.translated_labels import State
from shared.web.language.weekdays import WEEKDAYS
from shared.web.prices import price_labels

STATES: dict[str, tuple[str, str, object]] = {
    states.FREE: ("soft", "plus", _l("libre")),
    states.FULL: ("soft", "lock", _l("complet")),
    states.BOOKED: ("blue", "check", _l("réservé")),
    states.CANCELLED: ("soft", "remove", _l("annulé")),
    states.EXCUSED: ("soft", "remove", _l("absence excusée")),
    states.CLOSED: ("gold", "info", _l("annulé par le service")),
    states.OTHER: ("soft", "home", _l("réservé par l’autre foyer")),
    states.PRESENT: ("green", "seen", _l("présence notée")),
    states.ABSENT: ("gold", "info", _l("absence notée")),
}
"""Tone, icon and word of each state of a day."""

ASKED_BY: dict[str, LazyString] = {
    states.TELEPHONE: _l("par le service, à la demande de la famille, par téléphone"),
    states.DOOR: _l("par le service, à la demande de la famille, sur place"),
    states.LETTER: _l("par le service, à la demande de la famille, par écrit"),
    states.SERVICE: _l("corrigé par le service"),
}
"""Origins of a change that an agent made: on whose word."""

AVAILABILITY: dict[str, tuple[str, str, object]] = {
    "open": ("green", "check", _l("places disponibles")),
    "few": ("gold", "info", _l("dernières places")),
    "full": ("red", "waiting", _l("complet, liste d’attente")),
}

APPLICATIONS: dict[str, State] = {
    states.EN_ROUTE: ("blue", "sent", _l("en route")),
    states.DECIDING: ("blue", "waiting", _l("à l’étude")),
    states.OFFERED: ("green", "alert", _l("place proposée, à accepter")),
    states.ACCEPTED: ("green", "check", _l("acceptée")),
    states.WAITING: ("gold", "waiting", _l("sur liste d’attente")),
    states.REFUSED: ("red", "info", _l("refusée")),
    states.WITHDRAWN: ("soft", "remove", _l("retirée")),
    states.EXPIRED: ("soft", "waiting", _l("expirée, sans réponse à temps")),
}

OUTCOMES: dict[str, tuple[str, str, object]] = {
    "booked": ("green", "check", _l("réservé")),
    "cancelled": ("green", "check", _l("annulé à temps : ne sera pas facturé")),
    "excused": ("green", "check", _l("excusé : ne sera pas facturé")),
    "late": ("gold", "info", _l("délai passé : sera facturé")),
    "full": ("red", "lock", _l("complet : non réservé")),
    "other_household": ("red", "home", _l("c’est le jour de l’autre foyer : rien n’a changé")),
    "closed": ("gold", "info", _l("déjà annulé par le service")),
    "gone": ("soft", "info", _l("rien n’était réservé")),
}

METHODS: dict[str, LazyString] = {
    "apply": _l("Demande de place"),
    "withdraw_application": _l("Retrait d’une demande"),
    "answer_offer": _l("Réponse à une proposition"),
    "change_bookings": _l("Changement de réservation"),
    "set_week": _l("Changement de la semaine"),
    "declare_absence": _l("Absence signalée"),
    "start_thread": _l("Message"),
    "reply": _l("Réponse à un message"),
    "answer_renewal": _l("Réponse pour la rentrée"),
    "request_school": _l("Demande d’école"),
    "withdraw_school_request": _l("Retrait d’une demande d’école"),
    "request_waiver": _l("Demande de dérogation"),
    "withdraw_waiver": _l("Retrait d’une dérogation"),
}

REFUSALS: dict[str, LazyString] = {
    "offer_closed": _l("Les demandes ne sont pas ouvertes pour ce groupe en ce moment."),
    "already_applied": _l("Votre enfant a déjà une place ou une demande ici."),
    "clash": _l("Votre enfant a déjà une place aux mêmes heures dans ce service."),
    "already_asked": _l("Une demande d’école attend déjà sa réponse pour cet enfant."),
    "waiver_there": _l("Une dérogation attend déjà sa réponse pour cette demande."),
    "no_motive": _l("Les motifs ont changé : rechargez la page, et choisissez de nouveau."),
    "too_late": _l("Le délai est passé : rien n’a changé."),
    "not_found": _l("Ce n’est plus proposé. Reprenez depuis la liste."),
    "not_entitled": _l("Votre compte ne permet pas ce changement pour cet enfant."),
    "not_signed_in": _l("La demande a attendu trop longtemps. Faites-la de nouveau."),
    "outdated": _l("Quelque chose a changé entre-temps. Rechargez la page."),
    "bad_request": _l("Il manque une réponse, ou l’une d’elles ne convient pas."),
    "no_child_there": _l(
        "Ce service n’a pas encore reçu le dossier de votre enfant. "
        "Essayez de nouveau dans quelques minutes, ou appelez-le."
    ),
    "attachment_too_large": _l("La pièce jointe est trop lourde : le message n’est pas parti."),
    "provider_unknown": _l("Ce service n’est plus ouvert ici."),
}
SOMETHING_WRONG = _l("Le service n’a pas pu le faire. Appelez-le, ou essayez de nouveau.")

CLOSURES: dict[str, LazyString] = {
    "strike": _l("Grève"),
    "staff": _l("Manque de personnel"),
    "weather": _l("Météo"),
    "building": _l("Locaux indisponibles"),
    "timetable": _l("Changement de calendrier ou d’horaire"),
    "outing": _l("Sortie de classe"),
}
"""Why a provider cancelled; another reason is not said."""


def order_refusal_sentence(code: str, detail: JsonMapping | None = None) -> str:
    """Say why an order was not done, with the date that the provider gave."""
    sentence = str(REFUSALS.get(code, SOMETHING_WRONG))
    detail = detail or {}
    opens = read_moment(detail.get("opens_at"))
    if code == "offer_closed" and opens and opens > now():
        return _("Les demandes ouvrent %(when)s.", when=until_label(opens))
    limit = read_moment(detail.get("until"))
    if code == "too_late" and limit:
        return _("Le délai était %(when)s : rien n’a changé.", when=until_label(limit))
    return sentence


def application_refusal_sentence(code: str, detail: JsonMapping) -> str:
    """
    Say why an application was refused; with `capacity` the places and the day (CE 429361), with
    `conditions` what the group asks.

    Other fields of the detail are never shown.
    """
    if code == "capacity":
        return _lack_of_room_sentence(detail)
    if code == "conditions":
        return _unmet_conditions_sentence(detail)
    if code == "closed":
        return _("Les demandes étaient closes.")
    return str(_REASONS.get(code, _("Appelez le service pour en savoir plus.")))


_REASONS: dict[str, LazyString] = {
    "age": _l("L’âge de votre enfant ne convient pas à ce groupe."),
    "not_guardian": _l("Le dossier ne dit pas que vous pouvez inscrire cet enfant."),
    "no_file": _l("Le dossier de l’enfant n’est pas arrivé au service."),
    "criteria": _l("Les places ont été données selon les critères publiés par le service."),
}


def _unmet_conditions_sentence(detail: JsonMapping) -> str:
    asked = conditions_in_words(shell_here().register, *detail.get("asked", ()))
    if not asked:
        return _("Ce groupe n’est pas pour cet enfant.")
    return _("Ce groupe est pour : %(who)s.", who=asked)


def _lack_of_room_sentence(detail: JsonMapping) -> str:
    places_there, taken = detail.get("places"), detail.get("taken", detail.get("places"))
    day = read_day(detail.get("day"))
    if not isinstance(places_there, int) or day is None:
        return _("Toutes les places étaient prises.")
    return _(
        "%(places)s, %(taken)s au %(day)s.",
        places=ngettext("%(num)d place", "%(num)d places", places_there),
        taken=ngettext("%(num)d prise", "%(num)d prises", int(taken or 0)),
        day=typography.long_date(day, language_here()),
    )


def as_of_label(moment: datetime | None) -> str:
    """Label the time of an unavailable provider's last card: « état de 11 h 32 »."""
    if moment is None:
        return _("rien n’est encore connu")
    if moment.astimezone(PARIS).date() == today():
        return _("état de %(hour)s", hour=typography.hour(moment, language_here()))
    when = typography.moment(moment, language_here(), today())
    return _("état du %(when)s", when=when)


def weekdays_in_words(numbers: Iterable[int]) -> str:
    """Say days of the week: « lundi, mardi et jeudi »."""
    return join_names(str(WEEKDAYS[number]) for number in sorted(numbers))


def fixed_days_in_words(weekdays: Iterable[int]) -> str:
    """Say the days of a place that is booked by the day, or that it has no fixed day."""
    return weekdays_in_words(weekdays) or _("aucun jour fixe")


def join_names(names: Iterable[str]) -> str:
    """Say several names one after the other: « Lise, Lou et Zoé »."""
    return typography.enumeration(map(str, names), language_here())


def ages_in_words(group: StoredGroup) -> str:
    """Say for whom a group is, by birth date; "" where it is for all."""
    first, last = read_day(group.get("born_from")), read_day(group.get("born_to"))
    if first and last:
        return _("enfants nés de %(first)s à %(last)s", first=first.year, last=last.year)
    if first:
        return _("enfants nés depuis %(first)s", first=first.year)
    return _("enfants nés jusqu’en %(last)s", last=last.year) if last else ""


def conditions(*stated: StoredOffer | StoredGroup) -> str:
    """Say for which children activities or groups are, beside their age; "" where for all."""
    asked = [each.get("conditions", {}) for each in stated]
    return conditions_in_words(shell_here().register, *asked)


def sites_in_words(offer: StoredOffer, groups: Iterable[StoredGroup]) -> str:
    """Say where these groups of an offer meet: the one site, or how many."""
    sites = _sites(offer, groups) or {offer["site"]}
    return sites.pop() if len(sites) == 1 else ngettext("%(num)d lieu", "%(num)d lieux", len(sites))


def site_of_group(offer: StoredOffer, group: StoredGroup, groups: Iterable[StoredGroup]) -> str:
    """Say where one of these groups meets; "" where all are at one site, or its name says it."""
    (site,) = _sites(offer, [group])
    return "" if _sites(offer, groups) == {site} or site == group["label"] else site


def _sites(offer: StoredOffer, groups: Iterable[StoredGroup]) -> set[str]:
    return {group.get("site") or offer["site"] for group in groups}


def ages_and_conditions_in_words(offer: StoredOffer, group: StoredGroup) -> str:
    """Say for whom a group is, age and conditions; "" where it is for all."""
    return " · ".join(each for each in (ages_in_words(group), conditions(offer, group)) if each)


def unmet_conditions_in_words(kinds: Iterable[str]) -> str:
    """Say what a child does not fulfil: « âge, école »."""
    return kinds_of_conditions_in_words(kinds)


def clash_in_words(name: str, place: Place, numbers: Iterable[int]) -> str:
    """Say which place a child has at the same hours, and on which days."""
    days = sorted(numbers)
    return ngettext(
        "%(name)s a déjà une place le %(days)s, %(hours)s : %(activity)s, %(group)s.",
        "%(name)s a déjà une place les %(days)s, %(hours)s : %(activity)s, %(group)s.",
        len(days),
        name=name,
        days=weekdays_in_words(days),
        hours=hours_in_words(place.hours.starts, place.hours.ends),
        activity=place.activity,
        group=place.group,
    )


def replaced_place_sentence(name: str, place: Place) -> str:
    """Say of a place that no longer fits a child that another one takes its stead."""
    return _(
        "%(name)s a encore sa place d’avant : %(group)s. Elle s’arrête la veille de la nouvelle.",
        name=name,
        group=place.group,
    )


def other_school_sentence(name: str, coming: NextSchooling) -> str:
    """Say from which day on a child can come to a group of the school to which it then goes."""
    return _(
        "À partir du %(day)s, quand %(name)s ira à l’école : %(school)s.",
        day=short_day(coming.day),
        name=name,
        school=coming.school,
    )


def hours_in_words(text: str, ends: str = "") -> str:
    """Say an hour of the offer: « 17 h 30 » for 17:30; with its end « 16 h 30 – 17 h 30 »."""
    hour, _colon, minute = text.partition(":")
    hour_label = typography.clock_time(int(hour), int(minute), language_here())
    return typography.join_hours(hour_label, hours_in_words(ends)) if ends else hour_label


def euros(cents: int) -> str:
    """Write an amount."""
    return price_labels.euros(cents, _)


def iso_date(text: str) -> str:
    """Say a day written as 2026-11-24."""
    return typography.long_date(date.fromisoformat(text), language_here())


def iso_month(text: str) -> str:
    """Say a month written as 2026-11."""
    return typography.month(date.fromisoformat(f"{text}-01"), language_here())


def until_label(moment: datetime) -> str:
    """Say a deadline."""
    return typography.deadline_words(moment, language_here(), now())


def short_day(value: date) -> str:
    """Say a day, with its year where it is another one."""
    return typography.day(value, language_here(), today())


def read_moment(value: object) -> datetime | None:
    """Return a moment as JSON or a contract brings it; None for anything else."""
    try:
        return to_moment(value) if isinstance(value, str | datetime) else None
    except ValueError:
        return None


def read_day(value: object) -> date | None:
    """Return a day as JSON or a contract brings it; None for anything else."""
    try:
        return to_day(value) if isinstance(value, str | date) else None
    except ValueError:
        return None


def closing_reason(code: str) -> str:
    """Say why a provider cancelled a session: « grève »; "" for what is not said."""
    return typography.without_capital(CLOSURES[code]) if code in CLOSURES else ""
