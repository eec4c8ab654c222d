"""Content and retention of identity's database, and its answers by caller."""

from typing import Any

import pytest
from sqlalchemy import func, select

from services.identity.models import Invitation, LoginTries, RightOffer, SignIn
from services.identity.store import store
from shared.bus.service_declarations import register_rows_of
from shared.contracts.identity.sign_ins import WrongCredentials
from tests.factories import identity as make
from tests.factories.identity import ENS, PASSWORD, Person, Town
from tests.factories.refusals import refused


@pytest.mark.both_databases
def test_nothing_to_sign_in_with_lies_in_the_database(
    town: Town, samir: Person, claire: Person
) -> None:
    signed_in = town.signs_in(claire, ENS)
    code = town.grants(signed_in.token, login="nina.roche", name="Nina Roche").code
    secrets = [PASSWORD, samir.totp_secret, signed_in.session, signed_in.token, code]

    stored = everything()

    assert "nina.roche" in stored
    assert not [each for each in secrets if each in stored]
    assert code.replace("-", "") not in stored


def everything() -> str:
    """Return every row of every table, as text."""
    with store.read() as read:
        rows = [
            [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
            for table in store.metadata.sorted_tables
            for row in read.execute(select(table))
        ]
    return "\n".join("|".join(row) for row in rows)


def test_what_is_told_holds_no_login(town: Town, claire: Person) -> None:
    offered = town.grants(town.signs_in(claire, ENS).token, login="nina.roche@exemple.fr")
    town.activates(offered.code)
    outbox = store.metadata.tables["outbox"]

    with store.read() as read:
        bodies = [store.unsealed_body(row).decode() for row in read.execute(select(outbox))]

    assert bodies
    assert not any("nina.roche" in body or "argon2" in body for body in bodies)


def test_what_is_over_is_forgotten_and_what_counts_is_kept(
    town: Town, camille: Person, claire: Person, samir: Person
) -> None:
    refused(lambda: town.signs_in(make.family("personne@exemple.fr")), WrongCredentials)
    hers = town.signs_in(claire, ENS).token
    town.grants(hers, login="nina.roche")
    town.invites_again(hers, samir.subject)

    town.service.forget()
    assert counts() == {LoginTries: 2, SignIn: 1, Invitation: 1, RightOffer: 1}

    town.time_passes(days=2)
    town.service.forget()
    assert counts() == {LoginTries: 0, SignIn: 0, Invitation: 1, RightOffer: 1}

    town.time_passes(days=45)
    town.service.forget()
    assert counts() == {LoginTries: 0, SignIn: 0, Invitation: 0, RightOffer: 0}


def counts() -> dict[type[Any], int]:
    with store.read() as read:
        return {
            model: read.scalar(select(func.count()).select_from(model)) or 0
            for model in (LoginTries, SignIn, Invitation, RightOffer)
        }


def test_every_method_says_who_may_call_it_and_what_the_person_needs() -> None:
    answering, subscribing = register_rows_of([make.IdentityService])
    rights = {row.method: (row.callers, row.right) for row in answering}
    offices = ("*providers", "front_desk")

    assert {each.event: each.sources for each in subscribing} == {
        "registration_email_changed": ("dossier",),
        "registration_opened": ("dossier",),
        "guardian_taken_back": ("dossier",),
        "guardian_corrected": ("dossier",),
        "guardian_forgotten": ("dossier",),
        "access_granted": ("dossier",),
        "letter_returned": ("dossier",),
        "letter_due": ("portal",),
        "urgent_letter_due": ("portal",),
    }
    assert rights["sign_in"] == (("portal", "*providers", "front_desk"), "anonymous")
    assert rights["open_accounts"] == (("*demo_ops",), "service only")
    for method in ("list_agents", "grant_right", "withdraw_right"):
        assert rights[method] == (offices, "administrator of the calling office")
