"""
A known family adds a child: a registration of its own account and household.

It holds the child alone; who answers, where it lives and whom to call is known.
"""

from sqlalchemy import func, select

from services.dossier.households.queries.contacts_withheld_from_home import (
    content_known_to_guardian,
)
from services.dossier.households.queries.guardianships import children_living_in
from services.dossier.households.queries.households_for_billing import guardians_by_household
from services.dossier.models import Guardian, Household, Registration, RegistrationEmail
from services.dossier.registrations.commands.emails import address_digest
from services.dossier.registrations.commands.registration_steps import (
    empty_registration,
    erase_papers_of_registration,
)
from services.dossier.registrations.commands.sealed_content import store_registration_content
from services.dossier.registrations.queries.registration_by_reference import (
    require_open_registration,
)
from services.dossier.registrations.rules.codes_and_retention import (
    KEPT_OPEN,
    KEY_GROUPS,
    REFERENCE_GROUPS,
)
from services.dossier.registrations.rules.incoming_sections import IncomingHousehold
from services.dossier.sections.queries import content_of_section
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier import registration_decisions
from shared.contracts.dossier import registrations as contracts
from shared.contracts.dossier.registrations import ACCOUNT, OPEN, SENT, TooManyRegistrations
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.json_values import JsonObject
from shared.person.secret_codes import digest_of_code, new_code, normalise_code
from shared.runtime.ids import new_id

CONTACTS = "contacts"
MOST_WAITING = 6


def begin_child_registration(
    write: Write, household_id: str, *, by: str, when: Instant
) -> contracts.OpenChildRegistrationAnswer:
    """Begin a registration, or begin anew what was never sent; return its reference and key."""
    adult = write.get_one(Guardian, by, with_for_update=True)
    registration = _unsent_registration(write, household_id, by)
    key = new_code(KEY_GROUPS)
    if registration is None:
        _refuse_too_many_waiting(write, by)
        registration = _new_registration(write, household_id, by, when)
    erase_papers_of_registration(write, registration)
    registration.key_digest = digest_of_code(key)
    store_registration_content(
        registration, {"guardian": _name_as_in_registration(adult.name)}, when
    )
    write.flush()
    return contracts.OpenChildRegistrationAnswer(registration.reference, key)


def withdraw_child_registration(
    write: Write, registration_id: str, *, by: str, when: Instant
) -> None:
    """Empty a guardian's own registration; raises NotFound for any other."""
    registration = write.get(Registration, registration_id, with_for_update=True)
    if registration is None or registration.guardian_id != by:
        raise NotFound(registration_id=registration_id)
    require_open_registration(registration, OPEN, SENT)
    empty_registration(write, registration, when)
    registration.guardian_id = registration.household_id = None


def household_with_added_children(
    write: Write,
    registration: Registration,
    children: list[JsonObject],
    request: registration_decisions.AcceptRegistrationRequest,
    when: Instant,
) -> IncomingHousehold:
    """
    Return a known household with the children that it adds; who answers for them, the agent says.

    The new ones have the contacts that who asked knows of an elder one. Raises BadRequest where no
    parent is named who answers in that household.
    """
    home = write.get(Household, registration.household_id)
    assert home is not None and registration.guardian_id is not None
    answering = {
        each["subject"] for each in guardians_by_household(write, [home.id], when.day)[home.id]
    }
    parents = sorted(set(request.parents))
    if not parents or not set(parents) <= answering:
        raise BadRequest(errors={"parents": ["who answers there"]})
    rows = write.scalars(select(Guardian).where(Guardian.id.in_(parents)).order_by(Guardian.id))
    guardians = [
        {"reference": row.reference, "name": row.name, "lives_here": False} for row in rows
    ]
    contacts = _contacts_of_elder(write, home.id, registration.guardian_id)
    return IncomingHousehold(
        reference=home.reference,
        guardians=guardians,
        address=None,
        children=[
            child
            | {
                "guardians": [each["reference"] for each in guardians],
                "without_authority": [],
                "sections": {**contacts, **child["sections"]} if child["sections"] else {},
            }
            for child in children
        ],
    )


def _contacts_of_elder(write: Write, household_id: str, reader: str) -> dict[str, Content]:
    """Return the contacts of a child of the household, as this guardian knows them; or nothing."""
    for child_id in children_living_in(write, household_id):
        known = content_known_to_guardian(write, child_id, CONTACTS, reader)
        content = known.content if known else content_of_section(write, child_id, CONTACTS)
        if content.get("people"):
            return {CONTACTS: dict(content)}
    return {}


def _unsent_registration(write: Write, household_id: str, guardian_id: str) -> Registration | None:
    return write.scalar(
        select(Registration)
        .where(
            Registration.guardian_id == guardian_id,
            Registration.household_id == household_id,
            Registration.state == OPEN,
        )
        .order_by(Registration.id)
        .limit(1)
        .with_for_update()
    )


def _new_registration(
    write: Write, household_id: str, guardian_id: str, when: Instant
) -> Registration:
    registration_id = new_id()
    registration = Registration(
        id=registration_id,
        reference=normalise_code(new_code(REFERENCE_GROUPS)),
        key_digest="",
        way=ACCOUNT,
        contact_digest=address_digest(write, registration_id),
        state=OPEN,
        version=0,
        opened_at=when.moment,
        forget_on=when.day + KEPT_OPEN,
        guardian_id=guardian_id,
        household_id=household_id,
    )
    store_registration_content(registration, {}, when)
    write.add(registration)
    write.flush()
    write.add(RegistrationEmail(registration_id=registration_id))
    write.flush()
    return registration


def _refuse_too_many_waiting(write: Write, guardian_id: str) -> None:
    waiting = select(func.count()).where(
        Registration.guardian_id == guardian_id, Registration.state == SENT
    )
    if (write.scalar(waiting) or 0) >= MOST_WAITING:
        raise TooManyRegistrations


def _name_as_in_registration(name: str) -> Content:
    """Return a name as a registration has it: what comes first, and the rest."""
    first, _, last = name.partition(" ")
    return {"first_name": first, "last_name": last, "relation": "", "email": "", "phone": ""}
