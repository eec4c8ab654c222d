"""
Every page, file, answer, letter and stream, as everybody from whom a protected home is hidden (R9).

The routes come from the applications' own maps and the methods from the register: one that is added
is walked too, and fails here until something stands for its variable parts. Each stranger is shown
what the table says, and has to be shown it: an empty walk would fail.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, timedelta
from importlib import import_module
from itertools import product
from pkgutil import walk_packages
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests

from shared import contracts
from shared.bus.client import Client
from shared.contracts.errors import Refusal
from shared.contracts.identity import sign_ins
from shared.contracts.message import Method
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.journeys import shielded, shielded_year
from tests.journeys.databases import stored, storing
from tests.journeys.letters import letters_of
from tests.journeys.over_http import LEADS_OUT, Walker, said
from tests.journeys.route_map import Route, routes_of
from tests.journeys.shielded import CANARIES, HIS, SECRET, Shielded
from tests.journeys.strangers import fill, signed_in_at, state_of
from tests.journeys.town import PASSWORD, DemoTown
from tests.journeys.whose_pages import OWN_DOORS, is_of_both
from tests.night import ALL

SCHOOL_DESK = frozenset(
    {
        *("person", "telephone"),  # the care core, whom to call (R1)
        *("collects", "school"),  # the projections of a school (R2)
        *("title", "text", "file", "id of thread_id", "id of attachment_id"),  # she wrote (0020)
        "id of household_id",  # to whom an agent writes: the home is chosen, not named
        *("street of certificate", "street of request", "waiver"),  # asked of the school (0085)
        *(f"id of {name}" for name in shielded_year.SCHOOL_IDS),
    }
)
REGIE_THAT_BILLED = frozenset(
    {
        "quotient",  # R11: a régie's role sees it, no other
        *("id of household_id", "id of invoice_id"),  # found by her bill alone (0050)
    }
)


@dataclass(frozen=True)
class Stranger:
    """A stranger at one of the applications, and what of the protected home is shown by right."""

    at: str
    told: frozenset[str] = frozenset()
    nightly: bool = False


STRANGERS = {
    HIS: Stranger("portal", frozenset({"person before"})),  # he knew of her: nothing is taken back
    "sandra.morel@example.com": Stranger("portal", nightly=True),
    "karim.haddad": Stranger("ens", SCHOOL_DESK),
    "sophie.bernard": Stranger("ens", frozenset({"person", "telephone"})),  # kitchen: R1 alone
    "claire.aubry": Stranger("ens", nightly=True),
    "odile.marchand": Stranger("ens"),  # a régie without a bill of hers finds nobody
    "malik.perrin": Stranger(
        "agg",
        frozenset({"person", "telephone", "id of application_id", "id of household_id"}),
        nightly=True,
    ),  # the care core (R1), her request for a place, and the home that he may write to
    "lea.moreau": Stranger("agg", frozenset({"person", "telephone"}), nightly=True),  # R1
    "yann.le.goff": Stranger("agg", REGIE_THAT_BILLED),
    "helene.marais": Stranger("front_desk"),
    "solene.vidal": Stranger("front_desk"),  # at his household, rights at both services show none
    "omar.delcourt": Stranger("front_desk", nightly=True),
    "frederique.arnaud": Stranger("front_desk", frozenset({"request"}), nightly=True),
    "mathilde.besson": Stranger(
        "front_desk", frozenset({"id of household_id", "school", "adult"}), nightly=True
    ),  # she protects, and corrects what stands of the child (0067) and who answers for it (0081)
}

SEARCHED = [
    f"{page}?q={quote(name)}"
    for page in (
        *("/enfants", "/demandes/nouvelle", "/messages/nouveau", "/pointage/enfants.json"),
        *("/regie/payeurs", "/regie/encaisser"),
    )
    for name in ("Quéméneur", "Zacharie Quéméneur", "Sabrina")
]
"""Searches by which a desk finds children and payers, for the names that everybody knows."""
LINKS = 40
"""Number of addresses that stand on pages and are opened, beside those of the map."""


@pytest.fixture(scope="module")
def shielded_home(town: DemoTown) -> Shielded:
    """Give the mother who is protected, with all that she said since."""
    return shielded.shielded(town, lambda at, login: agent(town, at, login))


def agent(town: DemoTown, at: str, login: str) -> Walker:
    """Let an agent sign in at a desk."""
    visitor = signed_in_at(town, at, login)
    return Walker(login, town.desk(at), visitor.http, visitor.token)


def stranger(town: DemoTown, login: str) -> Walker:
    at = STRANGERS[login].at
    return shielded.parent(town, login) if at == "portal" else agent(town, at, login)


@dataclass
class Seen:
    """Findings of a walk: by canary, the pages on which it stands."""

    canaries: Mapping[str, str]
    on: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    pages: int = 0

    def looks(self, where: str, answer: requests.Response, *, asked: str = "") -> None:
        """Note which canaries stand in an answer; a page repeats the ids that it was asked for."""
        self.pages += 1
        shown = said(answer)
        for name, word in self.canaries.items():
            if word in shown and not (word in asked and not answer.ok):
                self.on[name].add(where)


def addresses(town: DemoTown, at: str, home: Shielded) -> dict[str, str]:
    """Return the rule of every page by address: with ids of hers, of his, and by searches."""
    found = {}
    principal = at if at in ("portal", "front_desk") else f"enrolment_{at}"
    for route in routes_of(town.applied, principal):
        if route.method != "GET" or route.endpoint.startswith(OWN_DOORS):
            continue
        if not LEADS_OUT.search(route.rule):
            for values in values_of(route, at, home):
                found[fill(route, values)] = route.rule
    if at in home.at:
        found |= {search: search for search in SEARCHED}
    return found


def values_of(route: Route, at: str, home: Shielded) -> Iterator[dict[str, str]]:
    """Give what stands for the variable parts of a route; one without a value fails in `fill`."""
    if not route.arguments:
        yield {}
        return
    choices = re.search(r"<any\(([^)]*)\):(\w+)>", route.rule)
    named = re.findall(r"'([^']+)'", choices[1]) if choices and choices[2] == "slug" else []
    slugs = named or [PARTS["slug"]]
    places = home.at.values() if at == "portal" else (home.at.get(at, {}),)
    tariff = {"code": "canteen"} if route.rule.startswith("/tarifs") else {}
    kinds = next((each for part, each in KINDS.items() if part in route.rule), ("closed",))
    for ids in (home.ids, home.his):
        for more in product(places, slugs, kinds):
            place, slug, kind = more
            month = {"month": f"{today():%Y-%m}"}
            yield {**PARTS, **month, **ids, **place, "slug": slug, "kind": kind, **tariff}


KINDS = {"/pointage/": ("soins", "allergies", "evacuation"), "/tresor/": ("pes", "csv", "json")}
"""Files at addresses that say which is meant."""


PARTS = {
    **dict.fromkeys(
        (
            *("access_id", "separation_id", "kept_id", "other_id", "join_id"),
            *("activity_id", "away_id", "campaign_id", "carer_id", "certificate_id"),
            *("dispute_id", "group_id", "guardian_id", "handover_id", "lot", "lot_id"),
            *("mandate_id", "order_id", "paper_id", "place_id", "registration_id"),
            *("relay_id", "renewal_id", "return_id", "row_id", "run_id", "session_id"),
            *("barrier_id", "breach_id", "correction_id", "offer", "passkey_id", "question_id"),
            *("plan_id", "refund_id", "slip_id", "subject", "tablet_id", "unknown_id"),
        ),
        "00000000-0000-4000-8000-000000000000",
    ),
    "code": "ens",
    "first": "2026-10-17",
    "key": "no-key",
    "kind": "closed",
    "language": "en",
    "last": "2026-11-01",
    "line": "1",
    "number": "0",
    "projection": "care_core",
    "provider": "ens",
    "reference": "2026-0000",
    "regie": "ens",
    "slug": "personnes-a-appeler",
    "token": "no-token",
    "secret": "no-secret",
    "channel": "push",
    "drawing": "icone-192.png",
    "postcode": "28990",
    "year": "2026-2027",
}
"""Values for variable parts that name nothing of hers; the scene's own ids come before them."""


def walk(town: DemoTown, visitor: Walker, at: str, home: Shielded) -> Seen:
    """Open everything that there is, by its address and by links; return what is seen there."""
    seen = Seen(home.canaries)
    for where, answer, asked in answers(town, visitor, at, home):
        seen.looks(where, answer, asked=asked)
    return seen


def answers(
    town: DemoTown, visitor: Walker, at: str, home: Shielded, links: int = LINKS
) -> Iterator[tuple[str, requests.Response, str]]:
    """Open one thing after another; give what each is, its answer, and what it was asked with."""
    opened: dict[str, requests.Response] = {}
    for address, rule in addresses(town, at, home).items():
        answer = opened[visitor.base + address] = visitor.opens(address)
        assert answer.status_code < 500, f"{visitor.name} {address}: {answer.status_code}"
        yield rule, answer, address
    if at == "front_desk" and "/chercher" in visitor.opens("/").text:
        for name in ("Quéméneur Zacharie", "Sabrina Quéméneur", "Grégory Quéméneur"):
            yield f"/chercher {name}", visitor.sends("/", name=name), ""
    for answer in visitor.follows_links(links, opened):
        yield urlsplit(answer.url).path, answer, ""


def nightly(login: str) -> Any:
    marks = [pytest.mark.nightly] if STRANGERS[login].nightly else []
    return pytest.param(login, marks=marks, id=login.partition("@")[0])


@pytest.mark.parametrize("login", [nightly(login) for login in STRANGERS])
def test_a_stranger_is_shown_what_is_told_by_right_and_nothing_else_of_a_protected_home(
    town: DemoTown, shielded_home: Shielded, login: str
) -> None:
    who = STRANGERS[login]

    seen = walk(town, stranger(town, login), who.at, shielded_home)

    untold = {name: sorted(on) for name, on in seen.on.items() if name not in who.told}
    assert untold == {}, f"{login} is shown"
    assert who.told - seen.on.keys() == set(), f"{login} is not shown what is told by right"
    assert seen.pages > 40


def test_the_family_itself_is_shown_all_of_it(town: DemoTown, shielded_home: Shielded) -> None:
    """Without this, canaries that were stored nowhere would pass; by day it ends with the last."""
    seen = Seen(shielded_home.canaries)
    asked_once = {"carer e-mail", "street of certificate"}

    mother = shielded_home.mother
    for where, answer, asked in answers(town, mother, "portal", shielded_home, links=200):
        seen.looks(where, answer, asked=asked)
        if not ALL and shielded_home.canaries.keys() - seen.on.keys() == asked_once:
            break

    assert shielded_home.canaries.keys() - seen.on.keys() == asked_once


def test_no_answer_on_the_bus_tells_the_other_parent_more_than_his_pages_do(
    town: DemoTown, shielded_home: Shielded
) -> None:
    register = town.applied.register_in_force() or {"calls": []}
    calls = {
        (row["callee"], row["method"]) for row in register["calls"] if row["caller"] == "portal"
    }
    known = {each.full_name: each for each in methods()}
    seen: dict[str, set[str]] = {}
    client = Client(Settings.from_env(town.applied.environment_of_principal("portal")))
    token = client.ask(sign_ins.sign_in, sign_ins.SignInRequest(HIS, PASSWORD)).token
    for callee, name in sorted(calls):
        if name in NOT_ABOUT_A_HOME:
            continue
        method = known[f"{callee.partition('_')[0]}.{name}"]
        if method.owner == "identity" or method.writes:
            continue
        for ids in (shielded_home.ids, shielded_home.his):
            for payload in payloads(method, ids):
                answer = outcome(client, method, callee, token, payload)
                told = {
                    canary
                    for canary, word in shielded_home.canaries.items()
                    if word in answer and word not in payload.values()
                }
                seen.setdefault(method.full_name, set()).update(told)
    client.close()

    assert {name: told for name, told in seen.items() if told - {"person before"}} == {}
    assert "person before" in seen["dossier.read_section"]
    assert len(seen) > 20


NOT_ABOUT_A_HOME = {
    *("find_bill", "payment_state_by_reference", "start_payment_by_reference"),  # with a key
    *("look_at_link", "read_registration", "open_registration"),  # of a draft
    *("quote", "note_notification"),  # of nobody; of the bank
    *("published_versions", "publish_again"),  # between services, of events that it has anyhow
}
"""Methods that anybody may ask: what they are asked with opens them, not who asks."""


def methods() -> Iterator[Method[Any, Any]]:
    """Give every method of the contracts."""
    for module in walk_packages(contracts.__path__, "shared.contracts."):
        yield from (
            each for each in vars(import_module(module.name)).values() if isinstance(each, Method)
        )


def payloads(method: Method[Any, Any], ids: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Give the requests of a method about these ids; a field without a value fails."""
    values = {**asked(), **ids}
    needed = [
        each
        for each in fields(method.request)  # type: ignore[arg-type]
        if each.default is MISSING and each.default_factory is MISSING
    ]
    payload = {each.name: values[each.name] for each in needed}
    sections = SECTIONS if "section" in payload else (None,)
    for section in sections:
        yield payload | ({"section": section} if section else {})


SECTIONS = ("identity", "contacts", "schooling", "pickup", "diet", "health", "custody", "swimming")


def asked() -> dict[str, Any]:
    """Return what stands for fields of requests that name nothing of hers."""
    return {
        "section": "contacts",
        "first": today(),
        "last": today() + timedelta(days=40),
        "part": 0,
        "certificate_id": new_id(),
        "paper_id": new_id(),
        "year": today().year - (today().month < 9),  # of a school year, the first
        "wanted": [],
        "on": today(),
        "email": "payeur@example.org",
        "regie": "ens",
        "cents": 5_000,
        "identity": {  # as a guardian types it who has CAF and MSA asked
            "birth_name": "Canari",
            "use_name": "",
            "first_names": ["Camille"],
            "sex": "M",
            "born_on": date(1987, 6, 27),
            "country": "99100",
            "commune": "Aubeval",
            "department": "28",
        },
    }


def outcome(
    client: Client, method: Method[Any, Any], callee: str, token: str, payload: Mapping[str, Any]
) -> str:
    """Return an answer as text, or the refusal with its detail."""
    try:
        answer = client.ask(method, method.request(**payload), to=callee, token=token)
    except Refusal as refusal:
        return f"{refusal.code} {refusal.detail}"
    return str(answer)


def test_no_letter_says_anything_of_it_and_none_but_hers_goes_to_her_address(
    town: DemoTown, shielded_home: Shielded
) -> None:
    told = []
    for letter in letters_of(town):
        body = letter.get_body(("plain", "html"))
        text = f"{letter['Subject']} {body.get_content() if body else ''}"
        told += [(str(letter["To"]), name) for name, word in CANARIES.items() if word in text]

    assert told == []


def test_no_provider_and_no_log_has_in_clear_what_her_year_brought(
    town: DemoTown, shielded_home: Shielded
) -> None:
    providers = [name for name in storing(town) if name.startswith("enrolment_")]
    kept = {name: stored(town, name) for name in providers}
    kept |= {
        path.name: path.read_bytes()
        for path in town.instance.home.rglob("*")
        if path.is_file() and ("enrolment_" in path.name or path.suffix == ".log")
    }
    words = [word.encode() for word in shielded_year.CANARIES.values()]

    in_clear = {name for name, content in kept.items() if any(word in content for word in words)}

    assert in_clear == set()
    enrolment = shielded_home.ids["enrolment_id"].encode()
    assert any(enrolment in content for content in kept.values()), "it was stored"


def test_the_stream_of_his_open_page_said_nothing_while_she_told_wrote_and_paid(
    shielded_home: Shielded,
) -> None:
    said_to_him = "\n".join(shielded_home.streamed.lines)

    assert [name for name, word in shielded_home.canaries.items() if word in said_to_him] == []
    assert shielded_home.streamed.lines != [], "his page was open"


def test_no_form_that_he_sends_with_her_ids_says_or_changes_anything(
    town: DemoTown, shielded_home: Shielded
) -> None:
    """All that he may change is of both: the child's sections, its services, its course."""
    ids = {shielded_home.ids[name] for name in SECRET}
    stores = ("dossier", "billing", "enrolment_ens", "enrolment_agg")
    before = state_of(town, stores, ids)
    found = []
    for route in routes_of(town.applied, "portal"):
        if route.method == "GET" or is_of_both(route) or route.endpoint.startswith(OWN_DOORS):
            continue
        values = next(values_of(route, "portal", shielded_home), {})
        answer = shielded_home.father.goes(route, values)
        shown = said(answer)
        found += [
            f"{route.rule}: {answer.status_code} {name}"
            for name, word in CANARIES.items()
            if word in shown
        ]
        assert answer.status_code < 500, route.rule

    assert found == []
    assert state_of(town, stores, ids) == before
