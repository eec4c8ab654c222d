"""Families of other software: brought in by operations, looked at by the front desk."""

from services.dossier.data_protection.retention.commands import shred_keys
from services.dossier.handlers.caller_rights import checks_dossiers
from services.dossier.models.families.imports import CHILD, HOUSEHOLD
from services.dossier.read_log.commands import front_desk_reads
from services.dossier.read_log.commands.front_desk_reads import log_reads_before_answer
from services.dossier.registrations.imports.commands import (
    doubts,
    importing,
    stopped_letters,
    undoing,
)
from services.dossier.registrations.imports.queries import access_letters
from services.dossier.registrations.imports.queries import doubts as decision_queries
from services.dossier.registrations.imports.queries import import_preview as importing_queries
from services.dossier.registrations.imports.queries.named_rows import (
    identified_children,
    identified_homes,
)
from services.dossier.registrations.imports.queries.references import ids_by_import_reference
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import FRONT_DESK, OPS, Service, answers, service_only
from shared.contracts.dossier.families import identification
from shared.contracts.dossier.families import imports as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.instant import Instant

_KINDS = {contracts.HOUSEHOLDS: HOUSEHOLD, contracts.CHILDREN: CHILD}


class FamilyImports(Service):
    """Answers to the `preau` command, which reads no name back, and to the front desk."""

    @answers(contracts.check_families, callers=[OPS], right=service_only)
    def check_families(
        self, request: contracts.FamiliesRequest, _caller: Caller
    ) -> contracts.FamiliesAnswer:
        """Check families, writing none; a known child in a doubt has a line in its read log."""
        policy, when = current_policy(), Instant.now()
        with store.read() as read:
            outcomes = [
                importing_queries.preview_family_import(read, policy, request.batch, row, when)
                for row in request.families
            ]
            families = [importing_queries.preview_for_answer(read, outcome) for outcome in outcomes]
        known = {doubt["known"] for family in families for doubt in family["doubts"]}
        if known:
            with store.write() as write:
                importing.log_learned_children(write, known, when)
        return contracts.FamiliesAnswer(families)

    @answers(contracts.bring_families, callers=[OPS], right=service_only)
    def bring_families(
        self, write: Write, request: contracts.FamiliesRequest, caller: Caller
    ) -> contracts.FamiliesAnswer:
        policy, batch, when = current_policy(), request.batch, Instant.now()
        outcomes = importing.import_families(
            write, policy, batch, request.families, request_id=caller.request_id, when=when
        )
        return contracts.FamiliesAnswer(
            [importing_queries.preview_for_answer(write, outcome) for outcome in outcomes]
        )

    @answers(contracts.waiting_families, callers=[OPS], right=service_only)
    def waiting_families(
        self, request: contracts.WaitingFamiliesRequest, _caller: Caller
    ) -> contracts.WaitingFamiliesAnswer:
        with store.read() as read:
            return contracts.WaitingFamiliesAnswer(
                decision_queries.waiting_doubts(read, request.batch)
            )

    @answers(contracts.decide_arrival, callers=[OPS], right=service_only)
    def decide_arrival(
        self, write: Write, request: contracts.DecideArrivalRequest, _caller: Caller
    ) -> Empty:
        by, when = request.decided_by, Instant.now()
        doubts.decide_doubt(write, request.child, request.same_as, by=by, when=when)
        return Empty()

    @answers(contracts.doubtful_arrivals, callers=[FRONT_DESK], right=checks_dossiers)
    def doubtful_arrivals(
        self, _request: Empty, caller: Caller
    ) -> contracts.DoubtfulArrivalsAnswer:
        when = Instant.now()
        with store.read() as read:
            children = decision_queries.children_in_doubt(read, when.day)
        shown = {known["child_id"] for child in children for known in child["candidates"]}
        log_reads_before_answer(caller, shown, front_desk_reads.NAMES, when)
        return contracts.DoubtfulArrivalsAnswer(children)

    @answers(contracts.resolve_arrival, callers=[FRONT_DESK], right=checks_dossiers)
    def resolve_arrival(
        self, write: Write, request: contracts.ResolveArrivalRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        doubts.decide_doubt(write, request.child, request.same_as, by=by, when=when)
        return Empty()

    @answers(contracts.guardians_to_invite, callers=[FRONT_DESK], right=checks_dossiers)
    def guardians_to_invite(
        self, _request: Empty, _caller: Caller
    ) -> contracts.GuardiansToInviteAnswer:
        with store.read() as read:
            return access_letters.guardians_to_invite(read, Instant.now())

    @answers(contracts.letters_to_write, callers=[FRONT_DESK], right=checks_dossiers)
    def letters_to_write(
        self, request: contracts.LettersToWriteRequest, caller: Caller
    ) -> contracts.LettersToWriteAnswer:
        when = Instant.now()
        with store.read() as read:
            letters = access_letters.letters_to_guardians(read, request.guardian_ids, when)
            shown = access_letters.children_of_letters(read, letters, when.day)
        log_reads_before_answer(
            caller, shown, front_desk_reads.ADDRESS, when, front_desk_reads.BY_LETTER
        )
        return contracts.LettersToWriteAnswer([letter.as_answer() for letter in letters])

    @answers(contracts.stop_letters, callers=[FRONT_DESK], right=checks_dossiers)
    def stop_letters(
        self, write: Write, request: contracts.StopLettersRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        stopped_letters.stop_letters(write, request.household_id, request.why, by=by, when=when)
        return Empty()

    @answers(contracts.resume_letters, callers=[FRONT_DESK], right=checks_dossiers)
    def resume_letters(self, write: Write, request: OfHousehold, caller: Caller) -> Empty:
        stopped_letters.resume_letters(
            write, request.household_id, by=caller.subject, when=Instant.now()
        )
        return Empty()

    @answers(contracts.arrived, callers=[OPS], right=service_only)
    def arrived(
        self, request: contracts.ArrivedRequest, _caller: Caller
    ) -> contracts.ArrivedAnswer:
        with store.read() as read:
            return contracts.ArrivedAnswer(
                ids_by_import_reference(read, _KINDS[request.of], request.references)
            )

    @answers(identification.identify_children, callers=[OPS], right=service_only)
    def identify_children(
        self, request: identification.IdentifyChildrenRequest, _caller: Caller
    ) -> identification.IdentifyChildrenAnswer:
        with store.read() as read:
            found = identified_children(read, request.children)
        by_names = {
            one["child_id"]
            for row, one in zip(request.children, found, strict=True)
            if one["child_id"] and not row["reference"]
        }
        if by_names:
            with store.write() as write:
                importing.log_learned_children(write, by_names, Instant.now())
        return identification.IdentifyChildrenAnswer(found)

    @answers(identification.identify_homes, callers=[OPS], right=service_only)
    def identify_homes(
        self, request: identification.IdentifyHomesRequest, _caller: Caller
    ) -> identification.IdentifyHomesAnswer:
        with store.read() as read:
            return identification.IdentifyHomesAnswer(identified_homes(read, request.homes))

    @answers(contracts.undo_families, callers=[OPS], right=service_only)
    def undo_families(
        self, request: contracts.UndoFamiliesRequest, _caller: Caller
    ) -> contracts.UndoFamiliesAnswer:
        """Keys are destroyed after the commit: what a crash leaves of them opens nothing."""
        with store.write() as write:
            undone = undoing.undo_families(
                write, current_policy(), request.batch, request.after, Instant.now()
            )
        for erased in undone.erased:
            shred_keys(erased)
        return contracts.UndoFamiliesAnswer(undone.removed, undone.kept, undone.next)
