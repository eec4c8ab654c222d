"""Columns sealed with a service's own key are declared, or the key could not be changed."""

import pytest
from sqlalchemy import LargeBinary

from deploy.services import SPECS, store_of_service

OTHERWISE = {
    "billing": {"document.content", "print_part.content"},  # the papers of bills, in clear
    "dossier": {
        # with the key of a child, a household, a registration, or the dossier's own in the vault
        "guardian.phone",  # with the key of an adult
        "registration.content",
        "registration_email.former",
        "paper_part.content",
        "household_address.content",
        "household_paper.content",
        "correction.content",
        "carer_access.content",
        "separation.content",
        "child_join.content",
        "person_request.content",  # with the key of a request
        "person_request_act.content",
        "secret.sealed",
        "read_name_question.reason",
        "section.content",
        "section_history.content",
        "section_history.shown",
    },
    "enrolment": {
        # with the key of a child or a household; a desk's with the browser's secret, or the PIN
        "attachment.content",
        "attachment_part.content",
        "bulletin.content",
        "desk_door.credentials",
        "desk_session.identity",
        "desk_session.token",
        "held_projection.content",
        "mark.collected_by",
        "message.content",
        "pupil_moves.unsettled",  # with the key of a batch
        "school_enrolment.content",  # with the key of the enrolment, and of the request
        "school_request.addresses",
        "school_waiver.content",  # and of the waiver
        "thread.title",
        "unknown_child.name",
    },
    "front_desk": {  # with the browser's secret
        "desk_door.credentials",
        "desk_session.identity",
        "desk_session.token",
    },
    "identity": {"challenge.totp_sealed", "subject.totp_sealed"},  # with the key of a person
    "portal": {  # with the browser's secret
        "web_session.children",
        "web_session.email",
        "web_session.identity",
        "web_session.saved_form",
        "web_session.token",
    },
}
"""Bytes that another key than the service's own seals, or none."""


@pytest.mark.parametrize("service", SPECS)
def test_all_bytes_of_a_service_are_known_by_what_seals_them(service: str) -> None:
    store = store_of_service(service)
    bytes_there = {
        str(column)
        for table in store.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }

    declared = {str(each.column) for each in store.sealed_columns}

    assert declared.isdisjoint(OTHERWISE[service])
    assert declared | OTHERWISE[service] == bytes_there
