"""Requests and events of a child's course (rule R10), which its family alone reads."""

from services.dossier.activity_history.commands import history as history_commands
from services.dossier.activity_history.queries import history as history_queries
from services.dossier.handlers.caller_rights import guardian_without_agent
from services.dossier.read_log.commands import history_exports
from services.dossier.registrations.imports.commands import past_activities
from services.dossier.registrations.imports.queries import past_provider_names as past_years_queries
from services.dossier.sharing.links.queries import provider_links
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import OPS, PORTAL, PROVIDERS, Service, answers, every, service_only, subscribes
from shared.contracts.dossier import activity_history_requests as contracts
from shared.contracts.dossier import activity_history_requests as history_contracts
from shared.contracts.enrolment import attendance
from shared.contracts.message import Caller, ContractBroken, Delivery, Empty
from shared.contracts.values import OfChild
from shared.database import Write
from shared.dates.instant import Instant

NAMES_SECONDS = 600.0


class Histories(Service):
    """Activity, provider, year, times per month; never a day, and for nobody but the family."""

    @answers(contracts.history, callers=[PORTAL], right=guardian_without_agent)
    def history(self, request: contracts.HistoryRequest, caller: Caller) -> contracts.HistoryAnswer:
        child_id, provider = request.child_id, request.provider
        with store.read() as read:
            view = history_queries.View.make_for_guardian(read, child_id, caller.subject)
            years = history_queries.school_years_of_child(read, view, provider)
            year = request.school_year
            if year and year not in years:
                year = next(iter(years), "")
            codes = history_queries.providers_that_counted(read, view)
            names = past_years_queries.names_of_providers(read, store.register, codes)
            lines = history_queries.activity_history_of_child(read, view, names, year, provider)
        return contracts.HistoryAnswer(
            lines=lines,
            years=years,
            providers=[{"code": code, "label": names[code]} for code in codes],
        )

    @answers(contracts.delete_history, callers=[PORTAL], right=guardian_without_agent)
    def delete_history(self, write: Write, request: OfChild, _caller: Caller) -> Empty:
        history_commands.delete_activity_history(write, request.child_id, Instant.now())
        return Empty()

    @answers(history_contracts.note_export, callers=[PORTAL], right=guardian_without_agent)
    def note_export(
        self, write: Write, request: history_contracts.NoteExportRequest, caller: Caller
    ) -> Empty:
        history_exports.log_history_export(write, request, caller, Instant.now())
        return Empty()

    @answers(history_contracts.import_history, callers=[OPS], right=service_only)
    def import_history(
        self, write: Write, request: history_contracts.ImportHistoryRequest, _caller: Caller
    ) -> history_contracts.ImportHistoryAnswer:
        return past_activities.import_past_batch(write, request)

    @answers(history_contracts.undo_history, callers=[OPS], right=service_only)
    def undo_history(
        self, write: Write, request: history_contracts.UndoHistoryRequest, _caller: Caller
    ) -> history_contracts.UndoHistoryAnswer:
        return history_contracts.UndoHistoryAnswer(
            past_activities.undo_past_batch(write, request.batch)
        )

    @subscribes(attendance.activity_counted, sources=[PROVIDERS])
    def on_activity_counted(
        self, write: Write, event: attendance.ActivityCounted, delivery: Delivery
    ) -> None:
        """Only who has the child, or had it, adds to its course."""
        provider = current_policy().provider_of(delivery.source)
        if provider_links.latest_link(write, event.child_id, provider) is None:
            raise ContractBroken(
                attendance.activity_counted.full_name, {"child_id": ["never had by this provider"]}
            )
        history_commands.note_month_count(write, provider, event)

    @every(NAMES_SECONDS, jitter=30.0)
    def keep_provider_names(self) -> None:
        """Remember what providers are called: a course names them after they left the register."""
        with store.read() as read:
            names = past_years_queries.providers_to_name(read, store.register)
        if names:
            with store.write() as write:
                past_activities.keep_provider_names(write, names)
