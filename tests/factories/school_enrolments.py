"""Families who ask for a school and the town that decides, for tests of school enrolment."""

from datetime import date
from typing import Any

from sqlalchemy import select

from services.enrolment.models import (
    PupilMove,
    PupilMoves,
    SchoolEnrolment,
    SchoolRequest,
    SchoolWaiver,
)
from services.enrolment.models.school_year.enrolments import BY_AREA
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.school_year.enrolments.certificate import certificate_pdf
from services.enrolment.school_year.enrolments.commands import (
    catchment_waivers,
    enrolling,
    requests,
)
from services.enrolment.school_year.enrolments.commands.certificate_signature import (
    SignatureFields,
    set_certificate_signature,
)
from services.enrolment.school_year.enrolments.commands.enrolling import Decision
from services.enrolment.school_year.enrolments.queries.enrolments import (
    unsealed_certificate_content,
)
from services.enrolment.school_year.enrolments.refusal_letter import refusal_letter
from services.enrolment.school_year.schools.queries.pupils import pupil_cards_by_child
from services.enrolment.school_year.schools.rules.levels import LEVELS
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store, vault
from shared.contracts.enrolment.school_year import enrolments as contracts
from shared.contracts.enrolment.school_year.schools import MAYOR
from shared.contracts.message import Caller, Person
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories.enrolment import Child, Provider
from tests.factories.places import Family, arrives
from tests.factories.travelling import answered

AGENT = new_id()
LILAS = {
    "street": "12 rue des Lilas",
    "postcode": "28990",
    "insee": "28901",
    "commune": "Démonstration",
}
SWORN = {"child_identity": "shown", "guardian_identity": "shown", "domicile": "sworn"}
MAYOR_SIGNS = {
    "acts_as": MAYOR,
    "quality": "Le maire de Démonstration",
    "signer": "Hélène Garnier",
    "delegation": "",
    "place": "Démonstration",
    "deliberation": "la délibération n° 2026-12 du 3 mars 2026",
    "address": "Mairie, 1 place de l’Hôtel-de-Ville, 28901 Démonstration",
    "court": "tribunal administratif d’Orléans",
}


def somebody_signs(**more: str) -> None:
    fields = SignatureFields(**MAYOR_SIGNS | more)
    with store.write() as write:
        set_certificate_signature(write, fields, by=AGENT, now=now())


def asks_for_school(family: Family, **more: Any) -> dict[str, Any]:
    """Ask for a school as the portal does, through both sides of the contract."""
    wanted = {
        "child_id": family.child.id,
        "link_version": 1,
        "school_year": school_year_of(today()),
        "level": "CE1",
        "address": LILAS,
        "papers": SWORN,
    }
    return _through(contracts.request_school, family, wanted | more)


def takes_back(family: Family, request_id: str) -> str:
    wanted = {"child_id": family.child.id, "request_id": request_id}
    return str(_through(contracts.withdraw_school_request, family, wanted)["state"])


def wish(school_id: str | None, *motives: str, **more: Any) -> dict[str, Any]:
    """Return what a family asks for with a waiver, as the contract has it."""
    elsewhere = "" if school_id else "École du Bourg, Ailleurs"
    named = {"school_id": school_id, "elsewhere": elsewhere, "motives": list(motives)}
    return named | {"proof": "later"} | more


def asks_for_waiver_at_portal(family: Family, request_id: str, **wished: Any) -> dict[str, Any]:
    """Ask for a waiver as the portal does, through both sides of the contract."""
    wanted = {"child_id": family.child.id, "request_id": request_id, "wish": wished}
    return _through(contracts.request_waiver, family, wanted)


def takes_waiver_back(family: Family, waiver_id: str) -> str:
    wanted = {"child_id": family.child.id, "waiver_id": waiver_id}
    return str(_through(contracts.withdraw_waiver, family, wanted)["state"])


def waivers_kept() -> list[SchoolWaiver]:
    with store.read() as read:
        return list(read.scalars(select(SchoolWaiver).order_by(SchoolWaiver.entered_at)))


def certificate_part(family: Family, enrolment_id: str) -> dict[str, Any]:
    """Return the answer to the portal, which asks for a certificate."""
    wanted = {"child_id": family.child.id, "enrolment_id": enrolment_id}
    return _through(contracts.enrolment_certificate, family, wanted)


def letter_part(family: Family, waiver_id: str) -> dict[str, Any]:
    """Return the answer to the portal, which asks for the letter of a refusal."""
    wanted = {"child_id": family.child.id, "waiver_id": waiver_id}
    return _through(contracts.waiver_letter, family, wanted)


def request(request_id: str) -> SchoolRequest:
    with store.read() as read:
        return read.get_one(SchoolRequest, request_id)


def requests_asked() -> list[SchoolRequest]:
    with store.read() as read:
        return list(read.scalars(select(SchoolRequest).order_by(SchoolRequest.submitted_at)))


def decides(request_id: str, school_id: str, **more: Any) -> str:
    """Enrol a child as the desk does; return the enrolment's id."""
    usual: dict[str, Any] = {
        "level": request(request_id).level,
        "holds_from": today(),
        "basis": BY_AREA,
        "controller": "Ville de Démonstration",
    }
    decision = Decision(request_id=request_id, school_id=school_id, **usual | more)
    with store.write() as write:
        return enrolling.enrol_child_at_school(write, vault, decision, by=AGENT, now=now()).id


def enrolment(enrolment_id: str) -> SchoolEnrolment:
    with store.read() as read:
        return read.get_one(SchoolEnrolment, enrolment_id)


def enrolments() -> list[SchoolEnrolment]:
    with store.read() as read:
        return list(read.scalars(select(SchoolEnrolment).order_by(SchoolEnrolment.act_number)))


def withdraws(enrolment_id: str, why: str = "mistake") -> None:
    with store.write() as write:
        enrolling.withdraw_certificate(write, enrolment_id, why, by=AGENT, now=now())


def admits(enrolment_id: str, day: date) -> None:
    with store.write() as write:
        enrolling.note_admission(write, enrolment_id, day, by=AGENT, now=now())


def certificate(enrolment_id: str) -> bytes:
    with store.read() as read:
        row = read.get_one(SchoolEnrolment, enrolment_id)
        return certificate_pdf(row, unsealed_certificate_content(vault, row))


def moves_on_their_way() -> list[tuple[str, str, str]]:
    """Return state, child and level of what the dossier is asked for, oldest first."""
    query = (
        select(PupilMoves.state, PupilMove.child_id, PupilMove.to_level)
        .join(PupilMove, PupilMove.moves_id == PupilMoves.id)
        .order_by(PupilMoves.decided_at, PupilMoves.id)
    )
    with store.read() as read:
        return list(read.execute(query))


def requests_erased() -> int:
    with store.write() as write:
        return requests.erase_requests_of_gone_children(write, vault, now())


def content(enrolment_id: str) -> dict[str, Any]:
    with store.read() as read:
        return dict(
            unsealed_certificate_content(vault, read.get_one(SchoolEnrolment, enrolment_id))
        )


def addresses(request_id: str) -> list[dict[str, Any]]:
    with store.read() as read:
        row = read.get_one(SchoolRequest, request_id)
        return [dict(each) for each in requests.unsealed_addresses_of_request(vault, row)]


def a_family(ens: Provider, level: str = "CE1", **child: str) -> Family:
    """Let a child of one guardian arrive that has the age of a level this school year."""
    family = Family(child_of(level, **child))
    arrives(ens, family)
    return family


def child_of(level: str, **child: str) -> Child:
    """Return a child of a level's age, in the school year of today."""
    year = int(school_year_of(today())[:4]) - 2 - LEVELS.index(level)
    return Child(**{"birth_date": f"{year}-03-02", **child})


def _through(method: Any, family: Family, wanted: dict[str, Any]) -> dict[str, Any]:
    caller = Caller("portal", Person(family.guardian, "portal", "family"), new_id())
    return vars(answered(EnrolmentService(), method, caller, **wanted))


SIBLING, WORKPLACE = "frere_ou_soeur", "lieu_de_travail"


def a_deliberation() -> None:
    """Write the motives of a deliberation with their points."""
    motives = [(SIBLING, "frère ou sœur dans l’école", 40), (WORKPLACE, "lieu de travail", 10)]
    with store.write() as write:
        catchment_waivers.set_motives_of_deliberation(write, motives)


def asks_for_waiver(request_id: str, school_id: str | None, *motives: str) -> str:
    """Enter a waiver at the desk; return its id."""
    new = catchment_waivers.NewWaiver(
        request_id=request_id,
        school_id=school_id,
        elsewhere="" if school_id else "École du Bourg, Ailleurs",
        motives=motives,
    )
    with store.write() as write:
        return catchment_waivers.enter_waiver(write, vault, new, by=AGENT, now=now()).id


def grants(waiver_id: str) -> None:
    with store.write() as write:
        catchment_waivers.grant_waiver(write, waiver_id, by=AGENT, now=now())


def refuses(waiver_id: str, why: str = "no_place") -> None:
    with store.write() as write:
        row = catchment_waivers.require_waiver(write, waiver_id)
        card = pupil_cards_by_child(write, vault, [row.child_id])[row.child_id]
        where = "12 rue des Lilas, 28990 Démonstration"
        town = "Ville de Démonstration"
        catchment_waivers.refuse_waiver(
            write, vault, waiver_id, why, card, where, town, by=AGENT, now=now()
        )


def asked_for_papers(request_id: str) -> None:
    with store.write() as write:
        requests.notify_of_papers_to_show(write, request_id, now())


def waiver(waiver_id: str) -> SchoolWaiver:
    with store.read() as read:
        return read.get_one(SchoolWaiver, waiver_id)


def letter(waiver_id: str) -> bytes:
    with store.read() as read:
        row = read.get_one(SchoolWaiver, waiver_id)
        return refusal_letter(row, catchment_waivers.waiver_content(vault, row))
