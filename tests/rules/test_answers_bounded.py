"""
Whatever grows in a message has a bound: in its contract, in pages, or stated here with its reason.

A message holds 256 kB. A list that grows with the town is an answer that a greater town never gets:
so who adds one says here what bounds it, or answers in pages (contracts.values.PageAnswer).
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from marshmallow import fields, validate

from shared import contracts
from shared.contracts.message import Event, Method

HOME = "of one household, one person or one child of it"
ASKED = "no more than was asked for"
TOWN = "what the town file names"
DRAWN_UP = "what one agent writes in one form"
STATES = "one for each of a few states"
MEETING = "of one meeting of one group: 1,200 children are 250 kB"

BOUNDS = {
    HOME: (
        "billing.account_year", "billing.bill_card", "billing.bill_notice",
        "billing.correct_quotient", "billing.draft_lines", "billing.my_certificates",
        "billing.my_mandates", "billing.my_quotients", "billing.payer_account",
        "billing.payer_bill", "billing.read_bill", "billing.read_past_bill", "billing.spending",
        "billing.accounts_at_counter", "enrolment.household_at_provider",
        "dossier.compare_files",
        "dossier.completeness", "dossier.file_held", "dossier.guardian_card", "dossier.history",
        "dossier.household_adults", "dossier.household_changed", "dossier.import_household",
        "dossier.look_at_registration",
        "dossier.keep_paper",
        "dossier.my_children", "dossier.my_household", "dossier.open_dossier",
        "dossier.open_guarded", "dossier.open_person_request", "dossier.read_registration",
        "dossier.read_my_request", "dossier.read_section", "dossier.handovers_of",
        "dossier.rulings_of", "dossier.who_knows", "dossier.who_read",
        "dossier.widening_announced", "dossier.write_section", "enrolment.order_outcome",
        "enrolment.apply", "enrolment.family_card", "enrolment.notice", "enrolment.thread_card",
        "identity.subject_changed", "portal.family_act", "portal.page_seen",
    ),
    ASKED: (
        "billing.import_past_bills", "billing.quote", "billing.read_return", "billing.simulate",
        "dossier.arrived", "dossier.bring_families", "dossier.check_families",
        "dossier.letters_to_write", "enrolment.calendar", "enrolment.change_bookings",
        "enrolment.declare_absence", "enrolment.import_attendance", "enrolment.import_offer",
        "enrolment.import_places", "enrolment.set_week", "enrolment.take_over",
        "identity.invite_guardians",
    ),
    TOWN: (
        "any.measure", "billing.regie_overview", "enrolment.residences_published",
        "identity.invite_administrator_again", "identity.invite_successor", "identity.my_desks",
    ),
    DRAWN_UP: (
        "enrolment.activities_taken", "enrolment.activity_published", "enrolment.away_published",
        "enrolment.tariff_published",
    ),
    STATES: ("dossier.erasures", "identity.post_state"),
    MEETING: ("enrolment.attendance_recorded", "enrolment.food_announced"),
    "services.billing.handlers.regie.payers:MOST_CHANGED": ("billing.certificates",),
    "services.billing.debits.queries.debit_runs:RUNS_SHOWN": ("billing.debits",),
    "services.billing.runs.queries.month_anomalies:MOST_DISPUTES": ("billing.closing",),
    "services.dossier.registrations.imports.queries.doubts:MOST": ("dossier.waiting_families",),
    "services.dossier.registrations.imports.queries.doubts:MOST_AT_DESK": (
        "dossier.doubtful_arrivals",
    ),
    "services.dossier.registrations.queries.sent_registrations:MOST_LISTED": (
        "dossier.waiting_registrations",
    ),
    "services.dossier.front_desk.queries.dossiers:MOST_FOUND": (
        "dossier.find_adults", "dossier.find_carers", "dossier.find_dossiers",
    ),
    "services.dossier.registrations.queries.child_of_known_family:MOST_MINE": (
        "dossier.my_child_registrations",
    ),
    "services.dossier.data_protection.person_requests.queries.requests:MOST_LISTED": (
        "dossier.person_requests",
    ),
    "services.dossier.data_protection.person_requests.queries.requests:MOST_MINE": (
        "dossier.my_person_requests",
    ),
    "shared.contracts.dossier.corrections:CORRECTIONS_SHOWN": (
        "dossier.corrections_of", "dossier.open_for_correction",
    ),
    "shared.contracts.dossier.families.trusted_person_accesses:MOST_SHOWN": (
        "dossier.accesses_of", "dossier.offered_accesses",
    ),
    "shared.contracts.dossier.corrections:WAITING_SHOWN": ("dossier.corrections_waiting",),
    "shared.contracts.dossier.families.separation:SEPARATIONS_SHOWN": (
        "dossier.open_for_separation",
    ),
    "shared.contracts.dossier.families.duplicate_children:DOUBLES_SHOWN": (
        "dossier.possible_doubles",
    ),
    "shared.contracts.dossier.families.duplicate_children:JOINS_SHOWN": ("dossier.list_joins",),
    "services.enrolment.conversations.queries.bulletins:MOST_SIGNS": ("enrolment.read_bulletins",),
    "services.enrolment.conversations.queries.messages:MOST_SIGNS": ("enrolment.read_thread",),
    "shared.bus.handling.dead_letter_replay:LISTED_AT_MOST": ("any.list_dead",),
    "shared.contracts.dossier.data_protection.read_log:AT_ONCE": (
        "dossier.breach_households", "dossier.households_touched",
    ),
    "shared.contracts.dossier.sharing.projections:RESYNC_BATCH": ("dossier.projection",),
    "shared.contracts.dossier.sharing.projections:ROWS_AT_ONCE": ("dossier.inventory_rows",),
    "shared.contracts.identity.invitations:MOST_LETTERS": ("identity.letter_lot",),
    "shared.contracts.identity.invitations:MOST_LOTS": ("identity.letter_lots",),
    "shared.contracts.billing.regie.payers:PAGE": ("billing.find_payers",),
    "shared.contracts.billing.regie.treasury:PAGE": ("billing.preview_lot",),
}  # fmt: skip
"""Messages whose contract bounds them neither by a length nor by pages, by what bounds them."""


def grows(field: Any) -> bool:
    """Return whether a field holds a list or a dict of which the contract states no length."""
    if isinstance(field, fields.List):
        stated = any(isinstance(each, validate.Length) and each.max for each in field.validators)
        return not stated or grows(field.inner)
    if isinstance(field, fields.Nested):
        return any(grows(each) for each in field.schema.fields.values())
    if isinstance(field, fields.Tuple):
        return any(grows(each) for each in field.tuple_fields)
    return isinstance(field, fields.Dict)


def growing() -> Iterator[str]:
    """Give the messages that hold such a field and are not pages."""
    for module in walk_packages(contracts.__path__, "shared.contracts."):
        for each in vars(import_module(module.name)).values():
            if not isinstance(each, Method | Event):
                continue
            shape = each._answer if isinstance(each, Method) else each._schema
            if "next" not in shape.fields and any(grows(one) for one in shape.fields.values()):
                yield each.full_name


def test_every_message_that_could_grow_has_a_bound() -> None:
    stated = [name for names in BOUNDS.values() for name in names]

    assert len(stated) == len(set(stated))
    assert set(growing()) - set(stated) == set(), "answer it in pages, or state its bound here"
    assert set(stated) - set(growing()) == set(), "it grows no more: take it out"


@pytest.mark.parametrize("bound", [each for each in BOUNDS if " " not in each])
def test_a_bound_that_stands_in_the_code_is_a_number_there(bound: str) -> None:
    module, _, name = bound.partition(":")

    assert 0 < getattr(import_module(module), name) < 100_000
