"""What the dossier answers and hears: the table of contents of the service."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from services.dossier import (
    announcing,
    cards,
    course,
    erasure,
    file_holds,
    holdings,
    homes,
    households,
    leaving,
    links,
    moves,
    placements,
    protection,
    queries,
    read_log,
    sections,
    streams,
    telling,
    trials,
)
from services.dossier.projections import affected
from services.dossier.reach import Reach
from services.dossier.rights import family, guardian_of_child, guardian_of_household
from services.dossier.store import store, vault
from services.dossier.when import When
from shared.bus import (
    IDENTITY,
    OPS,
    PORTAL,
    PROVIDERS,
    Service,
    answers,
    every,
    hears,
    service_only,
)
from shared.contracts import attendance, enrolment, identity
from shared.contracts import dossier as contracts
from shared.contracts import file_holds as file_contracts
from shared.contracts import placements as placement_contracts
from shared.contracts import protection as protection_contracts
from shared.contracts import provider_changes as changes
from shared.contracts.inventory import digest, page
from shared.contracts.message import ContractBroken
from shared.database import Write
from shared.database.chunks import chunks
from shared.entitlement import FAMILY
from shared.logs import log
from shared.person import apply_subject_changed, standings

MINUTE, HOUR = 60.0, 3600.0
ANNOUNCE_SECONDS = 10.0

Answer = dict[str, Any]


class DossierService(Service):
    """One dossier per child; each provider is sent what it is entitled to, and no more."""

    name = "dossier"
    store = store
    vault = vault
    standing = staticmethod(standings(store))  # type: ignore[assignment]

    # Families

    @answers(contracts.my_children, callers=[PORTAL], right=family)
    def my_children(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return queries.my_children(
                read, request.person.subject, self._reach().principals, When.now()
            )

    @answers(contracts.read_section, callers=[PORTAL], right=guardian_of_child)
    def read_section(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return queries.section_as_stored(
                read, request.child_id, request.section, request.person.subject
            )

    @answers(contracts.write_section, callers=[PORTAL], right=guardian_of_child)
    def write_section(self, write: Write, request: SimpleNamespace) -> Answer:
        child_id, section, when = request.child_id, request.section, When.now()
        content = sections.told_by_guardian(section, request.content)
        telling.lock_children(write, [child_id])
        sections.refuse_outdated(write, child_id, section, request.base_version)
        version = sections.keep_section(
            write, child_id, section, content, by=request.person.subject, when=when
        )
        reach = self._reach()
        targets = telling.targets_of(write, [child_id], affected(section))
        letters = telling.tell(write, reach, targets, when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        return {"version": version, "told": sorted({each.target.provider for each in letters})}

    @answers(contracts.who_knows, callers=[PORTAL], right=guardian_of_child)
    def who_knows(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return queries.who_knows(read, request.child_id, request.person.subject, When.now())

    @answers(contracts.who_read, callers=[PORTAL], right=guardian_of_child)
    def who_read(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            lines = queries.who_read(read, request.child_id, request.person.subject, When.now())
        return {"reads": [asdict(line) for line in lines]}

    @answers(contracts.open_link, callers=[PORTAL], right=guardian_of_child)
    def open_link(self, write: Write, request: SimpleNamespace) -> Answer:
        link = links.open_link(write, self._reach(), request.child_id, request.provider, When.now())
        return {"version": link.version}

    @answers(contracts.close_link, callers=[PORTAL], right=guardian_of_child)
    def close_link(self, write: Write, request: SimpleNamespace) -> Answer:
        link = links.close_link(
            write, self._reach(), request.child_id, request.provider, When.now()
        )
        return {"version": link.version}

    @answers(contracts.history, callers=[PORTAL], right=guardian_of_child)
    def history(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return {"lines": course.course_of(read, request.child_id, request.person.subject)}

    @answers(contracts.delete_history, callers=[PORTAL], right=guardian_of_child)
    def delete_history(self, write: Write, request: SimpleNamespace) -> Answer:
        course.delete_course(write, request.child_id, When.now())
        return {}

    @answers(contracts.my_household, callers=[PORTAL], right=guardian_of_household)
    def my_household(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return queries.my_household(read, request.household_id, When.now())

    @answers(contracts.move_household, callers=[PORTAL], right=guardian_of_household)
    def move_household(self, write: Write, request: SimpleNamespace) -> Answer:
        return {"version": moves.move(write, self.store.register, request, When.now())}

    # Protected households

    @answers(protection_contracts.protect_household, callers=[OPS], right=service_only)
    def protect_household(self, write: Write, request: SimpleNamespace) -> Answer:
        children = protection.protect(write, request.household_id, by=OPS, when=When.now())
        self._tell_quietly(write, children)
        return {}

    @answers(protection_contracts.lift_protection, callers=[OPS], right=service_only)
    def lift_protection(self, write: Write, request: SimpleNamespace) -> Answer:
        children = protection.lift(write, request.household_id, by=OPS, when=When.now())
        self._tell_quietly(write, children)
        return {}

    # Placed children

    @answers(placement_contracts.place_child, callers=[OPS], right=service_only)
    def place_child(self, write: Write, request: SimpleNamespace) -> Answer:
        placements.place(write, self._reach(), request, When.now())
        return {}

    @answers(placement_contracts.end_placement, callers=[OPS], right=service_only)
    def end_placement(self, write: Write, request: SimpleNamespace) -> Answer:
        ids = request.child_id, request.carer_id
        placements.end(write, self._reach(), *ids, request.last_day, When.now())
        return {}

    # A child's death

    @answers(file_contracts.hold_file, callers=[OPS], right=service_only)
    def hold_file(self, write: Write, request: SimpleNamespace) -> Answer:
        """Let one named agent hold a file: from now on nothing leaves of itself."""
        reach, when, child_id = self._reach(), When.now(), request.child_id
        held = file_holds.hold(write, reach, child_id, request.held_by, by=OPS, when=when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        return {"version": held.version}

    @answers(file_contracts.release_file, callers=[OPS], right=service_only)
    def release_file(self, write: Write, request: SimpleNamespace) -> Answer:
        """Let it go again."""
        reach, when, child_id = self._reach(), When.now(), request.child_id
        held = file_holds.release(write, reach, child_id, by=OPS, when=when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        return {"version": held.version}

    # Operations

    @answers(contracts.import_household, callers=[OPS], right=service_only)
    def import_household(self, write: Write, request: SimpleNamespace) -> Answer:
        return households.import_household(write, self._reach(), request, When.now())

    @answers(changes.end_trial, callers=[OPS], right=service_only)
    def end_trial(self, write: Write, request: SimpleNamespace) -> Answer:
        """Delete the invented families of a trial that is over, and their keys."""
        ended = trials.end_trial(write, self._reach(), request.provider, When.now())
        for member_id in ended.members:
            vault.shred(member_id)
        return {"children": ended.children}

    @answers(changes.end_links, callers=[OPS], right=service_only)
    def end_links(self, write: Write, request: SimpleNamespace) -> Answer:
        return leaving.end_links(write, self._reach(), request.provider, When.now())

    @answers(changes.move_links, callers=[OPS], right=service_only)
    def move_links(self, write: Write, request: SimpleNamespace) -> Answer:
        move = leaving.STEPS[request.step]
        return move(write, self._reach(), request.provider, request.successor, When.now())

    @answers(changes.erasures, callers=[OPS], right=service_only)
    def erasures(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return leaving.erasures(read, request.provider, When.now())

    # Providers

    @answers(contracts.inventory, callers=[PROVIDERS], right=service_only)
    def inventory(self, request: SimpleNamespace) -> Answer:
        reach = self._reach()
        with self.store.read() as read:
            entries = streams.entries_for(read, reach, reach.provider_of(request.caller))
        shown, following = page(entries, request.after)
        return {"digest": digest(entries), "entries": shown, "next": following}

    @answers(contracts.resend, callers=[PROVIDERS], right=service_only)
    def resend(self, write: Write, request: SimpleNamespace) -> Answer:
        reach = self._reach()
        provider = reach.provider_of(request.caller)
        letters = streams.send_again(write, reach, provider, request.wanted, When.now())
        return {"queued": len(letters)}

    @hears(enrolment.projection_held, sources=[PROVIDERS])
    def on_projection_held(self, write: Write, fact: SimpleNamespace) -> None:
        holdings.note_held(write, self._reach().provider_of(fact.source), fact)

    @hears(enrolment.projection_erased, sources=[PROVIDERS])
    def on_projection_erased(self, write: Write, fact: SimpleNamespace) -> None:
        holdings.note_erased(write, self._reach().provider_of(fact.source), fact)

    @hears(enrolment.projection_read, sources=[PROVIDERS])
    def on_projection_read(self, write: Write, fact: SimpleNamespace) -> None:
        provider = self._reach().provider_of(fact.source)
        if not queries.was_ever_held(write, fact.child_id, provider):
            raise ContractBroken(
                enrolment.projection_read.full_name, {"child_id": ["never sent to this provider"]}
            )
        read_log.append_read(write, provider, fact, When.now())

    @hears(attendance.activity_counted, sources=[PROVIDERS])
    def on_activity_counted(self, write: Write, fact: SimpleNamespace) -> None:
        """Only who has the child, or had it, adds to its course."""
        provider = self._reach().provider_of(fact.source)
        if links.latest_link(write, fact.child_id, provider) is None:
            raise ContractBroken(
                attendance.activity_counted.full_name, {"child_id": ["never had by this provider"]}
            )
        course.note_count(write, provider, fact)

    # People

    @hears(identity.subject_changed, sources=[IDENTITY])
    def on_subject_changed(self, write: Write, fact: SimpleNamespace) -> None:
        apply_subject_changed(write, fact)

    # By itself

    @every(MINUTE, jitter=5.0)
    def keep_streams_whole(self) -> None:
        """Tell what a new day or a wider entitlement changed, though nobody wrote anything."""
        reach, when = self._reach(), When.now()
        while children := self._found(streams.children_of_the_day, when):
            with self.store.write() as write:
                streams.turn_the_day(write, reach, children, when)
        for provider in sorted(reach.running | reach.trial):
            while children := self._found(streams.children_told_too_little, reach, provider):
                with self.store.write() as write:
                    streams.complete(write, reach, provider, children, when)

    @every(ANNOUNCE_SECONDS, jitter=2.0)
    def announce_widenings(self) -> None:
        """Tell the households concerned of what will be known more widely, before it is."""
        for announced in self.store.register.now.announced:
            while homes := self._found(announcing.households_to_tell, announced):
                with self.store.write() as write:
                    announcing.tell_widening(write, announced, homes, When.now())

    @every(5 * MINUTE, jitter=MINUTE)
    def complete_cards(self) -> None:
        """Tell the portal of guardians who came before it heard of cards."""
        reach = self._reach()
        while guardians := self._found(cards.guardians_never_told):
            with self.store.write() as write:
                cards.tell_cards(write, reach, guardians, When.now())

    @every(5 * MINUTE, jitter=MINUTE)
    def complete_homes(self) -> None:
        """Tell billing of households that came before it heard of them."""
        while households := self._found(homes.households_never_told):
            with self.store.write() as write:
                homes.tell_homes(write, households, When.now())

    @every(6 * HOUR, jitter=MINUTE)
    def forget(self) -> None:
        """
        Erase what the register's retention has come to the end of, and old lines of the log.

        The end of the log is noted in the service's log file: outside of the database, so that a
        read log that was cut short with its head shows.
        """
        when = When.now()
        with self.store.write() as write:
            read_log.purge_reads(write, when)
        with self.store.read() as read:
            head = read_log.present_head(read)
            due = erasure.list_due(read, self.store.register, when)
            courses = erasure.courses_due(read, when)
        log("read_log_head", sequence=head.sequence, mac=head.mac)
        for some in chunks(courses, streams.AT_ONCE):
            with self.store.write() as write:
                erasure.erase_courses(write, some, when)
        for some in chunks({one.child_id for one in due}, streams.AT_ONCE):
            with self.store.write() as write:
                erased = erasure.erase_due(write, self.store.register, some, when)
            erasure.shred_keys(erased)

    def _tell_quietly(self, write: Write, children: Collection[str]) -> None:
        """Tell providers and cards of a home's protection, and no family that something moved."""
        reach, when = self._reach(), When.now()
        telling.tell(write, reach, telling.targets_of(write, children, [FAMILY]), when, quiet=True)
        cards.tell_cards_of_children(write, reach, children, when)

    def _reach(self) -> Reach:
        return Reach.of(self.store.register)

    def _found(self, query: Callable[..., Sequence[str]], *asked: Any) -> Sequence[str]:
        with self.store.read() as read:
            return query(read, *asked)
