"""Agents of the front desk join two files that are one child, and take them apart."""

from services.dossier.corrections.duplicate_children.commands import (
    distinct_children,
    joining,
    parting,
)
from services.dossier.corrections.duplicate_children.queries import duplicates
from services.dossier.handlers.caller_rights import (
    joins_files,
    joins_these_files,
    may_protect,
    require_correctable,
)
from services.dossier.read_log.commands.front_desk_reads import NAMES, log_reads_before_answer
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.entitlement import SCHOOLING


class JoinedChildren(Service):
    """One dossier under several ids; answers that hold names are not kept."""

    @answers(contracts.possible_doubles, callers=[FRONT_DESK], right=joins_files)
    def possible_doubles(self, _request: Empty, caller: Caller) -> contracts.PossibleDoublesAnswer:
        when = Instant.now()
        with store.read() as read:
            protects = may_protect(self, read, caller, when.day)
            answer = duplicates.possible_doubles_to_look_at(read, when.day, protects=protects)
        log_reads_before_answer(caller, duplicates.children_of_pairs(answer.doubles), NAMES, when)
        return answer

    @answers(contracts.compare_files, callers=[FRONT_DESK], right=joins_these_files)
    def compare_files(
        self, request: contracts.TwoFiles, caller: Caller
    ) -> contracts.CompareFilesAnswer:
        when = Instant.now()
        with store.read() as read:
            answer = duplicates.compare_files(read, request.kept_id, request.other_id, when.day)
        log_reads_before_answer(caller, {request.kept_id, request.other_id}, SCHOOLING, when)
        return answer

    @answers(contracts.join_files, callers=[FRONT_DESK], right=joins_these_files)
    def join_files(
        self, write: Write, request: contracts.JoinFilesRequest, caller: Caller
    ) -> contracts.JoinedAnswer:
        by, when = caller.subject, Instant.now()
        return contracts.JoinedAnswer(
            joining.join_files(write, current_policy(), request, by=by, when=when)
        )

    @answers(contracts.note_different, callers=[FRONT_DESK], right=joins_these_files)
    def note_different(self, write: Write, request: contracts.TwoFiles, caller: Caller) -> Empty:
        distinct_children.note_children_as_distinct(
            write, request, by=caller.subject, when=Instant.now()
        )
        return Empty()

    @answers(contracts.list_joins, callers=[FRONT_DESK], right=joins_files)
    def list_joins(self, _request: Empty, caller: Caller) -> contracts.JoinsAnswer:
        when = Instant.now()
        with store.read() as read:
            protects = may_protect(self, read, caller, when.day)
            answer = contracts.JoinsAnswer(duplicates.list_joins(read, when.day, protects=protects))
        log_reads_before_answer(caller, {row["kept_id"] for row in answer.joins}, NAMES, when)
        return answer

    @answers(contracts.part_files, callers=[FRONT_DESK], right=joins_files)
    def part_files(
        self, write: Write, request: contracts.PartFilesRequest, caller: Caller
    ) -> contracts.JoinedAnswer:
        join = duplicates.require_join(write, request.join_id)
        require_correctable(self, write, caller, join.kept_id)
        by, when = caller.subject, Instant.now()
        return contracts.JoinedAnswer(
            parting.take_files_apart(write, current_policy(), request, by=by, when=when)
        )
