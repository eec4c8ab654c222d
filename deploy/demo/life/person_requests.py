"""Requests of two invented families on their data, as at the portal, for two pages to show."""

from uuid import UUID, uuid5

from deploy.demo.life.load_steps import Steps
from deploy.demo.life.signed_in_people import Pages
from deploy.demo.plan import Plan
from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.data_protection.person_requests import ACCESS, RECTIFICATION, TOWN
from shared.contracts.message import Empty

_ACTS = UUID("b7a51f0c-6d0e-4b0f-8c8e-0b7b5a1f5d10")
PLACES = (0, 4)
"""Positions of the two families' accounts, in the order of the people."""
ASKED = (
    (ACCESS, "Bonjour, je voudrais savoir ce que la ville garde de nous depuis la maternelle."),
    (RECTIFICATION, "Bonjour, notre nom est mal écrit sur les listes : il manque un accent."),
)


def file_person_requests(plan: Plan, pages: Pages, steps: Steps) -> None:
    """Let the first family ask for itself, the second for its eldest child."""
    accounts = plan.people.families.accounts
    logins = [accounts[first].login for first in PLACES]

    def file_one_request(number: int) -> None:
        person, (kind, text) = pages.sign_guardian_in(logins[number]), ASKED[number]
        child_id = person.ask(guardians.my_children, Empty()).children[0]["id"] if number else None
        asked = person_requests.FilePersonRequestRequest(
            kind=kind, provider=TOWN, child_id=child_id, text=text
        )
        once = str(uuid5(_ACTS, logins[number]))
        person.ask(person_requests.file_person_request, asked, request_id=once)

    steps.do_each("requests of persons", range(len(ASKED)), file_one_request)
