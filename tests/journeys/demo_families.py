"""Families of the demonstration as strangers look for them: their ids, and what names them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.enrolment.messages import conversations
from shared.contracts.enrolment.places import family_acts
from shared.runtime.ids import new_id
from tests.journeys.bus import guardian
from tests.journeys.databases import one
from tests.journeys.town import DemoTown

WRITTEN = "Une question du matin"
ASKED = "Une demande que moi seule connais"


@dataclass(frozen=True)
class Family:
    """A household of the demonstration, what stands for its ids, and what names it."""

    values: Mapping[str, str]
    secrets: tuple[str, ...]

    @property
    def ids(self) -> set[str]:
        return {value for value in self.values.values() if len(value) == 36}


NOT_IN_THE_DEMO = (
    *("handover_id", "attachment_id", "mandate_id", "paper_id", "renewal_id"),
    *("passkey_id", "person_request_id", "registration_id", "access_id"),
    *("request_id", "enrolment_id", "waiver_id"),
)


def family(town: DemoTown, reference: str, first_name: str, *secrets: str) -> Family:
    """Find a household of the demo and one of its children in the services' own databases."""
    home = one(town, "dossier", "SELECT id FROM household WHERE reference = ?", reference)
    child = one(
        town,
        "dossier",
        "SELECT c.id FROM child c JOIN child_household h ON h.child_id = c.id"
        " WHERE h.household_id = ? AND c.first_name = ?",
        home,
        first_name,
    )
    bill = "SELECT {} FROM invoice WHERE household_id = ? ORDER BY id LIMIT 1"
    place = "SELECT {} FROM place WHERE child_id = ?"
    values = {
        "household_id": home,
        "child_id": child,
        "child": child,
        "enfant": child,
        "invoice_id": one(town, "billing", bill.format("id"), home),
        "payment_id": one(town, "billing", "SELECT id FROM payment WHERE household_id = ?", home),
        "certificate_id": new_id(),
        "order_id": new_id(),
        "place_id": one(town, "enrolment_ens", place.format("id"), child),
        "application_id": one(town, "enrolment_ens", place.format("application_id"), child),
        "session": one(
            town, "enrolment_ens", "SELECT session_id FROM booking WHERE child_id = ?", child
        ),
        "activity_id": one(town, "enrolment_ens", "SELECT id FROM activity WHERE code = 'canteen'"),
        "provider": "ens",
        "regie": "ens",
        "code": "ens",
        "line": "1",
        "thread_id": one(
            town, "enrolment_ens", "SELECT thread_id FROM thread_child WHERE child_id = ?", child
        ),
        "slug": "sante",
        "language": "en",
        "reference": "2026-0000",
        "key": "no-key",
        "token": "no-token",
        "secret": "no-secret",
        "channel": "push",
        "drawing": "icone-192.png",
        "postcode": "28990",
        **{name: new_id() for name in NOT_IN_THE_DEMO},
    }
    number = one(town, "billing", bill.format("number"), home)
    return Family(values, (*secrets, f"{number[:4]}-ENS-{number[-6:]}"))  # as a page says it


OTHER_GROUP = """
SELECT id FROM activity_group WHERE activity_id NOT IN (
    SELECT g.activity_id FROM place p JOIN activity_group g ON g.id = p.group_id WHERE child_id = ?
)
"""


def home_that_wrote(town: DemoTown) -> Family:
    """Return the mother's home of Jade, who has another one; she writes, and asks alone."""
    with guardian(town, "aurelie.besson@example.org") as ask:
        (jade,) = [c for c in ask(guardians.my_children).children if c["first_name"] == "Jade"]
        ask(
            conversations.start_thread,
            to="enrolment_ens",
            kind="question",
            title=WRITTEN,
            child_ids=[jade["id"]],
            body=WRITTEN,
            name="Aurélie Besson",
        )
        applied = ask(
            family_acts.apply,
            to="enrolment_ens",
            child_id=jade["id"],
            group_id=one(town, "enrolment_ens", OTHER_GROUP, jade["id"]),
            link_version=ask(guardians.open_link, child_id=jade["id"], provider="ens").version,
        )
        asked = ask(
            person_requests.file_person_request,
            kind=person_requests.ACCESS,
            provider=person_requests.TOWN,
            child_id=jade["id"],
            text=ASKED,
        )
    home = family(town, "F006", "Jade", WRITTEN, ASKED, "46 rue de la Rivière", "06 39 98 35 92")
    own = {
        "person_request_id": asked.person_request_id,
        "application_id": applied.application_id,  # of a place that came with an import both may
    }
    return replace(home, values={**home.values, **own})
