"""Labels of an offer on « Activités »: when, for whom, its price, what prevents it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.cards.rules.json_values import to_day
from services.portal_gateway.enrolment.rules.joinable_offers import Offer, time_of_year_of_group
from services.portal_gateway.enrolment.rules.stored_offers import StoredGroup
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.pages.enrolment.rules.child_offers import (
    BY_DAY,
    BY_NAME,
    FREE_FIRST,
    Clash,
    ClosedOffer,
    OpenOffer,
)
from services.portal_gateway.session.queries.children import Child
from shared.contracts.enrolment.place_conditions import AGE, SCHOOL, Applicant, grade_code
from shared.contracts.enrolment.places import published_offer
from shared.dates.ages import years_old
from shared.dates.clock import today

ORDERS: Mapping[str, LazyString] = {
    FREE_FIRST: _l("places libres d’abord"),
    BY_DAY: _l("par jour de la semaine"),
    BY_NAME: _l("par nom"),
}


@dataclass(frozen=True)
class Reason:
    """Activities that a child cannot ask for, named together, and why not."""

    activities: str
    sentence: str


def timetable_lines(found: OpenOffer, day: date) -> list[str]:
    """Return when the groups of an offer meet, each day and hour once, the best group first."""
    return list(dict.fromkeys(_when_group_meets(each.group, day) for each in found.groups))


def _when_group_meets(group: StoredGroup, day: date) -> str:
    """Say when a group meets: its days and hours, and from when where that is still to come."""
    said = [f"{enrolment_labels.weekdays_in_words(group['weekdays'])}, "]
    said.append(enrolment_labels.hours_in_words(group["starts"], group["ends"]))
    if time_of_year_of_group(group) == published_offer.HOLIDAYS:
        said.append(_(", pendant les vacances"))
    first = to_day(group["first_day"])
    if first > day:
        said.append(_(", à partir du %(day)s", day=enrolment_labels.short_day(first)))
    return "".join(said)


def what_child_was_judged_by(child: Child, applicant: Applicant) -> str:
    """Say by what a child was judged: its age, level and school, as far as they are known."""
    years = years_old(child.birth_date, today())
    parts = [_("%(years)s ans", years=years), grade_code(applicant.grade), applicant.school]
    known, coming = ", ".join(filter(None, parts)), applicant.next_schooling
    if coming is None or not coming.school:
        return known
    return _(
        "%(known)s, puis %(school)s à partir du %(day)s",
        known=known,
        school=coming.school,
        day=enrolment_labels.short_day(coming.day),
    )


def clash_sentence(child: Child, clash: Clash, *, by_day: bool) -> str:
    """Say what a child has at the same hours, and what would follow from a place."""
    place = clash.place
    has = enrolment_labels.clash_in_words(child.first_name, place, clash.weekdays)
    if by_day:
        return _("%(has)s Choisissez d’autres jours, ou annulez ceux-là.", has=has)
    if place.booking == "by_day":
        return _("%(has)s Si la place est donnée, ces jours seront à annuler.", has=has)
    return _("%(has)s Les deux sont aux mêmes heures.", has=has)


def reasons_for_closed_offers(closed: Iterable[ClosedOffer], child: Child) -> list[Reason]:
    """Return why a child cannot ask for these, those with one reason together."""
    by_sentence: dict[str, list[str]] = {}
    for each in closed:
        labels = by_sentence.setdefault(_reason_sentence(each, child), [])
        labels.append(each.offer.content["label"])
    return [
        Reason(enrolment_labels.join_names(dict.fromkeys(labels)), sentence)
        for sentence, labels in by_sentence.items()
    ]


def _reason_sentence(closed: ClosedOffer, child: Child) -> str:
    content = closed.offer.content
    if SCHOOL in closed.unmet:
        return _("pour d’autres écoles que celle de %(name)s", name=child.first_name)
    if AGE in closed.unmet:
        return _(
            "%(ages)s ; %(name)s a %(years)s ans",
            ages=enrolment_labels.ages_in_words(closed.group),
            years=years_old(child.birth_date, today()),
            name=child.first_name,
        )
    if closed.unmet:
        return _("pour : %(who)s", who=enrolment_labels.conditions(content, closed.group))
    return _("les demandes sont closes")


def opening_sentence(offer: Offer) -> str:
    """Say when the requests of an offer open."""
    when = enrolment_labels.until_label(offer.opens_at)
    return _("les demandes ouvrent %(when)s", when=when)
