"""
A mother who is protected, and what she says before and since: each word stands nowhere else.

Sabrina and Grégory live with Zacharie and Milan. At the front desk she is given a home of her own;
from there she tells, asks, writes, moves and pays, as a family does, through the portal's pages.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import lxml.html
import requests

from deploy.demo.payfip_stub.page import PAID_BY_CARD
from deploy.processes.ops_requests import ops_client
from shared.contracts.dossier.families import imported_households
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import sent_files
from tests.journeys import shielded_year
from tests.journeys.bus import until
from tests.journeys.databases import found, one
from tests.journeys.over_http import Walker
from tests.journeys.strangers import signs_in
from tests.journeys.town import DemoTown

HERS, HIS = "sabrina.quemeneur@example.org", "gregory.quemeneur@example.net"
HER_NAME = "Sabrina Quéméneur"

BEFORE = "Voisine Canaribelle"
"""Neighbour named while both lived together: he knows of her, and goes on reading it."""

CANARIES = {
    "street": "Impasse Canaribleu",
    "street since": "Quai Canarivert",
    "postcode": "28963",
    "commune": "Villecanari",
    "commune since": "Canarisur-Loire",
    "person": "Canarifuge",
    "telephone": "06 39 98 74 41",
    "collects": "Canariporte",
    "school": "École Canarilis",
    "title": "Objet canarituel",
    "text": "Texte canarimage",
    "file": "canaripreuve",
    "quotient": "1 237",
    "payer": "canarimel.example",
    "request": "Demande canaricachée",
    "e-mail": HERS,
}
CANARIES |= shielded_year.CANARIES
"""All that she says since she is protected, each found by its own word."""


SECRET = (
    *("household_id", "invoice_id", "thread_id", "application_id", "attachment_id"),
    *("access_id", *shielded_year.SCHOOL_IDS),
)
"""Ids that stand for something of her home alone."""


@dataclass(frozen=True)
class Shielded:
    """
    The scene: ids that stand in addresses of hers and of his, and both parents, signed in.

    `at` has more of them, of each desk; `streamed` is what the father's open page was told since.
    """

    ids: Mapping[str, str]
    his: Mapping[str, str]
    at: Mapping[str, Mapping[str, str]]
    mother: Walker
    father: Walker
    streamed: "Stream"

    @property
    def canaries(self) -> dict[str, str]:
        """Return the words, and the ids of what is hers alone."""
        return (
            CANARIES
            | {"person before": BEFORE}
            | {f"id of {name}": self.ids[name] for name in SECRET}
        )


def shielded(town: DemoTown, agent: Callable[[str, str], Walker]) -> Shielded:
    """Protect the mother, and let her tell, ask, write, move and pay."""
    mother, father = parent(town, HERS), parent(town, HIS)
    home = one(town, "dossier", "SELECT id FROM household WHERE reference = 'F042'")
    zacharie, milan = (
        one(town, "dossier", "SELECT id FROM child WHERE reference = ?", reference)
        for reference in ("E061", "E062")
    )
    subject = one(town, "dossier", "SELECT id FROM guardian WHERE reference = 'F042-1'")
    tells_before(mother, zacharie)
    hers = is_protected(agent("front_desk", "mathilde.besson"), home, subject, milan)
    until(lambda: hers in mother.opens("/adresse").url)
    stream = Stream.of(father)
    ids = {"household_id": hers, "child_id": zacharie}
    tells_since(town, mother, ids)
    thread, attachment = writes(town, mother, zacharie)
    application = asks_for_judo(town, mother, milan)
    bill = is_billed(town, agent("agg", "yann.le.goff"), mother, hers)
    payment = pays(town, mother, bill)
    schooled = shielded_year.is_schooled(town, mother, agent, zacharie)
    access = shielded_year.opens_the_week(town, mother, zacharie)
    shielded_year.receives_an_adult(agent("front_desk", "mathilde.besson"), hers, zacharie)
    request = "SELECT id FROM person_request WHERE asked_by = ?"
    common = {"guardian_id": subject, "subject": subject}
    return Shielded(
        ids=common
        | children(milan)
        | {
            "household_id": hers,
            "invoice_id": bill,
            "payment_id": payment,
            "thread_id": thread,
            "attachment_id": attachment,
            "application_id": application,
            "person_request_id": one(town, "dossier", request, subject),
            "access_id": access,
            **schooled,
        },
        his=common | children(zacharie) | of_his(town, home),
        at={code: at_desk(town, code, child) for code, child in desks(zacharie, milan)},
        mother=mother,
        father=father,
        streamed=stream,
    )


def children(child: str) -> dict[str, str]:
    """Return a child under the names that addresses have for it."""
    return dict.fromkeys(("child_id", "child", "enfant"), child)


def of_his(town: DemoTown, home: str) -> dict[str, str]:
    """Return the ids of what the father has in the home that both had."""
    bill = one(town, "billing", "SELECT id FROM invoice WHERE household_id = ?", home)
    names = (
        *("payment_id", "thread_id", "attachment_id", "application_id", "person_request_id"),
        *("access_id", *shielded_year.SCHOOL_IDS),
    )
    return {"household_id": home, "invoice_id": bill, **{name: new_id() for name in names}}


def desks(zacharie: str, milan: str) -> list[tuple[str, str]]:
    """Return which of the children each provider has."""
    return [("ens", zacharie), ("agg", milan)]


def at_desk(town: DemoTown, code: str, child: str) -> dict[str, str]:
    """Return the ids of what a provider has of a child: its place, group, activity and a day."""

    def of(query: str) -> str:
        return one(town, f"enrolment_{code}", query, child)

    group = "FROM place p JOIN activity_group g ON g.id = p.group_id WHERE p.child_id = ?"
    return {
        "place_id": of("SELECT id FROM place WHERE child_id = ?"),
        "group_id": of(f"SELECT g.id {group}"),
        "activity_id": of(f"SELECT g.activity_id {group}"),
        "session_id": of("SELECT session_id FROM booking WHERE child_id = ? ORDER BY 1"),
        "target_id": of("SELECT session_id FROM booking WHERE child_id = ? ORDER BY 1"),
        "run_id": one(
            town, "billing", "SELECT id FROM billing_run WHERE provider = ? ORDER BY id", code
        ),
        **{
            f"{table}_id": one(town, f"enrolment_{code}", f"SELECT id FROM {of_table}")
            for table, of_table in SCHOOL_TABLES.items()
        },
        "provider": code,
    }


SCHOOL_TABLES = {
    "school": "school",
    "class": "school_class",
    "director": "school_director",
    "moves": "pupil_moves",
}
"""Tables of a school service, by the word before `_id` in its addresses."""


@dataclass
class Stream:
    """Lines of the stream beside an open page, from when it was opened on."""

    lines: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, visitor: Walker) -> "Stream":
        """Open the stream of somebody's first page, and go on reading beside the test."""
        body = lxml.html.fromstring(visitor.opens("/").text).xpath("//body")[0]
        asked = {"depuis": body.get("data-since") or ""}
        answer = visitor.http.get(
            str(body.get("data-live")), params=asked, stream=True, timeout=(20, None)
        )
        assert answer.status_code == 200, answer.status_code
        stream = cls()
        threading.Thread(target=stream._reads, args=(answer,), daemon=True).start()
        return stream

    def _reads(self, answer: requests.Response) -> None:
        with contextlib.suppress(requests.RequestException):
            self.lines.extend(line for line in answer.iter_lines(decode_unicode=True) if line)


def parent(town: DemoTown, login: str) -> Walker:
    """Let a parent sign in to the portal over http."""
    visitor = signs_in(town, login)
    return Walker(login, town.portal, visitor.http, visitor.token)


def tells_before(mother: Walker, child: str) -> None:
    """Name somebody to call while both parents live in one home."""
    page = f"/enfants/{child}/personnes-a-appeler"
    mother.sends(page, **person(2, BEFORE, "06 39 98 11 12"))


def person(at: int, name: str, phone: str) -> dict[str, str]:
    """Return the fields of a person in a form of several."""
    row = {"name": name, "relation": "proche", "phone": phone}
    return {f"people-{at}-{field}": value for field, value in row.items()}


def is_protected(agent: Walker, home: str, subject: str, milan: str) -> str:
    """Protect the mother at the front desk, with a home of her own; return its id."""
    paper = {"paper": "ordonnance de protection", "paper_date": "2026-09-01", "sure": "yes"}
    address = {
        "street": f"7 {CANARIES['street']}",
        "postcode": CANARIES["postcode"],
        "commune": CANARIES["commune"],
    }
    page = f"/dossiers/{home}/situation/proteger"
    lives = {f"lives-{milan}": "leaves"}
    answer = agent.sends(page, guardians=subject, **lives, **address, **paper)
    return answer.url.removesuffix("/situation").rpartition("/")[2]


def tells_since(town: DemoTown, mother: Walker, ids: Mapping[str, str]) -> None:
    """Tell whom to call, who collects, the quotient, a second move, a request."""
    zacharie, home = ids["child_id"], ids["household_id"]
    refuge = person(0, CANARIES["person"], CANARIES["telephone"])
    mother.sends(f"/enfants/{zacharie}/personnes-a-appeler", **refuge)
    collects = person(1, CANARIES["collects"], "06 39 98 74 42")
    mother.sends(f"/enfants/{zacharie}/qui-vient-chercher", **collects)
    mother.sends("/quotient", amount=CANARIES["quotient"].replace(" ", ""))
    mother.sends(
        f"/adresse/{home}",
        street=f"9 {CANARIES['street since']}",
        postcode=CANARIES["postcode"],
        insee="other",
        commune=CANARIES["commune since"],
        valid_from=(today() + timedelta(days=1)).isoformat(),
    )
    asked = {"kind": "access", "whom": zacharie, "provider": "ville"}
    mother.sends("/vos-droits/nouvelle", **asked, text=CANARIES["request"])
    changes_school(town)


def changes_school(town: DemoTown) -> None:
    """Let the school list of the town's other software bring a new school, with both parents."""
    with ops_client(town.applied) as client:
        client.ask(
            imported_households.import_household,
            imported_households.ImportHouseholdRequest(
                reference="F042",
                guardians=[
                    {"reference": "F042-1", "name": HER_NAME, "email": ""},
                    {"reference": "F042-2", "name": "Grégory Quéméneur", "email": ""},
                ],
                children=[
                    {
                        "reference": "E061",
                        "guardians": ["F042-1", "F042-2"],
                        "sections": {"schooling": {"school": CANARIES["school"], "grade": "CE1"}},
                        "links": [],
                        "weeks": None,
                        "changes_on": 5,
                        "changes_at": None,
                        "course": [],
                    }
                ],
            ),
            deadline=20.0,
        )


def writes(town: DemoTown, mother: Walker, child: str) -> tuple[str, str]:
    """Write to the school service with a file; return the thread and the attachment."""
    until(lambda: child in mother.opens("/messages/ecrire/ens").text)
    file = (f"{CANARIES['file']}.pdf", sent_files.document(), "application/pdf")
    mother.sends(
        "/messages/ecrire/ens",
        files={"files": file},
        kind="question",
        title=CANARIES["title"],
        body=CANARIES["text"],
        children=child,
    )
    thread = "SELECT thread_id FROM thread_child WHERE child_id = ? ORDER BY thread_id DESC"
    thread_id = one(town, "enrolment_ens", thread, child)
    query = "SELECT id FROM attachment WHERE thread_id = ?"
    return thread_id, one(town, "enrolment_ens", query, thread_id)


def asks_for_judo(town: DemoTown, mother: Walker, child: str) -> str:
    """Ask for a place at the agglomeration; return the application, once it is a place."""
    activity = one(town, "enrolment_agg", "SELECT id FROM activity WHERE code = 'judo'")
    group = one(
        town, "enrolment_agg", "SELECT id FROM activity_group WHERE label LIKE 'Judo 9-12%'"
    )
    asked = {"child": child, "group": group, "from_day": today().isoformat()}
    mother.sends(f"/activites/agg/{activity}", **asked)
    place = "SELECT application_id FROM place WHERE child_id = :child"
    return str(until(lambda: found(town, "enrolment_agg", place, child=child))[0][0])


def is_billed(town: DemoTown, regisseur: Walker, mother: Walker, home: str) -> str:
    """Let the agglomeration bill this month; return her bill, once she sees it."""
    until(
        lambda: found(town, "billing", "SELECT 1 FROM held_place WHERE household_id = :h", h=home)
    )
    closing = f"/regie/facturer/{today():%Y-%m}"
    reason = {}
    if 'name="reason"' in regisseur.opens(closing).text:  # a group of today may be over, and open
        reason = {"reason": "Les groupes d’aujourd’hui seront facturés le mois prochain."}
    page = regisseur.sends(closing, regie="agg", **reason)
    run = page.url.partition("?")[0]
    until(lambda: f"{urlsplit(run).path}/emettre" in regisseur.opens(run).text, 60)
    regisseur.sends(f"{run}/emettre", total=total_of(regisseur.opens(f"{run}/emettre")))
    query = "SELECT id FROM invoice WHERE household_id = :home"
    bill = str(until(lambda: found(town, "billing", query, home=home), 60)[0][0])
    until(lambda: mother.opens(f"/factures/{bill}").status_code == 200)
    return bill


def total_of(page: requests.Response) -> str:
    """Return the total that the régisseur confirms, as the page carries it."""
    return str(lxml.html.fromstring(page.text).xpath("//input[@name='total']/@value")[0])


def pays(town: DemoTown, mother: Walker, bill: str) -> str:
    """Pay a bill by card, at the bank of demonstration; return the payment once it is booked."""
    leads = mother.sends(f"/factures/{bill}/payer", email=f"payeuse@{CANARIES['payer']}")
    bank = lxml.html.fromstring(leads.text).xpath("//main//a[contains(@class, 'button')]/@href")
    mother.sends(str(bank[0]), pressed={"choix": PAID_BY_CARD})
    query = (
        "SELECT p.id FROM payment p JOIN invoice i ON i.household_id = p.household_id"
        " WHERE i.id = :bill"
    )
    return str(until(lambda: found(town, "billing", query, bill=bill), 60)[0][0])
