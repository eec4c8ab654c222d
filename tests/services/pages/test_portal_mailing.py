"""E-mails about unread notices: once, neutral, and none of a category that was ended."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.identity.models import Email
from services.identity.store import store as identity_store
from services.portal_gateway.cards.commands.guardian_and_household_cards import (
    keep_households_of_guardian,
    note_households_of_earlier_cards,
)
from services.portal_gateway.models import MailNotice, WebSession
from services.portal_gateway.notices.commands.emails import publish_due_emails
from services.portal_gateway.notices.rules.notice_emails import Signer
from services.portal_gateway.store import store
from shared.bus.handling.envelope import Envelope
from shared.bus.handling.subscriptions import Subscriptions
from shared.contracts.portal_gateway import portal_events as contracts
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.settings import FormerKey
from tests.databases import Database
from tests.factories import identity as make_identity
from tests.factories import portal as make
from tests.factories.portal import Portal
from tests.factories.travelling import handled

LATER = timedelta(minutes=6)
HOME = new_id()
CLAIRE, JULIEN = new_id(), new_id()


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows of one household with two guardians."""
    with make.portal_on(database, tmp_path) as portal:
        for subject in (CLAIRE, JULIEN):
            portal.receives_guardian_card(subject, [HOME])
        yield portal


def goes_round(portal: Portal, after: timedelta = LATER) -> int:
    with store.write() as write:
        signer = Signer(portal.service.settings.secret_key)
        return publish_due_emails(write, signer.sign_category, now() + after)


def letters(portal: Portal) -> list[tuple[str, str]]:
    return sorted(
        (told["subject"], told["category"]) for told in portal.published(contracts.letter_due)
    )


def looks(portal: Portal, subject: str) -> Any:
    browser = portal.site.test_client()
    make.sign_in(browser, subject)
    with store.write() as write:
        seen = now() + timedelta(minutes=1)
        write.execute(update(WebSession).where(WebSession.subject == subject).values(seen_at=seen))
    return browser


def test_each_guardian_who_does_not_look_is_written_to_once(portal: Portal) -> None:
    portal.receives_notice("enrolment_ens", HOME, "strike")
    portal.receives_notice("enrolment_ens", HOME, "strike")
    portal.receives_notice("enrolment_agg", HOME, "another")

    assert goes_round(portal, timedelta(minutes=4)) == 0
    assert goes_round(portal) == 2
    assert goes_round(portal) == 0

    assert letters(portal) == sorted([(CLAIRE, "week"), (JULIEN, "week")])


def test_who_has_looked_since_is_left_in_peace(portal: Portal) -> None:
    portal.receives_notice("enrolment_ens", HOME, "strike")
    looks(portal, CLAIRE)

    goes_round(portal)

    assert letters(portal) == [(JULIEN, "week")]


def test_a_second_strike_within_six_hours_waits_for_its_hour(portal: Portal) -> None:
    portal.receives_notice("enrolment_ens", HOME, "strike")
    goes_round(portal)

    portal.receives_notice("enrolment_ens", HOME, "second strike")

    assert goes_round(portal) == 0
    assert goes_round(portal, timedelta(hours=5)) == 0
    assert goes_round(portal, timedelta(hours=7)) == 2


def test_a_category_is_ended_on_the_page_and_begun_again(portal: Portal) -> None:
    browser = looks(portal, CLAIRE)
    page = browser.get("/compte/courriels").text
    assert page.count(" checked") == 4

    make.posts(browser, "/compte/courriels", category=["bills", "messages"])

    assert browser.get("/compte/courriels").text.count(" checked") == 2
    portal.receives_notice("enrolment_ens", HOME, "strike")
    portal.receives_notice("enrolment_ens", HOME, "place", kind="place_given")
    goes_round(portal, timedelta(hours=1))
    assert letters(portal) == sorted([(JULIEN, "week"), (JULIEN, "enrolment")])
    assert make.posts(browser, "/compte/courriels", category="everything").status_code == 400


def test_one_click_in_a_letter_ends_its_category_without_signing_in(portal: Portal) -> None:
    portal.receives_notice("enrolment_ens", HOME, "strike")
    goes_round(portal)
    token = {told["subject"]: told["token"] for told in portal.published(contracts.letter_due)}[
        CLAIRE
    ]
    stranger = portal.site.test_client()

    shown = stranger.get(f"/courriels/arret/{token}")
    with store.read() as read:
        assert read.get_one(MailNotice, (CLAIRE, "week")).wanted
    done = stranger.post(f"/courriels/arret/{token}", data={"List-Unsubscribe": "One-Click"})

    assert (shown.status_code, done.status_code) == (200, 200)
    assert stranger.post(f"/courriels/arret/{token}x").status_code == 404
    portal.receives_notice("enrolment_ens", HOME, "next strike")
    assert goes_round(portal, timedelta(hours=7)) == 1  # Julien


@pytest.mark.parametrize(("days", "answers"), [(364, 200), (366, 404)])
def test_a_letter_that_was_out_when_the_portal_s_key_was_changed_ends_its_category_for_a_year(
    portal: Portal, days: int, answers: int
) -> None:
    token = Signer("the former key").sign_category(CLAIRE, "week")
    stranger = portal.site.test_client()
    assert stranger.get(f"/courriels/arret/{token}").status_code == 404

    changed = FormerKey(now() - timedelta(days=days), "the former key")
    portal.site.extensions["preau_former_secrets"] = [changed]

    assert stranger.get(f"/courriels/arret/{token}").status_code == answers


def test_nothing_leaves_to_whom_no_household_is_left(portal: Portal) -> None:
    portal.receives_notice("enrolment_ens", HOME, "strike")
    portal.receives_guardian_card(JULIEN, [], version=2)

    goes_round(portal)
    portal.receives_notice("enrolment_ens", HOME, "place", kind="place_given")
    goes_round(portal)

    assert letters(portal) == sorted([(CLAIRE, "week"), (CLAIRE, "enrolment")])


def test_guardians_whose_card_came_before_are_found(portal: Portal) -> None:
    with store.write() as write:
        for subject in (CLAIRE, JULIEN):
            keep_households_of_guardian(write, subject, [])
        assert note_households_of_earlier_cards(write) == 2
        assert note_households_of_earlier_cards(write) == 0

    portal.receives_notice("enrolment_ens", HOME, "strike")
    assert goes_round(portal) == 2


def test_identity_posts_what_is_due_once_however_often_it_hears(
    database: Database, tmp_path: Path
) -> None:
    with make_identity.town(database, tmp_path) as town:
        claire = make_identity.family("claire@exemple.fr")
        town.opens(claire)
        due = {"key": new_id(), "subject": claire.subject, "category": "week", "token": "signed"}
        for _ in range(2):
            handled(town.service, contracts.letter_due, "portal", **due)

        with identity_store.read() as read:
            [email] = read.scalars(select(Email))
        content = identity_store.unseal(f"letter|{email.id}", email.content or b"")
        assert content["to"] == "claire@exemple.fr"
        assert content["values"]["unsubscribe"].endswith("/courriels/arret/signed")


def test_each_email_that_the_portal_asks_for_is_posted(database: Database, tmp_path: Path) -> None:
    """As they come over the bus: all under one routing key, each with a key of its own."""
    with make_identity.town(database, tmp_path) as town:
        people = [make_identity.family(f"{name}@exemple.fr") for name in ("claire", "julien")]
        for person in people:
            town.opens(person)
        sent = [
            {"key": new_id(), "subject": each.subject, "category": "week", "token": "signed"}
            for each in people
        ]
        hearing = Subscriptions(town.service)
        heard = hearing.handle(
            [
                Envelope(
                    source="portal",
                    key="event.letter_due",
                    type=contracts.letter_due.full_name,
                    version=contracts.letter_due.version,
                    message_id=new_id(),
                    headers={},
                    body=json.dumps(each).encode(),
                )
                for each in sent
            ]
        )

        assert heard == {}
        with identity_store.read() as read:
            assert len(read.scalars(select(Email)).all()) == len(people)
