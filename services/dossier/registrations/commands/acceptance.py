"""
Acceptance at the front desk: a registration becomes a new dossier, or joins a known one.

It is stored as a household from another software is (`household_of_other_software.py`): known
members keep their reference and are never overwritten, new ones get a reference from the
registration.
"""

from typing import Any

from sqlalchemy import update

from services.dossier.models import (
    Child,
    EmailCheck,
    Guardian,
    Guardianship,
    Household,
    PaperCheck,
    Registration,
)
from services.dossier.models.registrations import LINK
from services.dossier.registrations.commands import emails
from services.dossier.registrations.commands.child_of_known_family import (
    household_with_added_children,
)
from services.dossier.registrations.commands.household_of_other_software import import_household
from services.dossier.registrations.commands.registration_steps import erase_papers_of_registration
from services.dossier.registrations.commands.sealed_content import close_registration
from services.dossier.registrations.queries import proof_of_email_addresses as emails_queries
from services.dossier.registrations.queries.registration_by_reference import (
    content_of_registration,
    require_open_registration,
)
from services.dossier.registrations.queries.sent_registrations import sent_registration
from services.dossier.registrations.rules import same_and_masked_email as emails_rules
from services.dossier.registrations.rules.incoming_sections import IncomingHousehold
from services.dossier.sections.rules.projections import Content
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.guardians import Address
from shared.contracts.dossier.registration_decisions import (
    AcceptedChild,
    AcceptRegistrationAnswer,
    AcceptRegistrationRequest,
    ConfirmEmailRequest,
    RefuseRegistrationRequest,
    SeenPaper,
)
from shared.contracts.dossier.registrations import ACCEPTED, REFUSED, SENT
from shared.contracts.errors import BadRequest, NotFound, Outdated
from shared.database import Write
from shared.dates.instant import Instant
from shared.json_values import JsonObject
from shared.register import Register
from shared.runtime.ids import new_id

RELATIONS = {"mother": "mère", "father": "père", "tutor": "tuteur ou tutrice", "other": "proche"}
OTHER_EMAIL = "La demande porte une autre adresse : remettez un code, et demandez qui l’a écrite."
SECOND = "Le second responsable n’a pas de nom dans cette demande."


def accept_registration(
    write: Write,
    policy: AccessPolicy,
    register: Register,
    request: AcceptRegistrationRequest,
    *,
    by: str,
    when: Instant,
) -> AcceptRegistrationAnswer:
    """
    Make, or join to what is known, household, guardian and children; note what was seen.

    Raises Outdated if the registration changed since the agent read it, EmailNotProven if an
    unproven e-mail was to become a login, BadRequest and ProviderUnknown. Of a known family nobody
    is made but the child.
    """
    registration = _lock_unchanged_registration(write, request.draft_id, request.version)
    content = content_of_registration(registration)
    if request.by_email:
        emails_queries.require_proven_email(write, registration, content)
    if registration.guardian_id is None:
        household_import = _incoming_household(
            write, register, registration, content, request, when
        )
    else:
        household_import = _known_household_as_incoming(write, registration, content, request, when)
    ids = import_household(write, policy, household_import, when)
    first = household_import.guardians[0]
    guardian_id = registration.guardian_id or ids["guardians"][first["reference"]]
    children = [ids["children"][child["reference"]] for child in household_import.children]
    _note_papers_seen(write, request, guardian_id, ids["household_id"], children, by=by, when=when)
    erase_papers_of_registration(write, registration)
    emails.forget_former_address(write, registration)
    close_registration(registration, ACCEPTED, by, when)
    return AcceptRegistrationAnswer(guardian_id, ids["household_id"])


def confirm_email(write: Write, request: ConfirmEmailRequest, *, by: str, when: Instant) -> None:
    """
    Take the e-mail of a registration as proven: its holder showed an identity at the counter.

    The agent who confirmed is noted, and stays. Raises Outdated, and BadRequest for another
    address.
    """
    registration = _lock_unchanged_registration(write, request.draft_id, request.version)
    if not emails_rules.is_same_address(
        request.email, emails_rules.email_of_content(content_of_registration(registration))
    ):
        raise BadRequest(errors={"email": [OTHER_EMAIL]})
    row = emails_queries.row_of_registration_email(write, registration)
    row.proven_at, row.confirmed_by, row.letter_digest = when.moment, by, ""
    write.add(
        EmailCheck(
            id=new_id(), reference=registration.reference, confirmed_at=when.moment, agent=by
        )
    )


def refuse_registration(
    write: Write, request: RefuseRegistrationRequest, *, by: str, when: Instant
) -> None:
    """Close a registration with the reason that its holder reads, for a month."""
    registration = sent_registration(write, request.draft_id, lock=True)
    require_open_registration(registration, SENT)
    erase_papers_of_registration(write, registration)
    emails.forget_former_address(write, registration)
    close_registration(registration, REFUSED, by, when, request.reason)


def _lock_unchanged_registration(write: Write, registration_id: str, version: int) -> Registration:
    """Return a sent registration, locked; raises RegistrationClosed, and Outdated if it changed."""
    registration = sent_registration(write, registration_id, lock=True)
    require_open_registration(registration, SENT)
    if registration.version != version:
        raise Outdated(version=registration.version)
    return registration


def _known_household_as_incoming(
    write: Write,
    registration: Registration,
    content: Content,
    request: AcceptRegistrationRequest,
    when: Instant,
) -> IncomingHousehold:
    children = [
        _incoming_child(write, registration, content, each, [], request)
        for each in request.children
    ]
    return household_with_added_children(write, registration, children, request, when)


def _incoming_household(
    write: Write,
    register: Register,
    registration: Registration,
    content: Content,
    request: AcceptRegistrationRequest,
    when: Instant,
) -> IncomingHousehold:
    """Return the registration as a household that arrives; raises BadRequest without identity."""
    if request.identity is None:
        raise BadRequest(errors={"identity": ["À remplir."]})
    guardians = _incoming_guardians(write, registration, content, request)
    without = [] if request.authority else [guardians[0]["reference"]]
    if request.second and not request.second["authority"]:
        without.append(guardians[1]["reference"])
    return IncomingHousehold(
        reference=_reference_of_member(
            write, Household, request.household_id, f"{registration.reference}/f"
        ),
        guardians=guardians,
        address=_incoming_address(content.get("home", {}), register, when),
        domicile_seen=request.domicile is not None,
        children=[
            _incoming_child(write, registration, content, each, guardians, request)
            | {"without_authority": without}
            for each in request.children
        ],
    )


def _incoming_guardians(
    write: Write, registration: Registration, content: Content, request: AcceptRegistrationRequest
) -> list[JsonObject]:
    guardian = content["guardian"]
    first = {
        "reference": _reference_of_member(
            write, Guardian, request.guardian_id, f"{registration.reference}/r1"
        ),
        "name": f"{guardian['first_name']} {guardian['last_name']}",
    }
    if request.second is None:
        return [first]
    name = content.get("second", {}).get("name", "")
    if not name:
        raise BadRequest(errors={"second": [SECOND]})
    second = {"reference": f"{registration.reference}/r2", "name": name, "seen": False}
    return [first, second | {"lives_here": request.second["lives_here"]}]


def _incoming_child(
    write: Write,
    registration: Registration,
    content: Content,
    accepted: AcceptedChild,
    guardians: list[dict[str, object]],
    request: AcceptRegistrationRequest,
) -> dict[str, object]:
    place = accepted["place"]
    children = content["children"]["children"]
    if place >= len(children):
        raise BadRequest(errors={"children": ["Cet enfant n’est pas dans la demande."]})
    known, guardian = accepted["child_id"], children[place]
    return {
        "reference": _reference_of_member(
            write, Child, known, f"{registration.reference}/e{place}"
        ),
        "guardians": [each["reference"] for each in guardians],
        "sections": {} if known else _child_sections(guardian, content),
        "links": [] if known else request.providers,
        "weeks": None,
        "course": [],
    }


def _child_sections(child: Content, content: Content) -> dict[str, Content]:
    names = ("first_name", "last_name", "birth_date")
    sections: dict[str, Content] = {"identity": {name: child[name] for name in names}}
    if child["school"]:
        grade = child["grade"] or "à préciser"
        sections["schooling"] = {"school": child["school"], "grade": grade}
    if people := _people_to_call(content):
        sections["contacts"] = {"people": people}
    return sections


def _people_to_call(content: Content) -> list[Content]:
    """Return whom to call: the guardians who gave a number, the first one first."""
    first, second = content["guardian"], content.get("second", {})
    relation = RELATIONS.get(first["relation"], "responsable")
    name = f"{first['first_name']} {first['last_name']}"
    paper = [(name, relation, first["phone"])]
    paper.append((second.get("name", ""), "parent", second.get("phone", "")))
    return [
        {"name": name, "relation": relation, "phone": phone}
        for name, relation, phone in paper
        if name and phone
    ]


def _incoming_address(home: Content, register: Register, when: Instant) -> Address | None:
    """Return where the household lives, called as in the town file; None where it is not said."""
    if not (home.get("street") and home.get("postcode") and home.get("commune")):
        return None
    communes = {commune.insee: commune.name for commune in register.now.communes}
    insee = home["insee"] if home["insee"] in communes else ""
    commune = communes.get(insee) or home["commune"]
    return Address(
        street=home["street"],
        postcode=home["postcode"],
        insee=insee,
        commune=commune,
        valid_from=when.day,
    )


def _reference_of_member(write: Write, table: Any, known: str | None, fresh: str) -> str:
    """Return the reference of who is known, which leads to them; or a new one."""
    if known is None:
        return fresh
    row = write.get(table, known)
    if row is None or row.reference is None:
        raise NotFound(id=known)
    return str(row.reference)


def _note_papers_seen(
    write: Write,
    request: AcceptRegistrationRequest,
    guardian_id: str,
    household_id: str,
    children: list[str],
    *,
    by: str,
    when: Instant,
) -> None:
    """Note what the agent saw: kind of paper and its date, never a copy."""
    seen: list[tuple[str, str, str | None, SeenPaper]] = []
    if request.identity:
        seen.append(("guardian_identity", guardian_id, None, request.identity))
        _note_first_check(write, Guardian, Guardian.id == guardian_id, "identity_checked_on", when)
    for child_id, child in zip(children, request.children, strict=True):
        seen.append(("child_identity", child_id, None, child))
        seen.append((LINK, child_id, guardian_id, child))
    if request.domicile:
        seen.append(("domicile", household_id, None, request.domicile))
        home = update(Household).where(Household.id == household_id)
        write.execute(home.values(domicile_checked_on=when.day))
    for kind, subject_id, whose, paper in seen:
        write.add(
            PaperCheck(
                id=new_id(),
                kind=kind,
                subject_id=subject_id,
                guardian_id=whose,
                paper=paper["paper"],
                paper_date=paper["paper_date"],
                seen_at=when.moment,
                agent=by,
            )
        )
    theirs = (Guardianship.guardian_id == guardian_id) & Guardianship.child_id.in_(children)
    _note_first_check(write, Guardianship, theirs, "link_checked_on", when)


def _note_first_check(write: Write, table: Any, which: Any, column: str, when: Instant) -> None:
    unseen = getattr(table, column).is_(None)
    write.execute(update(table).where(which, unseen).values({column: when.day}))
