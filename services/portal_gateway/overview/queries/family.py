"""
The portal's own knowledge of the guardian who is signed in: one local read, no request.

A guardian sees the cards of its own households, and in them its own children alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple, cast

from flask import g
from sqlalchemy.orm import Session

from services.portal_gateway.bills.queries import accounts_of_households
from services.portal_gateway.bills.rules.bills import Accounts
from services.portal_gateway.cards.live_kinds import KINDS, audiences_of_person
from services.portal_gateway.cards.queries.guardian_households import (
    card_of_guardian,
    households_of_guardian,
)
from services.portal_gateway.enrolment.rules.renewals import Renewal
from services.portal_gateway.messages import queries as conversations
from services.portal_gateway.models import Change
from services.portal_gateway.notices.queries.news import (
    News,
    StoredOrder,
    count_unread_news,
    read_news,
)
from services.portal_gateway.overview.rules.childs_day_in_order import SAID
from services.portal_gateway.schedule.queries.household_cards import cards_of_households
from services.portal_gateway.schedule.rules.family_days import (
    Application,
    Card,
    Day,
    Place,
    merge_days,
)
from services.portal_gateway.session import (
    current_accompanied_session,
    current_user,
    provider_health,
    sessions,
)
from services.portal_gateway.session.accompanied.rules.open_pages_and_actions import CLOSED_NOTICES
from services.portal_gateway.session.queries.children import (
    Family,
    family_from_answer_and_remember,
    family_of_card,
    last_known_family,
)
from services.portal_gateway.store import store
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import states
from shared.contracts.message import Empty
from shared.dates.clock import now
from shared.live.change_counts import counts_of_changes
from shared.live.page_position import Position
from shared.web.base.app import shell_here
from shared.web.session.request_rounds import round_request


@dataclass(frozen=True)
class FamilyOverview:
    """The children, the cards of each provider, the bills, and the news."""

    family: Family
    cards: Sequence[Card] = ()
    accounts: Accounts = field(default_factory=Accounts)
    unavailable: frozenset[str] = frozenset()
    news: News = field(default_factory=News)
    stream_position: str = ""

    def days(self, first: date, last: date) -> list[Day]:
        """Return the children's days, each once, by start."""
        return merge_days(day for card in self.cards for day in card.days(first, last))

    def next_day(self, after: date) -> date | None:
        """Return the first later day on which something happens, as far as cards reach."""
        found = (card.next_day(after, SAID) for card in self.cards)
        return min((day for day in found if day is not None), default=None)

    @property
    def sites_of_places(self) -> dict[tuple[str, str, str], str]:
        """Return where the children's places are: by child, activity id and group."""
        return {key: site for card in self.cards for key, site in card.sites.items()}

    @property
    def places(self) -> list[Place]:
        return list({p.place_id: p for card in self.cards for p in card.places}.values())

    @property
    def applications(self) -> list[Application]:
        by_id = {a.application_id: a for card in self.cards for a in card.applications}
        return list(by_id.values())

    def is_on_card(self, application_id: str) -> bool:
        """Say whether a card has this application."""
        return any(
            application.application_id == application_id for application in self.applications
        )

    @property
    def renewals(self) -> list[Renewal]:
        return list({r.renewal_id: r for card in self.cards for r in card.renewals}.values())

    def time_of_latest_card(self, provider: str) -> datetime | None:
        """Return the time of a provider's latest card of these children."""
        return max((card.at for card in self.cards if card.provider == provider), default=None)


class OwnMatters(NamedTuple):
    """Pages of a family that concern a person: asking for places, and being billed."""

    places: bool = True
    bills: bool = True


def current_overview() -> FamilyOverview:
    """
    Return the overview of the guardian who is signed in, read once per request.

    Before a first card was received the dossier is asked; its last answer of the session is the
    fallback.
    """
    overview = _overview_of_request() or _read_overview(current_user.subject_of_user())
    if overview is None:
        (children,) = current_user.ask_all(round_request(guardians.my_children, Empty()))
        family = family_from_answer_and_remember(children)
        with store.read() as read:
            overview = _overview_of_family(read, current_user.subject_of_user(), family, now())
    g.overview = overview
    return overview


def own_matters() -> OwnMatters:
    """
    Return what who is signed in has here beside the days of others' children.

    Who looks after a placed child, or was granted an access, asks for no place and has no bill; who
    had some before goes on to find them.
    """
    session = current_user.current_session()
    with store.read() as read:
        card = card_of_guardian(read, session.subject) if session else None
        family = family_of_card(card) if card else Family(())
        if not family.has_others_children_only:
            return OwnMatters()
        return OwnMatters(False, bool(accounts_of_households(read, family.households)))


def news_of_guardian() -> News:
    """Return the news of who is signed in, those that were read too."""
    family = current_overview().family
    with store.read() as read:
        return _news(read, current_user.subject_of_user(), family, now(), whole=True)


def child_names_of(subject: str) -> dict[str, str]:
    """Return the first names of a guardian's children by id, from the dossier's last card."""
    with store.read() as read:
        card = card_of_guardian(read, subject) or {"children": []}
    return family_of_card({"households": [], **card}).first_names


def does_place_await_answer(application: Application, moment: datetime) -> bool:
    """Say whether a place waits for this family's answer."""
    until = application.answer_until
    return application.state == states.OFFERED and (until is None or moment <= until)


def days_with_pending_change(overview: FamilyOverview) -> set[tuple[str, str]]:
    """Return the child and the session of each change on its way: siblings may share a session."""
    return {
        (order.child_id, session_id)
        for order in overview.news.orders_waiting
        for session_id in (order.more or {}).get("sessions", ())
    }


def orders_not_on_cards(overview: FamilyOverview) -> list[StoredOrder]:
    """Return the orders still on their way, without applications that are on a card."""
    on_cards = {application.application_id for application in overview.applications}
    return [order for order in overview.news.orders_waiting if order.application_id not in on_cards]


def _overview_of_request() -> FamilyOverview | None:
    """Return the overview that this request has read already; None without one."""
    return cast("FamilyOverview | None", g.get("overview"))


def unread_news_badge() -> int:
    """Return the count of the badge in the header; sends no request."""
    overview = _overview_of_request()
    return _header_counts()[0] if overview is None else overview.news.count_unread


def stream_position() -> str:
    """Return how far this page has come, for its stream to go on from; "" without a session."""
    overview = _overview_of_request()
    return _header_counts()[1] if overview is None else overview.stream_position


def _header_counts() -> tuple[int, str]:
    """Read what the header alone needs, once: how many news are unread, and the position."""
    session = current_user.current_session()
    if session is None:
        return 0, ""
    if "header_counts" not in g:
        subject = session.subject
        with store.read() as read:
            households = _households_of_session(read, session)
            g.header_counts = (
                count_unread_news(read, subject, households, now()),
                _stream_position(read, subject),
            )
    return cast("tuple[int, str]", g.header_counts)


def unread_messages_badge() -> int:
    """
    Return the number of unread messages for the badge in the header; sends no request.

    The children's places are opened only if a bulletin is newer than the guardian's marks.
    """
    session = current_user.current_session()
    if session is None:
        return 0
    subject = session.subject
    with store.read() as read:
        counted = conversations.count_unread_messages(read, subject)
        if not conversations.has_new_bulletin(read, subject):
            return counted
        overview = _overview_of_request()
        if overview is None:
            family, cards = _family_and_cards_of_session(read, session)
        else:
            family, cards = overview.family, overview.cards
        places = conversations.places_by_provider(cards, family.answered_for_since)
        bulletins = conversations.bulletins_concerning(read, subject, places)
    return counted + sum(bulletin.unread for bulletin in bulletins)


def _read_overview(subject: str) -> FamilyOverview | None:
    moment = now()
    with store.read() as read:
        content = card_of_guardian(read, subject)
        if content is None:
            return None
        return _overview_of_family(read, subject, family_of_card(content), moment)


def _overview_of_family(
    read: Session, subject: str, family: Family, moment: datetime
) -> FamilyOverview:
    cards = cards_of_households(read, family.households_whose_cards_are_read, family.ids)
    return FamilyOverview(
        family,
        cards,
        accounts_of_households(read, family.households),
        frozenset(provider_health.unavailable_providers(read, moment)),
        _news(read, subject, family, moment),
        _stream_position(read, subject),
    )


def _news(
    read: Session, subject: str, family: Family, moment: datetime, *, whole: bool = False
) -> News:
    serving = shell_here().register.serving_providers
    news = read_news(
        read, subject, family.households, family.ids, moment, serving=serving, whole=whole
    )
    if current_accompanied_session.current_accompanied_session() is None:
        return news
    shown = [each for each in news.notices if each.kind not in CLOSED_NOTICES]
    return replace(news, notices=shown)


def _stream_position(read: Session, subject: str) -> str:
    audiences = audiences_of_person(subject, households_of_guardian(read, subject))
    return Position.of_audiences(audiences, KINDS, counts_of_changes(read, Change, audiences)).text


def _households_of_session(read: Session, session: sessions.Session) -> Sequence[str]:
    card = card_of_guardian(read, session.subject)
    content = card or session.children or {}
    return list(content.get("households", ()))


def _family_and_cards_of_session(
    read: Session, session: sessions.Session
) -> tuple[Family, Sequence[Card]]:
    """Return the family of who is signed in, and its cards, of the own children alone."""
    content = card_of_guardian(read, session.subject)
    family = family_of_card(content) if content else last_known_family(session)
    return family, cards_of_households(read, family.households_whose_cards_are_read, family.ids)
