"""Reads by agents, names behind them, erasures: for the data protection office."""

from services.dossier.data_protection.retention.erasure_counts import town_erasures
from services.dossier.handlers.caller_rights import answers_persons
from services.dossier.read_log.commands import office_asking_reader_names
from services.dossier.read_log.queries import agent_reads
from services.dossier.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.dossier.data_protection import agent_reads as contracts
from shared.contracts.dossier.data_protection import erasures
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.instant import Instant


class AgentReads(Service):
    """Numbers in place of names; a name is given by another than who asked."""

    @answers(contracts.agent_reads, callers=[FRONT_DESK], right=answers_persons)
    def agent_reads(
        self, request: contracts.AgentReadsRequest, _caller: Caller
    ) -> contracts.AgentReadsAnswer:
        with store.read() as read:
            return agent_reads.agent_reads(read, request)

    @answers(contracts.read_names, callers=[FRONT_DESK], right=answers_persons)
    def read_names(self, _request: Empty, _caller: Caller) -> contracts.ReadNamesAnswer:
        with store.read() as read:
            return agent_reads.reader_name_questions(read)

    @answers(contracts.ask_read_name, callers=[FRONT_DESK], right=answers_persons)
    def ask_read_name(
        self, write: Write, request: contracts.AskReadNameRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        office_asking_reader_names.ask_for_reader_name(
            write, request.line, request.reason, by=by, when=when
        )
        return Empty()

    @answers(contracts.give_read_name, callers=[FRONT_DESK], right=answers_persons)
    def give_read_name(
        self, write: Write, request: contracts.GiveReadNameRequest, caller: Caller
    ) -> Empty:
        office_asking_reader_names.agree_to_give_reader_name(
            write, request.question_id, by=caller.subject, when=Instant.now()
        )
        return Empty()

    @answers(erasures.town_erasures, callers=[FRONT_DESK], right=answers_persons)
    def town_erasures(self, _request: Empty, _caller: Caller) -> erasures.TownErasuresAnswer:
        with store.read() as read:
            return town_erasures(read, Instant.now())
