"""Requests of providers for their stream, and events of providers and of identity."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from services.dossier.corrections.commands import school_decisions as schooling_commands
from services.dossier.handlers.caller_rights import school_service
from services.dossier.overview.queries import guardian_view as guardian_queries
from services.dossier.read_log.commands import list_exports
from services.dossier.read_log.commands import log as read_log
from services.dossier.sharing.grants.commands import declared_service_handovers
from services.dossier.sharing.links.commands import deliveries
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.sharing.rules.projection_messages import ProjectionMessage, batch_messages
from services.dossier.sharing.rules.projection_targets import Target
from services.dossier.sharing.streams.commands import conditional_grants, replica_reconciliation
from services.dossier.sharing.streams.queries import replica_reconciliation as queries
from services.dossier.store import store
from shared.bus import (
    IDENTITY,
    PROVIDERS,
    Service,
    answers,
    service_only,
    subscribes,
    subscribes_together,
)
from shared.contracts.dossier import school_decisions
from shared.contracts.dossier.sharing import handovers_between_services as handover_contracts
from shared.contracts.dossier.sharing import projections as contracts
from shared.contracts.enrolment.sharing import activities_taken as activities_contracts
from shared.contracts.enrolment.sharing import food_on_occasion as food_event_contracts
from shared.contracts.enrolment.sharing import replica_events
from shared.contracts.enrolment.sharing.activities_taken import ActivitiesTaken
from shared.contracts.enrolment.sharing.food_on_occasion import FoodAnnounced
from shared.contracts.enrolment.sharing.replica_events import (
    ListTaken,
    ProjectionErased,
    ProjectionHeld,
    ProjectionRead,
)
from shared.contracts.identity import accounts
from shared.contracts.message import Caller, ContractBroken, Delivery, Empty
from shared.database import Write
from shared.dates.instant import Instant
from shared.person import apply_subject_changed


def _digests_in_order(parts: Mapping[tuple[str, str], str]) -> list[contracts.PartDigest]:
    return [
        {"bucket": bucket, "projection": projection, "digest": digest}
        for (bucket, projection), digest in sorted(parts.items())
    ]


def _projections_by_bucket(request: contracts.InventoryRequest) -> Mapping[str, list[str]]:
    """Return which projections are asked for of each bucket; none for all of them."""
    if not request.parts:
        return {bucket: [] for bucket in request.buckets}
    named: dict[str, list[str]] = {}
    for bucket, projection in request.parts:
        named.setdefault(bucket, []).append(projection)
    return named


def _rows_by_projection(rows: Sequence[ProjectionMessage]) -> list[contracts.InventoryRows]:
    found: dict[tuple[str, bool], contracts.InventoryRows] = {}
    for row in rows:
        child_id, _, projection = row.target
        alike = found.setdefault(
            (projection, row.acknowledged), _no_rows(projection, row.acknowledged)
        )
        if row.content is None:
            alike["ended"].append((child_id, row.version, row.erase_after))
        else:
            alike["items"].append((child_id, row.version, row.content))
    return list(found.values())


def _no_rows(projection: str, acknowledged: bool) -> contracts.InventoryRows:
    return {"projection": projection, "acknowledged": acknowledged, "items": [], "ended": []}


class Providers(Service):
    """Holdings, readings, and who may still sign in."""

    @answers(contracts.inventory_digests, callers=[PROVIDERS], right=service_only)
    def inventory_digests(
        self, request: contracts.InventoryDigestsRequest, caller: Caller
    ) -> contracts.InventoryDigestsAnswer:
        policy = current_policy()
        provider = policy.provider_of(caller.principal)
        with store.read() as read:
            if request.within:
                parts = queries.digests_of_buckets(read, policy, provider, request.within)
                return contracts.InventoryDigestsAnswer([], _digests_in_order(parts))
            digests = queries.digests_of_inventory(read, policy, provider)
        return contracts.InventoryDigestsAnswer(
            [{"bucket": bucket, "digest": digest} for bucket, digest in sorted(digests.items())]
        )

    @answers(contracts.inventory, callers=[PROVIDERS], right=service_only)
    def inventory(
        self, request: contracts.InventoryRequest, caller: Caller
    ) -> contracts.InventoryAnswer:
        policy = current_policy()
        provider = policy.provider_of(caller.principal)
        with store.read() as read:
            lines, following = queries.inventory_page(
                read, policy, provider, _projections_by_bucket(request), request.after
            )
        return contracts.InventoryAnswer("\n".join(lines), next=following)

    @answers(contracts.inventory_rows, callers=[PROVIDERS], right=service_only)
    def inventory_rows(
        self, request: contracts.InventoryRowsRequest, caller: Caller
    ) -> contracts.InventoryRowsAnswer:
        policy = current_policy()
        provider = policy.provider_of(caller.principal)
        targets = [Target(child_id, provider, each) for child_id, each in request.pairs]
        with store.read() as read:
            rows = queries.rows_as_sent(read, policy, targets, Instant.now())
        shown = next(batch_messages(rows, contracts.ROWS_AT_ONCE), [])
        beyond = rows[len(shown) :]
        looked_at = targets.index(beyond[0].target) if beyond else len(targets)
        return contracts.InventoryRowsAnswer(_rows_by_projection(shown), looked_at)

    @answers(contracts.resend, callers=[PROVIDERS], right=service_only)
    def resend(self, write: Write, request: contracts.ResendRequest, caller: Caller) -> Empty:
        policy = current_policy()
        provider = policy.provider_of(caller.principal)
        replica_reconciliation.resend_entries(
            write, policy, provider, request.wanted, Instant.now()
        )
        return Empty()

    @subscribes(handover_contracts.handover_marked, sources=[PROVIDERS])
    def on_handover_marked(
        self, write: Write, event: handover_contracts.HandoverTick, delivery: Delivery
    ) -> None:
        """Pass on to the service beside what one side of a hand-over has ticked; keep nothing."""
        policy = current_policy()
        declared_service_handovers.forward_tick_to_other_service(
            write, policy, policy.provider_of(delivery.source), event
        )

    @subscribes(food_event_contracts.food_announced, sources=[PROVIDERS])
    def on_food_announced(self, write: Write, event: FoodAnnounced, delivery: Delivery) -> None:
        """Open diet and allergies of the children booked at a session with food, for some days."""
        policy = current_policy()
        provider = policy.provider_of(delivery.source)
        conditional_grants.apply_food_on_occasion(write, policy, provider, event, Instant.now())

    @subscribes(activities_contracts.activities_taken, sources=[PROVIDERS])
    def on_activities_taken(self, write: Write, event: ActivitiesTaken, delivery: Delivery) -> None:
        """Open and close what depends on a child's activities at the provider (rule R2)."""
        policy = current_policy()
        provider = policy.provider_of(delivery.source)
        conditional_grants.apply_activities_taken(write, policy, provider, event, Instant.now())

    @subscribes_together(replica_events.projection_held, sources=[PROVIDERS])
    def on_projections_held(
        self, write: Write, events: Sequence[ProjectionHeld], received: Sequence[Delivery]
    ) -> None:
        """Note what rows providers hold; what a change left at twenty of them arrives together."""
        policy = current_policy()
        holders = [policy.provider_of(each.source) for each in received]
        deliveries.note_deliveries(write, zip(holders, events, strict=True))

    @subscribes(replica_events.projection_erased, sources=[PROVIDERS])
    def on_projection_erased(
        self, write: Write, event: ProjectionErased, delivery: Delivery
    ) -> None:
        deliveries.note_erasure_receipt(write, current_policy().provider_of(delivery.source), event)

    @subscribes(replica_events.projection_read, sources=[PROVIDERS])
    def on_projection_read(self, write: Write, event: ProjectionRead, delivery: Delivery) -> None:
        provider = current_policy().provider_of(delivery.source)
        if not guardian_queries.was_child_ever_sent(write, event.child_id, provider):
            raise ContractBroken(
                replica_events.projection_read.full_name,
                {"child_id": ["never sent to this provider"]},
            )
        line = read_log.Access(message_id=delivery.message_id, **asdict(event))
        read_log.append_read(write, provider, line, Instant.now())

    @subscribes(replica_events.list_taken, sources=[PROVIDERS])
    def on_list_taken(self, write: Write, event: ListTaken, delivery: Delivery) -> None:
        """Leave a line in the log of each child of a list that left a desk as a file."""
        provider = current_policy().provider_of(delivery.source)
        sent = guardian_queries.children_ever_sent(write, event.child_ids, provider)
        if not sent.issuperset(event.child_ids):
            raise ContractBroken(
                replica_events.list_taken.full_name, {"child_ids": ["never sent to this provider"]}
            )
        list_exports.log_list_export(write, provider, event, delivery.message_id, Instant.now())

    @subscribes(accounts.subject_changed, sources=[IDENTITY])
    def on_subject_changed(
        self, write: Write, event: accounts.SubjectChanged, _delivery: Delivery
    ) -> None:
        apply_subject_changed(write, event)


class SchoolServices(Service):
    """Schools and classes as a provider with the regime `school` decides them."""

    @answers(school_decisions.decide_schooling, callers=[PROVIDERS], right=school_service)
    def decide_schooling(
        self, write: Write, request: school_decisions.DecideSchoolingRequest, caller: Caller
    ) -> school_decisions.DecideSchoolingAnswer:
        policy = current_policy()
        return school_decisions.DecideSchoolingAnswer(
            schooling_commands.decide_schooling(
                write,
                policy,
                policy.provider_of(caller.principal),
                request.decisions,
                by=request.decided_by,
                when=Instant.now(),
            )
        )

    @answers(school_decisions.undo_schooling, callers=[PROVIDERS], right=school_service)
    def undo_schooling(
        self, write: Write, request: school_decisions.UndoSchoolingRequest, caller: Caller
    ) -> school_decisions.UndoSchoolingAnswer:
        policy = current_policy()
        return school_decisions.UndoSchoolingAnswer(
            schooling_commands.undo_schooling(
                write,
                policy,
                policy.provider_of(caller.principal),
                request.decision_ids,
                by=request.undone_by,
                when=Instant.now(),
            )
        )

    @answers(school_decisions.rename_school, callers=[PROVIDERS], right=school_service)
    def rename_school(
        self, write: Write, request: school_decisions.RenameSchoolRequest, caller: Caller
    ) -> school_decisions.RenameSchoolAnswer:
        policy = current_policy()
        provider = policy.provider_of(caller.principal)
        return school_decisions.RenameSchoolAnswer(
            schooling_commands.rename_school(write, policy, provider, request, when=Instant.now())
        )
