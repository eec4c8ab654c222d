"""What a provider's enrolment service answers and hears; one process set per provider runs it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.enrolment.attendance.handovers.commands import handovers as relay_keeping
from services.enrolment.attendance.handovers.commands import ticks as relay_ticks
from services.enrolment.attendance.quantities.commands import importing as taken_over
from services.enrolment.attendance.roll_call.commands import lists
from services.enrolment.attendance.tablets.commands import tablets
from services.enrolment.bookings.queries import child_calendar
from services.enrolment.children.commands import replica
from services.enrolment.children.queries import reconciliation
from services.enrolment.children.rules.merge import Item
from services.enrolment.conversations.commands import files
from services.enrolment.conversations.commands import for_family as to_family
from services.enrolment.conversations.commands import membership as following
from services.enrolment.conversations.commands import retention as erasing
from services.enrolment.conversations.queries import bulletins
from services.enrolment.conversations.queries import for_family as to_family_queries
from services.enrolment.families.commands.cards import CARDS, touch_households
from services.enrolment.families.queries.guardians import households_of_children
from services.enrolment.families.rules.order_time import When
from services.enrolment.family_cards import commands as cards
from services.enrolment.handlers.conversation_rights import reader_of_thread
from services.enrolment.handlers.regimes import regimes_of
from services.enrolment.handlers.rights import family_person, guardian_of_child, guardian_or_carer
from services.enrolment.jobs import offers_due
from services.enrolment.jobs import unseen_health as unseen
from services.enrolment.live import rights_changed
from services.enrolment.offer.commands import food_events as occasions
from services.enrolment.offer.commands import importing
from services.enrolment.offer.queries.food_events import changed_since
from services.enrolment.orders.commands import dispatch as orders
from services.enrolment.orders.commands.signed import Acts
from services.enrolment.places.admission.queries.child_file import FILE
from services.enrolment.places.applications.commands import applications
from services.enrolment.places.giving.commands import importing as place_import
from services.enrolment.places.giving.commands import record_holds as held_files
from services.enrolment.places.giving.commands.importing import Held
from services.enrolment.places.placing.commands import billing_events as told
from services.enrolment.providers.commands import succession_end as ending
from services.enrolment.providers.commands import succession_start as taking
from services.enrolment.providers.commands.first_publication import publish_all
from services.enrolment.providers.queries import succession as handing
from services.enrolment.renewal.commands import deadlines as due
from services.enrolment.store import store, vault
from services.enrolment.tariffs.commands import importing as tariff_import
from shared.bus import (
    DOSSIER,
    IDENTITY,
    OPS,
    PORTAL,
    Service,
    answers,
    every,
    service_only,
    subscribes,
)
from shared.contracts import identity, operations, portal
from shared.contracts.dossier import dossier
from shared.contracts.dossier import handovers as relays
from shared.contracts.dossier import safeguarding as file_holds
from shared.contracts.enrolment import attendance, conversations, places, renewals, tariffs
from shared.contracts.enrolment import succession as hand_over
from shared.contracts.message import Caller, Delivery, Empty, Method
from shared.database import Write
from shared.dates.clock import now, today
from shared.person import Standing, apply_subject_changed, standing_of
from shared.person.signed_orders import ActVerifier
from shared.register.entitlement import FAMILY
from shared.runtime.logs import log
from shared.web.agents import sessions as desk_sessions

RECONCILE_SECONDS = 300.0
ERASE_SECONDS = 60.0
FORGET_SECONDS = 600.0
OFFERS_SECONDS = 60.0
WINDOW_SECONDS = 300.0
RENEWALS_SECONDS = 15.0
UNSEEN_SECONDS = 120.0

store.completes(CARDS, cards.retell)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EnrolmentService(Service):
    """The provider is the principal that runs it: no request and no fact names one."""

    name = "enrolment"
    store = store
    vault = vault
    answer_hours = 8 * 24  # longer than an act may wait, so that none is done twice

    @staticmethod
    def standing(subject: str) -> Standing:
        """
        Return what is known of a person; of families identity tells a provider nothing.

        A family's token stands its five minutes here; what it may do, each right looks up in what
        the dossier said of the child (decision 0010).
        """
        with store.read() as read:
            return standing_of(read, subject) or Standing("family", True, EPOCH)

    @subscribes(dossier.projection, sources=[DOSSIER])
    def on_projection(self, write: Write, fact: Any) -> None:
        """
        Hold what the dossier sent, as far as the register entitles this provider to it.

        The second wall: what arrived all the same is let go of, neither stored nor parked in a dead
        queue, where it would lie for days.
        """
        if not self._entitled(fact.projection):
            log("projection_refused", projection=fact.projection, items=len(fact.items))
            return
        items = [Item(**item) for item in fact.items]
        former = households_of_children(write, [item.child_id for item in items])
        moved = replica.take(write, self.vault, fact.projection, items, now())
        children = sorted({row["child_id"] for row in moved})
        if fact.projection in FILE:
            applications.file_arrived(write, children, now())
        if fact.projection == FAMILY:
            told.tell_untold(write, children)
            households = former | households_of_children(write, children)
            touch_households(write, households, now())
            following.follow(write, self.vault, households, now())

    @subscribes(identity.subject_changed, sources=[IDENTITY])
    def on_subject_changed(self, write: Write, fact: Any) -> None:
        """Keep who may do what here; the desk looks at every request."""
        if apply_subject_changed(write, fact):
            rights_changed(write, fact.subject)

    @subscribes(file_holds.file_held, sources=[DOSSIER])
    def on_file_held(self, write: Write, event: file_holds.FileHeld, _delivery: Delivery) -> None:
        """Fall silent about a child whose file is held, and end what it had (rules' test 10)."""
        held_files.take(write, event, now())

    @subscribes(relays.relay_declared, sources=[DOSSIER])
    def on_relay_declared(self, write: Write, fact: Any) -> None:
        """Keep this side of a hand-over with another service."""
        relay_keeping.take(write, fact)

    @subscribes(relays.relay_passed, sources=[DOSSIER])
    def on_relay_passed(self, write: Write, fact: Any) -> None:
        """Keep what the service beside has ticked."""
        relay_ticks.hear_passed(write, fact, now())

    @answers(places.import_offer, callers=[OPS], right=service_only)
    def import_offer(self, write: Write, request: Any) -> dict[str, Any]:
        """Take an offer from another software, what the provider has not got yet."""
        days_off, activities = request.days_off, request.activities
        return {"groups": importing.import_offer(write, days_off, activities, now())}

    @answers(places.apply, callers=[PORTAL], right=family_person)
    def apply(self, write: Write, request: Any) -> dict[str, Any]:
        """Take an application in, in its turn; the child's file may still be on its way."""
        return self._ordered(places.apply, write, request)

    @answers(places.withdraw_application, callers=[PORTAL], right=family_person)
    def withdraw_application(self, write: Write, request: Any) -> dict[str, Any]:
        """Take an application back, or give its place up from tomorrow on."""
        return self._ordered(places.withdraw_application, write, request)

    @answers(places.answer_offer, callers=[PORTAL], right=family_person)
    def answer_offer(self, write: Write, request: Any) -> dict[str, Any]:
        """Accept or decline a place that was offered."""
        return self._ordered(places.answer_offer, write, request)

    @answers(places.calendar, callers=[PORTAL], right=guardian_or_carer)
    def calendar(self, request: Any) -> dict[str, Any]:
        """Return the child's sessions, booked or bookable."""
        with self.store.read() as read:
            return child_calendar.calendar(read, request, now())

    @answers(places.change_bookings, callers=[PORTAL], right=guardian_of_child)
    def change_bookings(self, write: Write, request: Any) -> dict[str, Any]:
        """Book and cancel single sessions."""
        return self._ordered(places.change_bookings, write, request)

    @answers(places.set_week, callers=[PORTAL], right=guardian_of_child)
    def set_week(self, write: Write, request: Any) -> dict[str, Any]:
        """Set the weekdays of a place."""
        return self._ordered(places.set_week, write, request)

    @answers(places.declare_absence, callers=[PORTAL], right=guardian_or_carer)
    def declare_absence(self, write: Write, request: Any) -> dict[str, Any]:
        """Note that the child will not come."""
        return self._ordered(places.declare_absence, write, request)

    @answers(conversations.start_thread, callers=[PORTAL], right=family_person)
    def start_thread(self, write: Write, request: Any) -> dict[str, Any]:
        """Take what a guardian writes first."""
        return self._ordered(conversations.start_thread, write, request)

    @answers(conversations.reply, callers=[PORTAL], right=reader_of_thread)
    def reply(self, write: Write, request: Any) -> dict[str, Any]:
        """Take a guardian's answer; who reads the thread stays as it was."""
        return self._ordered(conversations.reply, write, request)

    @answers(conversations.read_thread, callers=[PORTAL], right=reader_of_thread)
    def read_thread(self, request: Any) -> dict[str, Any]:
        """Return messages and note them as read: the answer is kept nowhere, hence no `writes`."""
        asked = request.person.subject, request.thread_id, request.before
        with self.store.write() as write:
            return to_family.read_thread(write, self.vault, *asked, now())

    @answers(conversations.read_attachment, callers=[PORTAL], right=reader_of_thread)
    def read_attachment(self, request: Any) -> dict[str, Any]:
        """Return one part of a file."""
        asked = request.thread_id, request.attachment_id, request.part
        with self.store.read() as read:
            return to_family_queries.read_attachment(
                read, self.vault, request.person.subject, *asked
            )

    @answers(conversations.read_bulletins, callers=[PORTAL], right=family_person)
    def read_bulletins(self, request: Any) -> dict[str, Any]:
        """Return the bulletins that concern a guardian's children."""
        with self.store.read() as read:
            subject, before = request.person.subject, request.before
            return bulletins.for_guardian(read, self.vault, subject, before)

    @subscribes(portal.attachment_part, sources=[PORTAL])
    def on_attachment_part(self, write: Write, fact: Any) -> None:
        """Keep a part of a file; the last one has it looked at."""
        files.take_part(write, self.vault, fact.attachment_id, fact.number, fact.data, now())

    @answers(renewals.answer_renewal, callers=[PORTAL], right=guardian_of_child)
    def answer_renewal(self, write: Write, request: Any) -> dict[str, Any]:
        """Take a family's answer to one line of a campaign."""
        return self._ordered(renewals.answer_renewal, write, request)

    @subscribes(portal.family_act, sources=[PORTAL])
    def on_family_act(self, write: Write, fact: Any) -> None:
        """Do what a family ordered while this provider was down, and tell what became of it."""
        here, settings = self.settings.principal, self.settings
        former = [(each.key, each.until) for each in settings.former_verify_keys]
        verifier = ActVerifier(settings.token_verify_key, former)
        Acts(here, verifier, self._regimes).settle(write, fact, now())

    @every(WINDOW_SECONDS, jitter=30.0)
    def move_windows(self) -> None:
        """Bring the cards of all households up to today, some at a time."""
        moved = cards.MOVED_AT_ONCE
        while moved >= cards.MOVED_AT_ONCE:
            with self.store.write() as write:
                moved = cards.move_window(write, now())

    @answers(places.import_places, callers=[OPS], right=service_only)
    def import_places(self, write: Write, request: Any) -> dict[str, Any]:
        """Give places that children already had in another software."""
        held = [Held(**place) for place in request.places]
        return place_import.import_places(write, held, now())

    @answers(attendance.import_attendance, callers=[OPS], right=service_only)
    def import_attendance(self, write: Write, request: Any) -> dict[str, Any]:
        """Tell billing of days gone by that another software kept."""
        return taken_over.take_over(write, request.sheets, now())

    @answers(tariffs.import_tariffs, callers=[OPS], right=service_only)
    def import_tariffs(
        self, write: Write, request: tariffs.ImportTariffsRequest, _caller: Caller
    ) -> tariffs.ImportTariffsAnswer:
        """Take tariffs from another software, what the provider has not got yet."""
        published = tariff_import.import_tariffs(write, request.residences, request.tariffs)
        return tariffs.ImportTariffsAnswer(published)

    @answers(hand_over.publish_offer, callers=[OPS], right=service_only)
    def publish_offer(
        self, write: Write, _request: Empty, _caller: Caller
    ) -> hand_over.PublishOfferAnswer:
        """Tell what was never told: a trial is over, families may come."""
        return publish_all(write)

    @answers(hand_over.hand_over_offer, callers=[OPS], right=service_only)
    def hand_over_offer(
        self, request: hand_over.HandOverRequest, _caller: Caller
    ) -> hand_over.HandOverOfferAnswer:
        """Return what a successor goes on offering."""
        with self.store.read() as read:
            return handing.offer_page(read, self._code(), request.on, request.after)

    @answers(hand_over.hand_over_places, callers=[OPS], right=service_only)
    def hand_over_places(
        self, request: hand_over.HandOverRequest, _caller: Caller
    ) -> hand_over.HandOverPlacesAnswer:
        """Return the children whom a successor goes on having."""
        with self.store.read() as read:
            return handing.places_page(read, self._code(), request.on, request.after)

    @answers(hand_over.take_over, callers=[OPS], right=service_only)
    def take_over(
        self, write: Write, request: hand_over.TakeOverRequest, _caller: Caller
    ) -> hand_over.TakeOverAnswer:
        """Go on with what a predecessor handed over."""
        return taking.take_over(
            write, request.predecessor, request.label, request.on, request.children, now()
        )

    @answers(hand_over.end_hand_over, callers=[OPS], right=service_only)
    def end_hand_over(
        self, write: Write, request: hand_over.EndHandOverRequest, _caller: Caller
    ) -> hand_over.EndHandOverAnswer:
        """End what a successor has taken over."""
        return ending.end_hand_over(write, request.on, now())

    @every(OFFERS_SECONDS, jitter=10.0)
    def expire_offers(self) -> None:
        """End the offers that were not answered, and offer what is free to who is next."""
        with self.store.read() as read:
            due = offers_due.groups_due(read, now())
        for group_id in due:
            with self.store.write() as write:
                offers_due.expire_offers(write, group_id, now())

    @every(RENEWALS_SECONDS, jitter=3.0)
    def follow_renewals(self) -> None:
        """Let campaigns ask, remind and end, each at its time."""
        due.follow(self.store, now())

    @every(UNSEEN_SECONDS, jitter=20.0)
    def tell_of_unseen_health(self) -> None:
        """Tell families whom to call where nobody has seen on the eve what they told (rule R5)."""
        self._look_for_unseen_health(now())

    @answers(operations.resync, callers=[OPS], right=service_only)
    def resync(self, _request: Empty, _caller: Caller) -> operations.ResyncAnswer:
        """Compare now, ask again for what is lacking, tell what could not be told before."""
        found = self._reconcile()
        with self.store.write() as write:
            told.tell_untold(write)
        return operations.ResyncAnswer(
            equal=found == reconciliation.NONE, asked_again=len(found.lacking)
        )

    @every(RECONCILE_SECONDS, jitter=30.0)
    def reconcile(self) -> None:
        """Find by the digest what was lost, and have it sent again."""
        self._reconcile()

    @every(ERASE_SECONDS, jitter=10.0)
    def erase_due(self) -> None:
        """Erase what ended, once it may be: a care core a day after the last session (rule R6)."""
        erased = replica.ERASED_AT_ONCE
        while erased >= replica.ERASED_AT_ONCE:
            with self.store.write() as write:
                erased, former = replica.erase_due(write, self.vault, now())
                following.follow(write, self.vault, former, now())
        with self.store.write() as write:
            files.forget_lost(write, self.vault, now())
        erased = erasing.AT_ONCE
        while erased >= erasing.AT_ONCE:
            with self.store.write() as write:
                erased = erasing.erase_due(write, self.vault, now())

    @every(OFFERS_SECONDS, jitter=5.0)
    def retell_food(self) -> None:
        """Tell the dossier again who is booked where there is food, as bookings change."""
        with self.store.read() as read:
            found = changed_since(read, today())
        for session_id in found:
            with self.store.write() as write:
                occasions.retell(write, session_id, now())

    @every(FORGET_SECONDS, jitter=60.0)
    def forget(self) -> None:
        """Delete the desk's sessions that are over, and what tablets need no more."""
        with self.store.write() as write:
            desk_sessions.forget_past(write, now())
            tablets.forget_past(write, now())
            lists.forget_past(write, now())
            relay_keeping.forget_past(write, today())

    def _ordered(self, method: Method, write: Write, request: Any) -> dict[str, Any]:
        return orders.carry_out(method, write, request, When.at_once(), self._regimes())

    def _look_for_unseen_health(self, moment: datetime) -> None:
        provider = self.settings.register.provider_of(self.settings.principal)
        if provider is None:
            return
        with self.store.read() as read:
            found = unseen.unseen_on_the_eve(read, self.vault, unseen.marked_by(provider), moment)
        unseen.tell_families(self.store, found, provider.phone, moment)

    def _code(self) -> str:
        provider = self.settings.register.provider_of(self.settings.principal)
        return provider.code if provider else ""

    def _regimes(self) -> Mapping[str, str]:
        return regimes_of(self.settings)

    def _entitled(self, projection: str) -> bool:
        return bool(self.settings.register.entitled(self.settings.principal, projection))

    def _reconcile(self) -> reconciliation.Difference:
        projections = self.settings.register.projections(self.settings.principal)
        found = reconciliation.difference(self.bus, self.store, projections)
        reconciliation.ask_again(self.bus, found.lacking)
        if found != reconciliation.NONE:
            log("replica_differed", lacking=len(found.lacking), unknown=len(found.unknown))
        return found
