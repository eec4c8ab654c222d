"""What the dossier answers and hears: the table of contents of the service."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from services.dossier import (
    announcing,
    cards,
    erasure,
    exports,
    file_holds,
    front_desk,
    guarded,
    holdings,
    homes,
    households,
    lacking,
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
from services.dossier.drafts import accepting, desk, forgetting, holding, papers, writing
from services.dossier.histories import Histories
from services.dossier.projections import affected
from services.dossier.reach import Reach
from services.dossier.rights import (
    agent_of_front_desk,
    checks_dossiers,
    family,
    guardian_alone,
    guardian_of_child,
    guardian_of_household,
    guardian_of_section,
    protects_families,
)
from services.dossier.sought import Query
from services.dossier.store import store, vault
from services.dossier.when import When
from shared.bus import (
    FRONT_DESK,
    IDENTITY,
    OPS,
    PORTAL,
    PROVIDERS,
    Service,
    anonymous,
    answers,
    every,
    hears,
    service_only,
)
from shared.contracts import dossier as contracts
from shared.contracts import drafts, enrolment, identity, portal
from shared.contracts import file_holds as file_contracts
from shared.contracts import guarded as guarded_contracts
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


class DossierService(Histories, Service):
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

    @answers(contracts.read_section, callers=[PORTAL], right=guardian_of_section)
    def read_section(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return queries.section_as_stored(
                read, request.child_id, request.section, request.person.subject
            )

    @answers(contracts.write_section, callers=[PORTAL], right=guardian_of_section)
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

    @answers(contracts.who_knows, callers=[PORTAL], right=guardian_alone)
    def who_knows(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return queries.who_knows(read, request.child_id, request.person.subject, When.now())

    @answers(contracts.who_read, callers=[PORTAL], right=guardian_alone)
    def who_read(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            lines = queries.who_read(read, request.child_id, request.person.subject, When.now())
            mine = exports.exports_of(read, request.child_id, request.person.subject, When.now())
        return {"reads": [asdict(line) for line in lines], "exports": mine}

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

    @answers(contracts.my_household, callers=[PORTAL], right=guardian_of_household)
    def my_household(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return queries.my_household(read, request.household_id, When.now())

    @answers(contracts.move_household, callers=[PORTAL], right=guardian_of_household)
    def move_household(self, write: Write, request: SimpleNamespace) -> Answer:
        return {"version": moves.move(write, self.store.register, request, When.now())}

    @answers(contracts.completeness, callers=[PORTAL], right=guardian_of_child)
    def completeness(self, request: SimpleNamespace) -> Answer:
        child_id, guardian_id = request.child_id, request.person.subject
        with self.store.read() as read:
            return {
                "activities": lacking.lacking(
                    read, self.store.register, child_id, guardian_id, When.now().day
                )
            }

    # Drafts, for who holds reference and key

    @answers(drafts.open_draft, callers=[PORTAL], right=anonymous)
    def open_draft(self, request: SimpleNamespace) -> Answer:
        with self.store.write() as write:
            return holding.open_draft(write, request, When.now())

    @answers(drafts.read_draft, callers=[PORTAL], right=anonymous)
    def read_draft(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return writing.read_draft(read, request)

    @answers(drafts.save_draft, callers=[PORTAL], right=anonymous)
    def save_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        writing.save_step(write, request, When.now())
        return {}

    @answers(drafts.add_paper, callers=[PORTAL], right=anonymous)
    def add_paper(self, write: Write, request: SimpleNamespace) -> Answer:
        return {"whole": papers.add_part(write, request, When.now())}

    @answers(drafts.drop_paper, callers=[PORTAL], right=anonymous)
    def drop_paper(self, write: Write, request: SimpleNamespace) -> Answer:
        papers.drop(write, request)
        return {}

    @answers(drafts.send_draft, callers=[PORTAL], right=anonymous)
    def send_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        writing.send(write, request, When.now())
        return {}

    @answers(drafts.drop_draft, callers=[PORTAL], right=anonymous)
    def drop_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        writing.take_back(write, request, When.now())
        return {}

    # Drafts, for the central desk

    @answers(drafts.waiting_drafts, callers=[FRONT_DESK], right=checks_dossiers)
    def waiting_drafts(self, _request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            return {"drafts": desk.waiting(read)}

    @answers(drafts.look_at_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def look_at_draft(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with self.store.read() as read:
            seen = desk.look(read, request.draft_id, when)
        self._log(request, {each["child_id"] for each in seen["alike"]}, front_desk.NAMES, when)
        return seen

    @answers(drafts.draft_paper, callers=[FRONT_DESK], right=checks_dossiers)
    def draft_paper(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            draft = desk.sent_draft(read, request.draft_id)
            return papers.part_of(read, draft, request.paper_id, request.part)

    @answers(drafts.accept_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def accept_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        return accepting.accept(write, self._reach(), self.store.register, request, When.now())

    @answers(drafts.refuse_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def refuse_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        accepting.refuse(write, request, When.now())
        return {}

    # The front desk: its answers hold names, hence they are not kept (no `writes`)

    @answers(contracts.find_dossiers, callers=[FRONT_DESK], right=agent_of_front_desk)
    def find_dossiers(self, request: SimpleNamespace) -> Answer:
        query, when = Query(request.query, request.born), When.now()
        with self.store.read() as read:
            found, more = front_desk.find_dossiers(read, query, when.day)
            shown = front_desk.children_shown(read, found)
        self._log(request, shown, front_desk.NAMES, when)
        return {"found": found, "more": more}

    @answers(contracts.open_dossier, callers=[FRONT_DESK], right=agent_of_front_desk)
    def open_dossier(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with self.store.read() as read:
            opened = front_desk.open_dossier(read, request.household_id, when.day)
        children = [child["id"] for child in opened["children"]]
        self._log(request, children, front_desk.HOUSEHOLD, when)
        return opened

    # Hard lives, for the few who protect: guarded dossiers hold names

    @answers(guarded_contracts.guarded_dossiers, callers=[FRONT_DESK], right=protects_families)
    def guarded_dossiers(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with self.store.read() as read:
            found = guarded.list_guarded(read, when.day)
            shown = front_desk.children_of(read, [line["household_id"] for line in found])
        self._log(request, shown, front_desk.NAMES, when)
        return {"found": found}

    @answers(guarded_contracts.open_guarded, callers=[FRONT_DESK], right=protects_families)
    def open_guarded(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with self.store.read() as read:
            opened = guarded.open_guarded(read, request.household_id, when.day)
        children = [child["id"] for child in opened["children"]]
        self._log(request, children, front_desk.HOUSEHOLD, when)
        return opened

    @answers(protection_contracts.protect_household, callers=[FRONT_DESK], right=protects_families)
    def protect_household(self, write: Write, request: SimpleNamespace) -> Answer:
        by = request.person.subject
        children = protection.protect(write, request, by=by, when=When.now())
        self._tell_quietly(write, children)
        return {}

    @answers(protection_contracts.lift_protection, callers=[FRONT_DESK], right=protects_families)
    def lift_protection(self, write: Write, request: SimpleNamespace) -> Answer:
        by = request.person.subject
        children = protection.lift(write, request.household_id, by=by, when=When.now())
        self._tell_quietly(write, children)
        return {}

    @answers(placement_contracts.find_carers, callers=[FRONT_DESK], right=protects_families)
    def find_carers(self, request: SimpleNamespace) -> Answer:
        with self.store.read() as read:
            found = guarded.find_carers(read, Query(request.query))
            shown = front_desk.children_of(read, [line["household_id"] for line in found])
        self._log(request, shown, front_desk.NAMES, When.now())
        return {"found": found}

    @answers(placement_contracts.place_child, callers=[FRONT_DESK], right=protects_families)
    def place_child(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        return {"carer_id": placements.place(write, self._reach(), request, by=by, when=when)}

    @answers(placement_contracts.end_placement, callers=[FRONT_DESK], right=protects_families)
    def end_placement(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        placements.end(write, self._reach(), request, by=by, when=when)
        return {}

    @answers(file_contracts.hold_file, callers=[FRONT_DESK], right=protects_families)
    def hold_file(self, write: Write, request: SimpleNamespace) -> Answer:
        """After a child's death one named agent holds the file: nothing leaves of itself."""
        reach, when, child_id = self._reach(), When.now(), request.child_id
        held_by, by = request.held_by, request.person.subject
        guarded.refuse_who_may_not_hold(write, self.store.register, held_by, when.day)
        held = file_holds.hold(write, reach, child_id, held_by, by=by, when=when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        return {"version": held.version}

    @answers(file_contracts.release_file, callers=[FRONT_DESK], right=protects_families)
    def release_file(self, write: Write, request: SimpleNamespace) -> Answer:
        """Let it go again."""
        reach, when, child_id = self._reach(), When.now(), request.child_id
        held = file_holds.release(write, reach, child_id, by=request.person.subject, when=when)
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

    @hears(portal.page_seen, sources=[PORTAL])
    def on_page_seen(self, write: Write, fact: SimpleNamespace) -> None:
        """A family saw a page of its own at the front desk: a line for each of its children."""
        front_desk.log_page(write, self.store.register, fact, When.now())

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

    @every(HOUR, jitter=MINUTE)
    def forget_drafts(self) -> None:
        """Let go of drafts never sent or long decided, and of the keys of what is gone."""
        when = When.now()
        while due := self._found(forgetting.drafts_due, when):
            with self.store.write() as write:
                gone = forgetting.forget_due(write, due, when)
            forgetting.shred(gone)
        forgetting.shred(self._found(forgetting.lately_decided, when))

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

    def _log(
        self, request: SimpleNamespace, child_ids: Iterable[str], part: str, when: When
    ) -> None:
        """Leave the lines of a reading at the front desk before it is answered (rule R13)."""
        with self.store.write() as write:
            front_desk.log_reads(
                write,
                child_ids,
                part,
                agent=request.person.subject,
                role=request.role,
                request_id=request.request_id,
                when=when,
            )

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
