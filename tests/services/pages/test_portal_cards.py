"""
Cards that the portal receives: whole states by version, sealed, shown to their own guardians alone.
"""

from datetime import timedelta

from sqlalchemy import select

from services.portal_gateway.models import Activity, FamilyCard, FamilyOrder, GuardianCard, Notice
from services.portal_gateway.notices.commands import retention
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.contracts.enrolment.places import published_offer, states
from shared.contracts.identity import accounts
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import portal as make
from tests.factories.portal import AGG, ENS, Child, Portal, main_of


def home(portal: Portal, subject: str) -> str:
    browser = portal.site.test_client()
    make.sign_in(browser, subject)
    return main_of(browser.get("/").text)


def closes_everything_before(portal: Portal, subject: str, moment: object) -> None:
    portal.receives(
        accounts.subject_changed,
        "identity",
        subject=subject,
        kind="family",
        name="Claire Lefèvre",
        version=2,
        not_before=moment,
        active=True,
        rights=[],
    )


def test_a_copy_of_the_database_shows_neither_a_name_nor_where_a_child_is(portal: Portal) -> None:
    child, household = Child("Manon"), new_id()
    portal.receives_guardian_card(new_id(), [household], child)
    portal.receives_family_card(
        ENS, household, make.part(child, days=[make.day(activity="Cantine")])
    )
    portal.receives_notice(ENS, household, "k", detail={"activity": "Cantine"})

    with store.read() as read:
        rows = [
            *read.scalars(select(GuardianCard)),
            *read.scalars(select(FamilyCard)),
            *read.scalars(select(Notice)),
        ]
        stored = repr([[getattr(row, c.key) for c in row.__table__.columns] for row in rows])

    assert len(rows) == 3
    for told in ("Manon", "Lefèvre", "Cantine", "booked", child.id):
        assert told not in stored


def test_an_older_card_changes_nothing_and_a_repeated_one_neither(portal: Portal) -> None:
    child, household, subject = Child(), new_id(), new_id()
    portal.receives_guardian_card(subject, [household], child, version=2)
    portal.receives_guardian_card(subject, [household], Child("Ancien"), version=1)
    newer = make.part(child, days=[make.day(activity="Cantine")])
    older = make.part(child, days=[make.day(activity="Garderie")])

    for version, told in ((5, newer), (4, older), (5, older)):
        portal.receives_family_card(ENS, household, told, version=version)

    page = home(portal, subject)
    assert "Cantine" in page
    assert "Garderie" not in page
    assert "Ancien" not in page


def test_another_households_card_is_never_shown(portal: Portal) -> None:
    child, mine, theirs, subject = Child(), new_id(), new_id(), new_id()
    portal.receives_guardian_card(subject, [mine], child)
    portal.receives_family_card(ENS, mine, make.part(child, days=[make.day(activity="Cantine")]))
    portal.receives_family_card(AGG, theirs, make.part(child, days=[make.day(activity="Judo")]))
    portal.receives_notice(AGG, theirs, "k", child_ids=[child.id])

    page = home(portal, subject)

    assert "Cantine" in page
    assert "Judo" not in page
    assert "annulée" not in page


def test_of_a_household_a_guardian_sees_the_children_under_its_own_authority_alone(
    portal: Portal,
) -> None:
    mine, not_mine, household, subject = Child("Manon"), Child("Théo"), new_id(), new_id()
    portal.receives_guardian_card(subject, [household], mine)
    portal.receives_family_card(
        ENS,
        household,
        make.part(mine, days=[make.day(activity="Cantine")]),
        make.part(not_mine, days=[make.day(activity="Garderie")]),
    )
    portal.receives_notice(ENS, household, "k", child_ids=[not_mine.id])

    page = home(portal, subject)

    assert "Cantine" in page
    assert "Garderie" not in page
    assert "annulée" not in page


def test_a_guardian_of_two_households_sees_both_and_each_day_once(portal: Portal) -> None:
    child, one, two, subject = Child(), new_id(), new_id(), new_id()
    session = new_id()
    shared = make.day(states.OTHER, activity="Cantine", session_id=session)
    own = make.day(states.BOOKED, activity="Cantine", session_id=session)
    portal.receives_guardian_card(subject, [one, two], child)

    portal.receives_family_card(ENS, one, make.part(child, days=[shared]))
    portal.receives_family_card(
        ENS, two, make.part(child, days=[own, make.day(activity="Garderie")])
    )

    page = home(portal, subject)
    assert page.count("Cantine") == 1
    assert "autre foyer" not in page
    assert "Garderie" in page


def test_a_notice_is_news_once_however_often_it_comes(portal: Portal) -> None:
    child, household, subject = Child(), new_id(), new_id()
    portal.receives_guardian_card(subject, [household], child)
    browser = portal.site.test_client()
    make.sign_in(browser, subject)

    for _ in range(3):
        portal.receives_notice(ENS, household, "closure-1", child_ids=[child.id])

    assert 'class="badge" aria-hidden="true">1<' in browser.get("/").text
    news = browser.get("/nouvelles").text
    assert main_of(news).count("Séance annulée") == 1


def test_a_closure_says_what_when_and_why(portal: Portal) -> None:
    child, household, subject = Child(), new_id(), new_id()
    portal.receives_guardian_card(subject, [household], child)
    told = {"days": ["2026-11-26"], "activities": ["Cantine", "Garderie"], "reason": "strike"}
    portal.receives_notice(ENS, household, "closure-1", child_ids=[child.id], detail=told)
    browser = portal.site.test_client()
    make.sign_in(browser, subject)

    news = main_of(browser.get("/nouvelles").text)

    assert "Cantine, Garderie" in news
    assert "26 novembre" in news
    assert "Grève" in news


def test_a_closing_of_the_calendar_says_why_in_the_words_of_who_closed(portal: Portal) -> None:
    child, household, subject = Child(), new_id(), new_id()
    portal.receives_guardian_card(subject, [household], child)
    told = {"days": ["2026-11-26"], "activities": ["Cantine"], "reason": "timetable"}
    told |= {"motives": ["Travaux de peinture"]}
    portal.receives_notice(ENS, household, "closure-1", child_ids=[child.id], detail=told)
    browser = portal.site.test_client()
    make.sign_in(browser, subject)

    news = main_of(browser.get("/nouvelles").text)

    assert "Travaux de peinture" in news and "Changement de calendrier" not in news


def test_news_are_read_by_each_guardian_for_itself(portal: Portal) -> None:
    child, household, mother, father = Child(), new_id(), new_id(), new_id()
    for subject in (mother, father):
        portal.receives_guardian_card(subject, [household], child)
    portal.receives_notice(ENS, household, "k", child_ids=[child.id])
    browser, other = portal.site.test_client(), portal.site.test_client()
    make.sign_in(browser, mother)
    make.sign_in(other, father)

    make.posts(browser, "/nouvelles/lues", until=now().isoformat())

    assert 'class="badge"' not in browser.get("/aide").text
    assert 'class="badge"' in other.get("/aide").text


def test_what_came_while_the_page_was_open_stays_new(portal: Portal) -> None:
    child, household, subject = Child(), new_id(), new_id()
    portal.receives_guardian_card(subject, [household], child)
    portal.receives_notice(ENS, household, "first", child_ids=[child.id])
    shown_until = now()
    portal.receives_notice(ENS, household, "second", child_ids=[child.id])
    browser = portal.site.test_client()
    make.sign_in(browser, subject)

    make.posts(browser, "/nouvelles/lues", until=shown_until.isoformat())

    assert 'class="badge" aria-hidden="true">1<' in browser.get("/").text


def test_a_withdrawal_closes_the_sessions_opened_before_it_and_no_other(portal: Portal) -> None:
    subject, other = new_id(), new_id()
    mine = make.sign_in(portal.site.test_client(), subject)
    theirs = make.sign_in(portal.site.test_client(), other)

    closes_everything_before(portal, subject, now() + timedelta(seconds=1))

    assert sessions.find(mine, now()) is None
    assert sessions.find(theirs, now()) is not None


def test_a_withdrawal_of_long_ago_leaves_a_later_session_open(portal: Portal) -> None:
    subject = new_id()
    secret = make.sign_in(portal.site.test_client(), subject)

    closes_everything_before(portal, subject, now() - timedelta(hours=1))

    assert sessions.find(secret, now()) is not None


def test_a_typed_form_outlives_a_session_that_identity_closed(portal: Portal) -> None:
    subject = new_id()
    browser = portal.site.test_client()
    secret = make.sign_in(browser, subject)
    sessions.save_form(secret, "/absence", {"reason": ["sick"]})

    closes_everything_before(portal, subject, now() + timedelta(seconds=1))
    again = sessions.find(make.sign_in(browser, subject), now())

    assert again is not None
    assert again.saved_form == {"path": "/absence", "values": {"reason": ["sick"]}}


def test_what_is_no_longer_offered_leaves_the_page_for_good(portal: Portal) -> None:
    activity_id = new_id()

    def publishes(version: int, content: object) -> None:
        portal.receives(
            published_offer.activity_published,
            AGG,
            activity_id=activity_id,
            version=version,
            content=content,
        )

    publishes(2, None)
    publishes(1, make.offer())

    with store.read() as read:
        row = read.get(Activity, ("agg", activity_id))
    assert row is not None
    assert (row.version, row.content) == (2, None)


def test_old_notices_and_acts_are_forgotten(portal: Portal) -> None:
    household = new_id()
    portal.receives_notice(ENS, household, "k")

    with store.write() as write:
        retention.delete_past_notices_and_orders(
            write, now() + retention.KEPT_NEWS + timedelta(days=1)
        )

    with store.read() as read:
        assert read.scalars(select(Notice)).all() == []
        assert read.scalars(select(FamilyOrder)).all() == []


def test_a_provider_that_left_the_town_tells_the_portal_nothing(portal: Portal) -> None:
    household = new_id()

    portal.receives_family_card("enrolment_gone", household, make.part(Child()))

    with store.read() as read:
        assert read.scalars(select(FamilyCard)).all() == []


def test_a_family_reads_which_days_the_service_changed_and_on_whose_word(portal: Portal) -> None:
    claire, child, household = new_id(), Child("Manon"), new_id()
    portal.receives_guardian_card(claire, [household], child)
    cancelled = make.day(states.CANCELLED) | {"asked_by": states.TELEPHONE}
    corrected = make.day(states.PRESENT, seen_at=now()) | {"asked_by": states.SERVICE}
    portal.receives_family_card(ENS, household, make.part(child, days=[cancelled, corrected]))

    shown = home(portal, claire)

    assert "par le service, à la demande de la famille, par téléphone" in shown
    assert "corrigé par le service" in shown and "vu à" not in shown
