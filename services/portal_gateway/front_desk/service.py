"""The front desk on the bus: rights, schools, figures, barriers, approvals."""

from services.portal_gateway.front_desk.accessibility_reports import commands as barriers
from services.portal_gateway.front_desk.approvals import commands as approvals
from services.portal_gateway.front_desk.breaches import commands as breaches
from services.portal_gateway.front_desk.figures.received_figures import FIGURES, keep_figures
from services.portal_gateway.front_desk.store import sessions, store, vault
from shared.bus import (
    IDENTITY,
    OPS,
    PORTAL,
    PROVIDERS,
    Service,
    answers,
    every,
    service_only,
    subscribes,
)
from shared.contracts.enrolment.figures import FiguresPublished, figures_published
from shared.contracts.enrolment.school_year.schools import SchoolPublished, school_published
from shared.contracts.identity import accounts
from shared.contracts.message import Caller, Delivery
from shared.contracts.portal_gateway import portal_events
from shared.contracts.portal_gateway import widening_approvals as contracts
from shared.database import Write
from shared.dates.clock import now
from shared.person import SUBJECTS, apply_subject_changed
from shared.town.schools.replica import SCHOOLS, keep_school

FORGET_SECONDS = 600.0


class FrontDeskService(Service):
    """The front desk's service process on the bus, beside its pages."""

    name = "front_desk"
    store = store
    vault = vault
    stored = (SUBJECTS, SCHOOLS, FIGURES)

    @subscribes(accounts.subject_changed, sources=[IDENTITY])
    def on_subject_changed(
        self, write: Write, event: accounts.SubjectChanged, _delivery: Delivery
    ) -> None:
        """Keep who may do what here: a right withdrawn is gone with the next page."""
        apply_subject_changed(write, event)

    @subscribes(school_published, sources=[PROVIDERS])
    def on_school_published(self, write: Write, event: SchoolPublished, delivery: Delivery) -> None:
        """Keep a school of the town: corrections choose from them."""
        keep_school(write, delivery.source, event)

    @subscribes(figures_published, sources=[PROVIDERS])
    def on_figures_published(
        self, write: Write, event: FiguresPublished, delivery: Delivery
    ) -> None:
        """Keep a quarter's sums for the council."""
        keep_figures(write, delivery.source, event)

    @subscribes(portal_events.barrier_reported, sources=[PORTAL])
    def on_barrier_reported(
        self, write: Write, event: portal_events.BarrierReported, _delivery: Delivery
    ) -> None:
        """Keep what somebody cannot use, until an agent has seen to it."""
        barriers.store_reported_barrier(write, event)

    @answers(contracts.ask_approval, callers=[OPS], right=service_only)
    def ask_approval(
        self, request: contracts.AskApprovalRequest, _caller: Caller
    ) -> contracts.AskApprovalAnswer:
        """Keep what the town file asks of the data protection office; say what it decided."""
        with self.store.write() as write:
            asked = approvals.ask_for_approval(write, request.widenings, request.signed, now())
        if asked is None:
            return contracts.AskApprovalAnswer(None, contracts.WAITING, "", "")
        last = asked.decisions[-1] if asked.decisions else None
        return contracts.AskApprovalAnswer(
            asked.id,
            asked.verdict,
            last.name if last else "",
            last.reason if last else "",
            len(asked.decisions),
        )

    @every(FORGET_SECONDS, jitter=60.0)
    def delete_expired_rows(self) -> None:
        """Delete the sessions that are over, barriers, breaches and approvals of long ago."""
        with self.store.write() as write:
            sessions.delete_expired(write, now())
            barriers.delete_old_reports(write, now())
            breaches.delete_old_breaches(write, now())
            approvals.delete_old_approvals(write, now())
