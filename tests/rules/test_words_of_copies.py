"""A copy that a person reads has words (GDPR, article 12): for each field, and for each code."""

from collections.abc import Collection, Mapping
from typing import Any, get_type_hints

import pytest
from sqlalchemy import LargeBinary, String, Table

from services.dossier.activity_history.queries.history import HistoryLine
from services.enrolment.models import places
from services.enrolment.school_year.schools.rules import moving_up
from services.portal_gateway.alerts.rules import alert_texts, categories, retries_of_alerts
from services.portal_gateway.front_desk.pages.person_requests.copies import (
    code_labels,
    copy_labels,
    row_facts,
)
from services.portal_gateway.labels.enrolment import CLOSURES
from services.portal_gateway.notices.rules import notice_emails
from shared.contracts.billing import bills, debits
from shared.contracts.billing.regie import runs
from shared.contracts.dossier import corrections, guardians, registrations, school_decisions
from shared.contracts.dossier.papers import child_papers, household_papers
from shared.contracts.enrolment import attendance
from shared.contracts.enrolment.school_year import enrolments
from shared.contracts.identity import accompanied_sessions
from shared.contracts.identity.own_account import second_factors
from shared.contracts.sections import SECTIONS
from shared.contracts.values import PROJECTIONS
from shared.database import Id
from shared.database.person_data.held_data import CONTEXT_COLUMNS, SECRET
from tests.rules.test_held_data import WITH_PERSONS, codes_by_column, held_by

MADE_BY_THE_DOSSIER = (
    *(guardians.Link, guardians.Holding, guardians.Readings, corrections.GuardianCorrection),
    *(child_papers.PaperOfChild, child_papers.ConsentOfChild, child_papers.SaidWord),
    *(household_papers.PaperOfHousehold, HistoryLine),
)
"""Rows that are read in another form than they are stored (guardian_copy.py)."""


CODES_WITHOUT_CHECK: Mapping[str, Collection[str]] = {
    **dict.fromkeys(("counted.outcome", "invoice_line.outcome"), attendance.OUTCOMES),
    "posting.account": ("receivable", "treasury", "advance", "reclaim"),
    "dispute.reason": ("not_there", "wrong_quantity", "wrong_price", "other"),
    "payment.came_by": bills.MEANS,
    "debit.reason": debits.REASONS,
    "online_payment.result": ("P", "V", "R", "Z", "A"),
    "registration.reason": registrations.REASONS,
    **dict.fromkeys(("guardian_grant.projection", "held_projection.projection"), PROJECTIONS),
    **dict.fromkeys(("closed_booking.state",), places.BOOKING_STATES),
    "closed_booking.changed_by": ("family", "agent", "place", "provider", "carer"),
    **dict.fromkeys(("booking.reason", "closed_booking.reason"), ("sick", *CLOSURES)),
    **dict.fromkeys(("agent_act.before", "agent_act.after"), places.BOOKING_STATES),
    "school_waiver.proof": enrolments.PAPER_WAYS,
    "pupil_move.why": moving_up.WHY,
    "pupil_move.outcome": (*school_decisions.DECIDED, *school_decisions.UNDONE, "replaced"),
    "access_change.what": second_factors.CHANGES,
    "access_change.place": second_factors.PLACES,
    "accompanied_session.proof": ("paper", "code"),
    **dict.fromkeys(("subject.kind", "openid_link.kind"), ("family", "agent")),
    **dict.fromkeys(("alert_choice.channel", "outgoing_alert.channel"), ("push", "sms")),
    **dict.fromkeys(
        ("alert_choice.category", "outgoing_alert.category"), categories.BY_CHANNEL["push"]
    ),
    "mail_notice.category": notice_emails.CATEGORIES,
    "outgoing_alert.state": (
        *retries_of_alerts.OPEN,
        "sent",
        "refused",
        "uncertain",
        "given_up",
        "gone",
    ),
    **dict.fromkeys(
        ("alert_mobile.language", "mobile_check.language", "push_subscription.language"),
        alert_texts.LANGUAGES,
    ),
    **dict.fromkeys(
        ("access_change.paper", "accompanied_session.paper"), accompanied_sessions.PAPERS
    ),
}
"""Columns of codes that the database does not hold to them."""

FREE_TEXT = {
    *("quotient.fund_proof", "fund_request.fund_proof"),  # the State's own reference
    *("debtor.reference", "debtor_name.name", "debtor_name.first_name", "debtor_name.last_name"),
    *("household.payer", "mandate.rum", "mandate.last4", "past_bill.number"),
    *("past_payment.reference", "past_payment.number", "payment_plan.answer", "refund.paper"),
    *("share.paper", "subject.name", "tax_certificate.child", "address.street"),
    *("address.postcode", "address.insee", "address.commune", "deceased_payer.name"),
    *("household_child.first_name", "household_child.last_name", "household_guardian.name"),
    *("invoice.number", "invoice.reason", "invoice_line.child", "invoice_line.label"),
    *("invoice_line.part", "invoice_line.budget", "lot_piece.reference", "lot_piece.titre"),
    *("payment.payer", "payment.cheque", "payment.bank", "payment.receipt"),
    *("online_payment.exer", "online_payment.email", "online_payment.authorisation"),
    *("payment_title.number", "child.first_name", "child.last_name", "guardian.name"),
    *("paper_check.paper", "guardianship.paper", "handover.at", "household_address.insee"),
    *("registration_paper.media_type", "child_card.first_name", "child_card.last_name"),
    *("child_card.listed_as", "pupil_move.elsewhere", "pupil_move.to_class", "subject.login"),
    *("subject.email", "accompanied_session.family_name", "email_change.address"),
    *("passkey.name", "sign_in.address"),
}
"""Columns that hold what somebody wrote, a number, or an hour."""

OF_ANOTHER_SYSTEM = {
    "outgoing_alert.reason",  # a push service's or a gateway's own code
    *("outgoing_alert.id", "outgoing_alert.target", "push_subscription.id"),
    *("push_subscription.device", "web_session.id"),
}
"""Columns of what another system names so, and of digests, which no document shows."""

SAID_OTHERWISE = {
    *row_facts.PROVIDERS,
    *row_facts.ROLES,
    *row_facts.ACTIVITIES,
    *("weekdays", "month", "level", "to_level", "school_year", "variant"),
}
"""Fields that have their words by the register or the calendar, and levels, which are words."""


def given_columns(service: str, table: Table) -> set[str]:
    """Return the columns of a table that have a value in a copy, ids aside."""
    held = held_by(service)
    return {
        column.name
        for column in table.columns
        if column.name not in SECRET
        and f"{table.name}.{column.name}" not in held.hidden
        and (
            not isinstance(column.type, LargeBinary) or f"{table.name}.{column.name}" in held.opens
        )
        and getattr(column.type, "length", None) != Id.length
    }


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_each_field_of_a_copy_has_a_word_or_is_for_machines_alone(service: str) -> None:
    known = {*copy_labels.FIELDS, *copy_labels.OF_SECTIONS, *copy_labels.FOR_MACHINES}
    tables = list(held_by(service).given_tables())

    lacking = {
        f"{table.name}.{name}"
        for table in tables
        for name in given_columns(service, table)
        if name not in known
    }

    assert lacking == set()
    assert {table.name for table in tables} <= set(copy_labels.ROWS)


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_each_code_of_a_copy_has_a_word(service: str) -> None:
    lacking = {
        f"{table.name}.{name}: {code}"
        for table in held_by(service).given_tables()
        for name, codes in codes_by_column(table).items()
        if name in given_columns(service, table) and name not in copy_labels.FOR_MACHINES
        for code in codes
        if code not in code_labels.CODES.get(name, {})
    }

    assert lacking == set()


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_each_text_of_a_copy_is_free_or_its_codes_are_known_and_have_a_word(service: str) -> None:
    said_by = {
        f"{table.name}.{column.name}": column.name
        for table in held_by(service).given_tables()
        for column in table.columns
        if isinstance(column.type, String)
        and column.name in given_columns(service, table)
        and column.name not in copy_labels.FOR_MACHINES | SAID_OTHERWISE
        and column.name not in codes_by_column(table)
    }
    of_codes = said_by.keys() - FREE_TEXT - OF_ANOTHER_SYSTEM
    lacking = {
        f"{place}: {code}"
        for place in of_codes & CODES_WITHOUT_CHECK.keys()
        for code in CODES_WITHOUT_CHECK[place]
        if code not in code_labels.CODES.get(said_by[place], {})
    }

    assert of_codes - CODES_WITHOUT_CHECK.keys() == set()
    assert lacking == set()


def test_each_sign_of_a_bill_that_a_copy_names_has_a_word() -> None:
    assert set(runs.ANOMALIES) <= set(code_labels.CODES["anomalies"])


@pytest.mark.parametrize("row", MADE_BY_THE_DOSSIER, ids=lambda row: row.__name__)
def test_each_field_of_a_row_that_the_dossier_makes_has_a_word(row: Any) -> None:
    known = {*copy_labels.FIELDS, *copy_labels.OF_SECTIONS, *copy_labels.FOR_MACHINES}

    assert {name for name in get_type_hints(row) if not name.endswith("_id")} <= known


def test_the_fields_of_a_dossiers_sections_have_a_word() -> None:
    parts = {part.name for section in SECTIONS.values() for part in section.form}
    known = {*copy_labels.FIELDS, *copy_labels.OF_SECTIONS}

    assert {*parts, *CONTEXT_COLUMNS} <= known
    assert set(copy_labels.FIELDS).isdisjoint(copy_labels.FOR_MACHINES)
