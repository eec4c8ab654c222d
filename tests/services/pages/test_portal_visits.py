"""The portal at the front desk: twenty minutes, an agent beside the family, all written down."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.portal_gateway.models import AccompaniedVisit, WebSession
from services.portal_gateway.pages.account.access import labels as visit_labels
from services.portal_gateway.pages.notices.labels import NOTICES
from services.portal_gateway.session.accompanied.rules import open_pages_and_actions as visit_rules
from services.portal_gateway.store import store
from shared.contracts.dossier import guardians
from shared.contracts.dossier.sharing import handovers_between_services
from shared.contracts.enrolment.places import family_acts, family_cards
from shared.contracts.errors import NotSignedIn
from shared.contracts.identity import accompanied_sessions, accounts, sign_ins
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import ENS, Child, Portal, day, main_of, part

CLAIRE, HELENE, HOUSEHOLD = new_id(), new_id(), new_id()
MANON, LEO = Child(missing=("health", "contacts")), Child("Léo")
LUNCH = new_id()

NO_ACTIONS = {
    "applying.simulate_price",
    "paying.return_from_payfip",
    "paying_in_turn.set_out_to_pay_in_turn",
    "paying.receive_notification",
}
"""Posts that change nothing which a family would want to find again."""


def lunch() -> dict[str, Any]:
    """Return Manon's lunch of tomorrow, which may still be cancelled."""
    return day(until=now() + timedelta(days=2), session_id=LUNCH)


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's family."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON, LEO)
        portal.receives_family_card(ENS, HOUSEHOLD, part(MANON, days=[lunch()]))
        portal.callees.answers("identity", sign_ins.sign_out, lambda _request: {})
        yield portal


def enters(
    family: Portal, ends_at: datetime | None = None, browser: FlaskClient | None = None
) -> FlaskClient:
    """Open Claire's session at the counter, beside Hélène; return the browser."""
    answer = {
        "session_id": new_id(),
        "session": "accompanied",
        "token": "token",
        "expires_at": now() + timedelta(minutes=5),
        "ends_at": ends_at or now() + timedelta(minutes=20),
        "subject": CLAIRE,
        "actor": HELENE,
        "name": "Claire Lefèvre",
    }
    family.callees.answers(
        "identity", accompanied_sessions.enter_accompanied, lambda _request: answer
    )
    browser = browser or family.site.test_client()
    entered = browser.get("/guichet/entree?code=once")
    assert (entered.status_code, entered.location) == (303, "/")
    return browser


def posts(browser: FlaskClient, path: str, **fields: Any) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/aide").text)
    assert token is not None
    return browser.post(path, data={"csrf_token": token[1], **fields})


def cancels(family: Portal, browser: FlaskClient) -> None:
    """Cancel Manon's lunch."""
    family.callees.answers(ENS, family_acts.change_bookings, outcomes("cancelled"))
    assert unticks(browser).status_code == 303


def unticks(browser: FlaskClient, *children: Child) -> Any:
    """Save the week without the lunches of these children; without Manon's, where none is named."""
    lines = [make.week_line("ens", child.id, lunch()) for child in children or (MANON,)]
    return posts(browser, "/semaine", act=new_id(), ligne=lines)


def outcomes(of: str) -> Any:
    """Return how a provider answers to changes of Manon's and Léo's lunch."""
    answer = {"outcomes": [{"session_id": LUNCH, "outcome": of, "until": None}]}
    return lambda _request: answer


def at_home(family: Portal) -> FlaskClient:
    browser = family.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def test_every_page_says_that_an_agent_looks_on_and_for_how_long(family: Portal) -> None:
    browser = enters(family)

    for page in ("/", "/aide", "/nouvelles"):
        shown = browser.get(page).text
        assert "Session accompagnée · au guichet" in shown
        assert re.search("encore 20.min", shown)
    assert "Session accompagnée" not in at_home(family).get("/").text


def test_another_code_opens_nothing(family: Portal) -> None:
    family.callees.answers("identity", accompanied_sessions.enter_accompanied, WrongCredentials())
    browser = family.site.test_client()

    answer = browser.get("/guichet/entree?code=guessed")

    assert answer.status_code == 403
    assert browser.get("/enfants").status_code == 303


@pytest.mark.parametrize(
    "page",
    ["/compte", "/payer"]
    + [
        f"/enfants/{{manon}}/{page}"
        for page in ("qui-a-lu", "qui-sait-quoi", "parcours", "sante", "alimentation")
    ],
)
def test_what_is_the_guardians_alone_is_closed(family: Portal, page: str) -> None:
    browser = enters(family)
    asked = len(family.callees.asked)

    closed = browser.get(page.format(manon=MANON.id))

    assert closed.status_code == 403
    assert "Cette page n’est que pour vous" in closed.text
    assert len(family.callees.asked) == asked


def test_notices_of_health_papers_and_requests_wait_for_the_guardian(family: Portal) -> None:
    kinds = visit_rules.CLOSED_NOTICES.intersection(family_cards.NOTICES)
    for kind in (*sorted(kinds), "closure"):
        family.receives_notice(ENS, HOUSEHOLD, new_id(), kind=kind, child_ids=[MANON.id])
    closed = [NOTICES[kind] for kind in kinds]
    browser = enters(family)

    for page in ("/", "/nouvelles"):
        shown = browser.get(page).text
        assert [str(words) for words in closed if str(words) in shown] == []
    assert str(NOTICES["closure"]) in main_of(browser.get("/nouvelles").text)
    assert posts(browser, "/nouvelles/lues", until=now().isoformat()).status_code == 403

    own = main_of(at_home(family).get("/nouvelles").text)
    assert [str(words) for words in closed if str(words) not in own] == []


def test_what_was_typed_beside_one_agent_is_not_given_back_beside_the_next(
    family: Portal,
) -> None:
    browser = enters(family)
    found = re.search(r'name="typist" value="([^"]+)"', browser.get("/semaine").text)
    assert found is not None
    enters(family, browser=browser)

    typed = {"typist": found[1], "csrf_token": "of an earlier page", "act": new_id()}
    answer = browser.post("/semaine", data=typed)

    assert answer.status_code == 400
    with store.read() as read:
        assert [row.saved_form for row in read.scalars(select(WebSession))] == [None]


def test_a_counter_keeps_nothing_on_its_device_of_what_is_typed(family: Portal) -> None:
    answer = {"version": 1, "guardians": [], "addresses": []}
    family.callees.answers("dossier", guardians.my_household, lambda _request: answer)
    page = f"/adresse/{HOUSEHOLD}"

    assert "data-draft" in at_home(family).get(page).text
    beside = enters(family).get(page).text
    assert 'name="typist"' in beside and "data-draft" not in beside


def test_a_hand_over_is_declared_at_the_counter_and_stands_in_the_summary(family: Portal) -> None:
    family.callees.answers(
        "dossier", handovers_between_services.declare_handover, lambda _request: {}
    )
    browser = enters(family)
    typed = {"from_provider": "ens", "to_provider": "agg", "weekdays": "3", "at": "12:15"}

    done = posts(
        browser,
        f"/enfants/{MANON.id}/passages",
        **typed,
        valid_from=today().isoformat(),
        act=new_id(),
    )

    assert done.status_code == 303
    posts(browser, "/guichet/terminer")
    summary = main_of(browser.get("/guichet/bilan").text)
    assert "Transfert entre services déclaré · Manon" in summary


def test_the_home_offers_only_forms_that_are_open(family: Portal) -> None:
    assert f"/enfants/{MANON.id}/personnes-a-appeler" in enters(family).get("/").text
    assert "2 pages" in main_of(at_home(family).get("/").text)


def test_each_page_seen_is_told_to_the_dossier_for_the_children_it_shows(family: Portal) -> None:
    browser = enters(family)
    browser.get("/")
    browser.get("/aide")
    browser.get("/theme/preau.css")

    (told,) = family.published(portal_events.page_seen)

    assert (told["subject"], told["actor"], told["part"]) == (CLAIRE, HELENE, "seen_home")
    assert told["child_ids"] == sorted([MANON.id, LEO.id])
    at_home(family).get("/")
    assert len(family.published(portal_events.page_seen)) == 1


def test_the_summary_says_what_was_done_and_seen_to_that_browser_alone(family: Portal) -> None:
    browser = enters(family)
    browser.get("/nouvelles")
    cancels(family, browser)

    ended = posts(browser, "/guichet/terminer")

    assert (ended.status_code, ended.location) == (303, "/guichet/bilan")
    summary = main_of(browser.get("/guichet/bilan").text)
    assert "La session est terminée" in summary
    assert "Jours réservés ou annulés · Manon" in summary
    assert "Les notifications" in summary
    assert at_home(family).get("/guichet/bilan").status_code == 404
    assert browser.get("/semaine").location == "/guichet/bilan"


def test_the_summary_names_each_child_of_one_save_and_nothing_that_was_refused(
    family: Portal,
) -> None:
    browser = enters(family)

    family.callees.answers(ENS, family_acts.change_bookings, family_acts.TooLate())
    unticks(browser)
    refused = main_of(browser.get("/guichet/bilan").text)
    family.callees.answers(ENS, family_acts.change_bookings, outcomes("cancelled"))
    unticks(browser, MANON, LEO)
    summary = main_of(browser.get("/guichet/bilan").text)

    assert "Rien n’a été changé" in refused
    assert "Jours réservés ou annulés · Manon" in summary
    assert "Jours réservés ou annulés · Léo" in summary


def test_an_absence_told_at_the_counter_stands_in_the_summary(family: Portal) -> None:
    family.callees.answers(ENS, family_acts.declare_absence, outcomes("excused"))
    browser = enters(family)
    chosen = f"ens|{MANON.id}|{LUNCH}|Cantine"

    posts(browser, "/absence", act=new_id(), session=chosen, reason="sick", enfant=MANON.id)

    summary = main_of(browser.get("/guichet/bilan").text)
    assert "Absence annoncée · Manon · Cantine" in summary


def test_signing_out_is_ending_it(family: Portal) -> None:
    browser = enters(family)

    answer = posts(browser, "/deconnexion")

    assert (answer.status_code, answer.location) == (307, "/guichet/terminer")


def test_the_guardian_reads_at_home_what_was_done_at_the_counter(family: Portal) -> None:
    browser = enters(family)
    cancels(family, browser)
    assert "Session accompagnée au guichet" not in main_of(at_home(family).get("/nouvelles").text)
    posts(browser, "/guichet/terminer")

    home = at_home(family)
    news = main_of(home.get("/nouvelles").text)

    assert "Session accompagnée au guichet" in news
    assert "Fait au guichet, par la famille" in news
    assert "Jours réservés ou annulés · Manon" in news
    assert "Notifications, 1 non lue" in home.get("/").text


def test_an_act_on_its_way_is_marked_as_done_at_the_counter(family: Portal) -> None:
    browser = enters(family)
    unticks(browser)
    (kept,) = family.published(portal_events.family_act)

    settled = {"act_id": kept["act_id"], "code": "done", "answer": {}, "at": now()}
    family.receives(family_acts.order_outcome, ENS, **settled)

    assert "au guichet, par la famille" in main_of(at_home(family).get("/nouvelles").text)


def test_after_twenty_minutes_the_next_page_is_the_summary(family: Portal) -> None:
    browser = enters(family)
    over = now() - timedelta(minutes=1)
    with store.write() as write:
        write.execute(update(AccompaniedVisit).values(ends_at=over))
        write.execute(update(WebSession).values(ends_at=over))

    answer = browser.get("/semaine")

    assert (answer.status_code, answer.location) == (303, "/guichet/bilan")
    assert "La session est terminée" in main_of(browser.get("/guichet/bilan").text)
    with store.write() as write:
        write.execute(update(AccompaniedVisit).values(ends_at=now() - timedelta(minutes=11)))
    assert browser.get("/guichet/bilan").status_code == 404


def test_it_ends_with_the_agents_right(family: Portal) -> None:
    browser = enters(family)

    family.receives(
        accounts.subject_changed,
        "identity",
        subject=HELENE,
        kind="agent",
        name="Guichet unique",
        version=2,
        not_before=now() + timedelta(seconds=1),
        active=True,
        rights=[],
    )

    assert browser.get("/semaine").location == "/guichet/bilan"


def test_where_identity_no_longer_stands_for_it_nothing_more_is_shown(family: Portal) -> None:
    browser = enters(family)
    family.callees.answers("dossier", guardians.my_children, NotSignedIn())

    assert browser.get("/enfants").location == "/guichet/bilan"
    assert "La session est terminée" in main_of(browser.get("/guichet/bilan").text)


def test_the_day_of_the_visit_is_said_in_words(family: Portal) -> None:
    browser = enters(family)
    posts(browser, "/guichet/terminer")

    assert str(today().year) in main_of(browser.get("/guichet/bilan").text)


def test_every_page_says_what_it_stands_for_at_the_counter_or_stays_closed(family: Portal) -> None:
    """A page in none of these lists would be open there and leave no line."""
    parts = {
        rule.endpoint.partition(".")[0]
        for rule in family.site.url_map.iter_rules()
        if "." in rule.endpoint
    }

    named = visit_rules.PARTS.keys() | visit_rules.CLOSED_PARTS | visit_rules.OPEN_PARTS
    assert parts - named == set()


def test_every_act_that_a_counter_may_do_is_written_down_in_words(family: Portal) -> None:
    posted = {
        rule.endpoint
        for rule in family.site.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and rule.endpoint.partition(".")[0] in visit_rules.PARTS
        and not visit_rules.is_closed_while_accompanied(rule.endpoint)
    }

    assert posted - visit_rules.ACTIONS - NO_ACTIONS == set()
    assert visit_labels.ACTIONS.keys() == visit_rules.ACTIONS
