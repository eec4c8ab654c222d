"""« Aujourd’hui et demain »: a line for each child, where it is now, until when, what comes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.labels.two_home_weeks import home_name_on_day, home_on_day_in_words
from services.portal_gateway.overview.queries.family import FamilyOverview, days_with_pending_change
from services.portal_gateway.overview.rules.childs_day_in_order import ChildDay, days_of_children
from services.portal_gateway.schedule.rules.family_days import Day
from services.portal_gateway.session.queries.children import Child
from shared.contracts.enrolment.places import states
from shared.web.language import typography
from shared.web.language.languages import language_here


@dataclass(frozen=True)
class ChildLine:
    """One child's line: what it does, more about it, and whether it is there now."""

    child: Child
    what: str
    notes: Sequence[str]
    here: bool = False


@dataclass(frozen=True)
class DayLines:
    """A day in words: the lines of the children with something, and the names of the others."""

    title: str
    lines: Sequence[ChildLine]
    others: str


def today_and_next_day(overview: FamilyOverview, day: date, moment: datetime) -> list[DayLines]:
    """Return today, and the next day on which something happens, where a card has one."""
    following = overview.next_day(day)
    titled = [(day, _("Aujourd’hui"))]
    if following is not None:
        titled.append((following, _day_to_come_in_words(following, day)))
    return [_day_lines(overview, each, title, moment, day) for each, title in titled]


def _day_to_come_in_words(day: date, this_day: date) -> str:
    """Name a day to come: « Demain, mardi 1er décembre », « Jeudi 3 décembre »."""
    said = enrolment_labels.short_day(day)
    if day == this_day + timedelta(days=1):
        return _("Demain, %(day)s", day=said)
    return typography.with_capital(said)


def _day_lines(
    overview: FamilyOverview, day: date, title: str, moment: datetime, today: date
) -> DayLines:
    children = overview.family.children
    days = days_of_children(
        overview.days(day, day), {child.id: child.ids for child in children}, moment
    )
    lines = [
        _child_line(child, days[child.id], overview, *_home_in_words(child, day, today))
        for child in children
    ]
    return DayLines(
        title,
        [line for line in lines if line is not None],
        enrolment_labels.join_names(
            child.first_name for child, line in zip(children, lines, strict=True) if line is None
        ),
    )


def _home_in_words(child: Child, day: date, today: date) -> tuple[str, bool]:
    """Return in which home a child is, and whether today's line above says it, until when too."""
    home = home_on_day_in_words(child, day)
    if day == today or home != home_on_day_in_words(child, today):
        return home, False
    return home_name_on_day(child, day), True


def _child_line(
    child: Child, of_day: ChildDay, overview: FamilyOverview, home: str, is_home_said: bool
) -> ChildLine | None:
    """Return a child's line; None where nothing is booked and it is with nobody else."""
    if not of_day:
        return ChildLine(child, home, ()) if home else None
    first = next(iter(of_day.running_and_coming), None)
    notes = [
        *(
            (*_notes_of_session(first, overview), *_what_follows_and_where(of_day, overview))
            if first
            else ()
        ),
        *_where_child_was_last_seen(of_day, first),
        *(_cancelled_sentence(each) for each in of_day.falls_out),
        *([home] if home and not is_home_said else ()),
        *_unavailable_card_sentences(of_day, overview),
    ]
    return ChildLine(child, _what_child_does_in_words(first, of_day), notes, bool(of_day.here))


def _what_child_does_in_words(first: Day | None, of_day: ChildDay) -> str:
    """Say what a child does now, or next; after all of it, what it did last."""
    if first is None:
        over = of_day.over[-1:]
        return _("%(what)s, fini", what=over[0].activity) if over else _("rien de réservé")
    if of_day.here:
        until = typography.hour(first.ends_at, language_here())
        return _("%(what)s jusqu’à %(hour)s", what=first.activity, hour=until)
    starts = typography.hour(first.starts_at, language_here())
    return _("%(what)s à %(hour)s", what=first.activity, hour=starts)


def _notes_of_session(session: Day, overview: FamilyOverview) -> Iterator[str]:
    """Yield what is to know of a session: a change on its way, who saw the child, who booked."""
    if (session.child_id, session.session_id) in days_with_pending_change(overview):
        yield _("changement en route")
    elif seen_at := _marked_present_at(session):
        yield _("vu à %(hour)s", hour=typography.hour(seen_at, language_here()))
    elif session.state == states.OTHER:
        yield str(enrolment_labels.STATES[states.OTHER][2])
    if session.asked_by:
        yield str(enrolment_labels.ASKED_BY[session.asked_by])


def _where_child_was_last_seen(of_day: ChildDay, first: Day | None) -> Iterator[str]:
    """Yield where the child was seen last, beside the session that the line begins with."""
    others = (each for each in (*of_day.over, *of_day.running_and_coming) if each is not first)
    seen = [(at, each.activity) for each in others if (at := _marked_present_at(each))]
    if seen:
        at, activity = max(seen)
        yield _(
            "%(what)s : vu à %(hour)s", what=activity, hour=typography.hour(at, language_here())
        )


def _marked_present_at(session: Day) -> datetime | None:
    """Return when the child was marked present; None where an agent wrote it down afterwards."""
    return session.seen_at if session.state == states.PRESENT and not session.asked_by else None


def _what_follows_and_where(of_day: ChildDay, overview: FamilyOverview) -> Iterator[str]:
    """Yield what follows, what is last and until when; where one thing is all, its place."""
    first, *later = of_day.running_and_coming
    if later:
        last = typography.hour(max(each.ends_at for each in later), language_here())
        named = enrolment_labels.join_names(
            dict.fromkeys(each.activity for each in (later[0], later[-1]))
        )
        yield _("puis %(what)s jusqu’à %(hour)s", what=named, hour=last)
    elif not of_day.here:
        yield _("jusqu’à %(hour)s", hour=typography.hour(first.ends_at, language_here()))
    site = overview.sites_of_places.get((first.child_id, first.activity_id, first.group))
    if site and not later:
        yield site


def _cancelled_sentence(session: Day) -> str:
    """Say that a session is not to be, and on whose word where an agent wrote it down."""
    said = [str(enrolment_labels.STATES[session.state][2])]
    if why := enrolment_labels.closing_reason(session.reason):
        said.append(why)
    if session.asked_by:
        said.append(str(enrolment_labels.ASKED_BY[session.asked_by]))
    return _("%(what)s : %(state)s", what=session.activity, state=", ".join(said))


def _unavailable_card_sentences(of_day: ChildDay, overview: FamilyOverview) -> list[str]:
    """Say of when a line is, where a provider of it does not answer."""
    sessions = (*of_day.running_and_coming, *of_day.over, *of_day.falls_out)
    silent = sorted({each.provider for each in sessions} & overview.unavailable)
    return [enrolment_labels.as_of_label(overview.time_of_latest_card(code)) for code in silent[:1]]
