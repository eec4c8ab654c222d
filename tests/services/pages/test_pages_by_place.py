"""A right at one site: of the other sites of the same provider the desk says and takes nothing."""

import re
import sys
from collections.abc import Collection, Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from services.enrolment.children.queries import reach_of_right
from services.enrolment.models import (
    Application,
    Booking,
    FoodAnnounced,
    Mark,
    Message,
    RollCall,
    Session,
    ThreadChild,
)
from services.enrolment.store import store
from shared.contracts.identity import accounts
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories.enrolment import Desk, Provider
from tests.factories.two_sites import NORTH, Site, lead, rows

__all__ = ["lead"]


def app_of(desk: Desk) -> Flask:
    return desk.client.application


def addresses(
    desk: Desk, values: Mapping[str, str], endpoints: Collection[str] = ()
) -> dict[str, str]:
    """
    Return by route the address of every page, or of some.

    Unknown ids stand where there is no value for a part.
    """
    urls = app_of(desk).url_map.bind("localhost")
    return {
        f"{rule.endpoint} {rule.rule}": urls.build(
            rule.endpoint, {part: _value(rule, part, values) for part in rule.arguments}
        )
        for rule in app_of(desk).url_map.iter_rules()
        if "GET" in (rule.methods or ()) and (not endpoints or rule.endpoint in endpoints)
    }


def _value(rule: Rule, part: str, values: Mapping[str, str]) -> str | int:
    numbered = f"<int:{part}>" in rule.rule
    return 1 if numbered else values.get(part, new_id())


def leaks(desk: Desk, site: Site, endpoints: Collection[str] = ()) -> dict[str, int]:
    """Return the pages, of all or of some, on which an agent reads of a site, by their route."""
    found = {}
    for route, path in addresses(desk, site.values, endpoints).items():
        for query in ("", f"?q={site.secrets[0]}&voir=toutes", "?fichier=csv"):
            answer = desk.client.get(path + query)
            if answer.mimetype == "application/pdf" or _tells(answer.data, site):
                found[route] = answer.status_code
    return found


def _tells(page: bytes, site: Site) -> bool:
    """Say whether a page has a word of a site in it, besides what was typed into the search."""
    shown = unescape(re.sub(r'(value|href)="[^"]*"', "", page.decode()))
    for secret in site.secrets:
        shown = re.sub(rf"«\s*{secret}\s*»", "", shown)
    return any(secret in shown for secret in site.secrets)


def telling(desk: Desk, site: Site, endpoints: Collection[str]) -> set[str]:
    """Return which of these endpoints tell of a site."""
    return {route.partition(" ")[0] for route in leaks(desk, site, endpoints)}


def post(desk: Desk, path: str, **body: Any) -> Any:
    token = desk.client.get("/pointage/etat.json").json["csrf"]  # type: ignore[index]
    return desk.client.post(path, json=body, headers={"x-csrftoken": token})


@pytest.mark.both_databases
def test_an_agent_of_one_site_reads_of_the_other_one_nowhere(lead: Desk, south: Site) -> None:
    assert leaks(lead, south) == {}


def test_what_is_of_the_own_site_is_there_on_every_kind_of_page(lead: Desk, north: Site) -> None:
    pages = {
        *(
            "today.show",
            "today.show_unknown_child",
            "expected.show",
            "closures.show_closable_sites",
        ),
        *("roll_lists.list_sessions", "roll_lists.show_list", "relays.list_today"),
        *(
            "waiting.show_children_with_unseen",
            "children.search",
            "children.show",
            "week_days.show",
            "outings.show",
        ),
        *("expected.show_children", "expected.show_collecting", "expected.show_week"),
        *("planning.show", "child_days.show", "child_days.show_day", "waiting.show_group"),
        *("applications.show", "applications.show_activity", "applications.show_group"),
        *(
            "applications.show_one",
            "groups.show_occupancy_of_groups",
            "groups.show_one",
            "entering.show",
        ),
        *("messages.show", "messages.show_thread", "message_opening.compose", "bulletins.show"),
    }

    assert telling(lead, north, pages) == pages


def test_with_this_wall_taken_away_the_pages_tell_of_the_other_site(
    lead: Desk, south: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everywhere(*_asked: object) -> reach_of_right.Reach:
        return reach_of_right.EVERYWHERE

    for module in _users_of("make_reach_of_places"):
        monkeypatch.setattr(module, "make_reach_of_places", everywhere)

    pages = {
        *("today.show", "expected.show", "roll_lists.list_sessions", "roll_lists.show_list"),
        *(
            "children.show",
            "waiting.show_children_with_unseen",
            "applications.show_group",
            "groups.show_occupancy_of_groups",
        ),
        *("messages.show", "messages.show_thread", "relays.list_today", "outings.show"),
        *("planning.show", "child_days.show", "waiting.show_group"),
        *("expected.show_children", "expected.show_collecting", "expected.show_week"),
    }

    assert telling(lead, south, pages) == pages


def _users_of(name: str) -> list[Any]:
    return [
        module
        for known, module in list(sys.modules.items())
        if known.startswith("services.enrolment.") and hasattr(module, name)
    ]


def test_an_agent_reads_at_which_places_it_works(lead: Desk, north: Site) -> None:
    assert f"Vos lieux : {NORTH}." in lead.sees("/")
    found = lead.sees("/enfants?q=personne")
    assert f"Vos lieux : {NORTH}." in found and "Aucun enfant à ce nom dans vos lieux" in found


def test_nothing_of_the_other_site_can_be_done(lead: Desk, north: Site, south: Site) -> None:
    tables = (Application, Booking, FoodAnnounced, Message, RollCall, Mark, Session)
    before = {model: rows(model) for model in tables}
    there, own = south.values, north.values["child_id"]
    activity, child = there["activity_id"], there["child_id"]

    for path, form in {
        f"/demandes/{there['application_id']}/accepter": {},
        f"/demandes/{there['application_id']}/refuser": {"reason": "full"},
        f"/demandes/{there['application_id']}/terminer": {"last_day": today().isoformat()},
        f"/demandes/activite/{activity}/attribuer": {},
        f"/demandes/activite/{activity}/tirage": {"seed": "1234"},
        f"/demandes/nouvelle/{child}": {"group": there["group_id"], "channel": "desk"},
        f"/demandes/nouvelle/{own}": {"group": there["group_id"], "channel": "desk"},
        f"/enfants/{child}/vu/allergies": {"version": "1"},
        f"/enfants/{child}/places/{there['place_id']}/jours": {"from_day": today().isoformat()},
        f"/gouters/{there['session_id']}": {"do": "announce"},
        f"/messages/{there['thread_id']}": {"body": "Bonjour"},
        f"/messages/{there['thread_id']}/sans-reponse": {},
        f"/messages/nouveau/{child}": {"body": "Bonjour", "title": "x", "kind": "practical"},
        f"/a-reconnaitre/{there['unknown_id']}": {"child_id": child},
        f"/a-reconnaitre/{north.values['unknown_id']}": {"child_id": child},
    }.items():
        answer = lead.sends(path, at="/", **form)
        assert answer.status_code in (404, 422), (path, answer.status_code)
    lead.sends("/fermetures", at="/fermetures", activities=activity, reason="strike")
    for act in ("cloture", "reouverture", "urgence"):
        path = f"/pointage/seances/{there['session_id']}/{act}"
        assert post(lead, path, id=new_id()).status_code == 404
    target = f"group:{there['group_id']}"
    said = lead.sends("/messages/informations", at="/", target=target, title="x", body="y")
    assert said.status_code == 422

    assert {model: rows(model) for model in tables} == before


def test_marks_are_taken_of_the_own_site_and_refused_of_the_other(
    lead: Desk, north: Site, south: Site
) -> None:
    def sent(session: str, child: str) -> str:
        mark = {"id": new_id(), "made_at": now().isoformat(), "by": new_id(), "kind": "present"}
        mark |= {"session_id": session, "child_id": child, "after": []}
        answer = post(lead, "/pointage/envoi", device_now=now().isoformat(), marks=[mark]).json
        assert answer is not None
        return str(answer["refused"].get(mark["id"], "taken"))

    here, there = north.values, south.values
    assert sent(here["session_id"], here["child_id"]) == "taken"
    assert sent(there["session_id"], there["child_id"]) == "no_session"
    assert sent(here["session_id"], there["child_id"]) == "no_child"
    lead.sees(f"/enfants/{there['child_id']}", status=404)


def test_a_right_narrowed_to_another_site_is_so_at_the_next_page(
    ens: Provider, north: Site, south: Site
) -> None:
    desk, subject = make.desk_of(ens), ens.has_agent("kitchen")
    desk.signs_in(subject)
    page = f"/enfants/{north.values['child_id']}"
    desk.sees(page)

    rights = [{"role": "kitchen", "place": south.place, "valid_from": today(), "valid_to": None}]
    ens.has_agent(subject=subject, version=2, rights=rights)

    desk.sees(page, status=404)
    assert "Sudel" in desk.sees(f"/enfants/{south.values['child_id']}")


def test_of_a_child_of_two_sites_each_role_shows_what_it_sees_where_it_holds(
    ens: Provider, north: Site, south: Site
) -> None:
    here = {"place": north.place, "valid_from": today(), "valid_to": None}
    there = here | {"place": south.place}
    rights = [{"role": "school_desk", **here}, {"role": "kitchen", **there}]
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent(rights=rights))

    at_desk = desk.sees(f"/enfants/{north.values['child_id']}")
    at_kitchen = desk.sees(f"/enfants/{south.values['child_id']}")

    assert "CE1 Nordil" in at_desk and "rachide" not in at_desk
    assert "rachide" in at_kitchen and "CE1 Sudel" not in at_kitchen


def test_a_right_at_one_group_reaches_its_children_and_not_the_sites_others(
    ens: Provider, north: Site
) -> None:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead", places=[f"group:{north.group.id}"]))

    assert "Nordil" in desk.sees(f"/groupes/{north.group.id}")
    desk.sees("/rentree", status=404)
    desk.sees("/ecoles", status=404)


def test_a_child_who_left_stays_in_reach_for_a_day_and_no_longer(
    ens: Provider, north: Site
) -> None:
    with store.read() as read:
        within = reach_of_right.make_reach_of_places(read, {north.place}, today())
        later = reach_of_right.make_reach_of_places(
            read, {north.place}, today() + timedelta(days=400)
        )

        assert within.has_child(read, north.home.child.id)
        assert later.has_child(read, north.home.child.id), "its place has no end"
        assert not within.has_child(read, new_id())


def test_a_family_that_writes_of_children_of_two_sites_is_read_by_the_whole_provider(
    ens: Provider, lead: Desk, north: Site, south: Site
) -> None:
    with store.write() as write:
        both = {"thread_id": north.values["thread_id"], "child_id": south.values["child_id"]}
        write.add(ThreadChild(**both))

    lead.sees(f"/messages/{north.values['thread_id']}", status=404)
    assert "Absence du service" not in lead.sees("/messages"), "that is said for all sites"
    lead.sees("/messages/absence", status=404)


def test_every_part_of_an_address_is_known_to_the_wall(lead: Desk, north: Site) -> None:
    answers = {
        route: lead.client.get(path).status_code
        for route, path in addresses(lead, north.values).items()
    }

    assert {route for route, status in answers.items() if status == 500} == set()


def test_an_event_without_places_is_of_the_whole_provider(ens: Provider) -> None:
    days = {"valid_from": today(), "valid_to": None}
    ens.receives_event(
        accounts.subject_changed,
        subject=(subject := new_id()),
        kind="agent",
        name="Sophie Bernard",
        version=1,
        not_before=now() - timedelta(hours=1),
        active=True,
        rights=[{"role": "kitchen", **days}],
    )
    desk = make.desk_of(ens)
    desk.signs_in(subject)

    desk.sees("/enfants")
