"""Agents of a provider, and what services declare."""

from services.billing.service import BillingService
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store
from shared.bus.service_declarations import declarations_by_method
from shared.contracts.identity import accounts
from shared.dates.clock import today
from shared.person import roles_on
from shared.runtime.ids import new_id
from tests.factories.enrolment import Child, Provider, item


def test_a_right_that_is_withdrawn_is_gone_with_the_fact(ens: Provider) -> None:
    subject = ens.has_agent("kitchen", "lead")
    with store.read() as read:
        assert roles_on(read, subject, today()) == {"kitchen", "lead"}

    ens.has_agent("lead", subject=subject, version=2)
    ens.has_agent("kitchen", subject=subject, version=1)

    with store.read() as read:
        assert roles_on(read, subject, today()) == {"lead"}


def test_the_family_is_held_and_nobody_has_to_see_it(ens: Provider) -> None:
    """
    Ids for the service alone (shared/register/entitlement.py): no desk shows them, no role marks
    them.
    """
    child = Child()
    guardian = {"subject": new_id(), "household": new_id()}
    content = {"guardians": [guardian], "weeks": None}

    ens.receives("family", item(child.id, 1, content))
    ens.receives("family", item(child.id, 2, {**content, "guardians": []}))

    row = ens.row(child.id, "family")
    assert row is not None
    assert (row.version, row.to_see) == (2, False)


def test_each_service_declares_what_it_answers_and_hears() -> None:
    assert "on_projections" in declarations_by_method(EnrolmentService)
    assert "on_subject_changed" in declarations_by_method(EnrolmentService)
    assert "on_attendance_recorded" in declarations_by_method(BillingService)
    assert accounts.subject_changed.addressed
