"""
Waivers of the area: asked by a family or entered at the desk, granted or refused by a commission.

A granted one lets the request be decided for its school; a refused one has its letter, with the
reason and the ways of appeal, sealed as on the day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.models import SchoolRequest, SchoolSignature, SchoolWaiver, WaiverMotives
from services.enrolment.school_year.enrolments.commands.enrolling import NoSignature
from services.enrolment.school_year.enrolments.commands.publishing import (
    notify_family,
    publish_cards_and_reload_desk,
)
from services.enrolment.school_year.enrolments.queries.catchment_waivers import (
    CONTENT,
    ONLY,
    RefusalContent,
    WaiverContent,
    motives_of_deliberation,
    points_by_motive,
    require_waiver,
    waiver_content,
    waivers_of_request,
)
from services.enrolment.school_year.enrolments.queries.enrolments import certificate_signature
from services.enrolment.school_year.enrolments.queries.requests import (
    is_request_seen_by_guardian,
    require_undecided_request,
)
from services.enrolment.school_year.enrolments.rules.catchment_waivers import (
    is_reason_that_may_refuse,
    points_of_motives,
)
from services.enrolment.school_year.schools.queries.pupils import PupilCard
from services.enrolment.school_year.schools.queries.schools import require_school
from shared.contracts.enrolment.school_year.enrolments import (
    GRANTED,
    LATER,
    MOTIVES_OF_LAW,
    REFUSED,
    WAITING,
    WITHDRAWN,
    NoMotive,
    WaiverThere,
    WaiverWish,
)
from shared.contracts.enrolment.school_year.schools import (
    ImportedMotive,
    PublishedMotive,
    WaiverMotivesPublished,
    waiver_motives_published,
)
from shared.contracts.errors import NotFound, Refusal
from shared.database import Vault, Write
from shared.json_values import digest_of_content
from shared.runtime.ids import new_id


class WaiverDecided(Refusal):
    """A colleague has decided it."""

    code = "waiver_decided"


class LawObliges(Refusal):
    """The motive is one of the law: only that nothing shows it may refuse."""

    code = "law_obliges"


@dataclass(frozen=True, kw_only=True)
class NewWaiver:
    """A waiver before it is stored: a school of the town, or the name of one of another commune."""

    request_id: str
    school_id: str | None
    elsewhere: str
    motives: Collection[str]
    proof: str = LATER


def waiver_from_wish(request_id: str, wish: WaiverWish) -> NewWaiver:
    """Return the waiver that a family asks for."""
    return NewWaiver(
        request_id=request_id,
        school_id=wish["school_id"],
        elsewhere=wish["elsewhere"],
        motives=wish["motives"],
        proof=wish["proof"],
    )


def set_motives_of_deliberation(write: Write, motives: Sequence[tuple[str, str, int]]) -> None:
    """Let these be the motives of the deliberation (code, label, points); those before go."""
    row = write.get(WaiverMotives, ONLY, with_for_update=True)
    if row is None:
        row = WaiverMotives(id=ONLY, motives=[], version=0, published="")
        write.add(row)
    row.motives = [
        {"code": code, "label": label, "points": points} for code, label, points in motives
    ]
    write.flush()
    publish_motives(write, row)


def import_motives(write: Write, motives: Sequence[ImportedMotive]) -> None:
    """Take motives from another software, where nobody has written any."""
    if motives and not motives_of_deliberation(write):
        set_motives_of_deliberation(
            write, [(each["code"], each["label"], each["points"]) for each in motives]
        )


def publish_motives(write: Write, row: WaiverMotives) -> bool:
    """Publish the motives without their points, if they changed; the row is locked."""
    digest = digest_of_content(_published_motives(write))
    if digest == row.published:
        return False
    row.published, row.version = digest, row.version + 1
    write.flush()
    event = WaiverMotivesPublished(row.version, _published_motives(write))
    write.publish(waiver_motives_published, event)
    return True


def motives_as_published(read: Session) -> WaiverMotivesPublished | None:
    """Return the motives as they were last published; None where they are about to be anew."""
    row, motives = read.get(WaiverMotives, ONLY), _published_motives(read)
    if row is None or row.published != digest_of_content(motives):
        return None
    return WaiverMotivesPublished(row.version, motives)


def enter_waiver(
    write: Write, vault: Vault, new: NewWaiver, *, by: str, now: datetime
) -> SchoolWaiver:
    """Enter a waiver for a request that is not decided; raises NoMotive, WaiverThere, NotFound."""
    request = require_undecided_request(write, new.request_id)
    points = points_by_motive(write)
    known = MOTIVES_OF_LAW if new.school_id is None else tuple(points)
    if not new.motives or not set(new.motives) <= set(known):
        raise NoMotive
    write.lock_names(f"waiver|{request.id}")
    if any(row.state == WAITING for row in waivers_of_request(write, request.id)):
        raise WaiverThere
    school = require_school(write, new.school_id).name if new.school_id else new.elsewhere
    content = WaiverContent(school=school, motives=sorted(new.motives), letter=None)
    row_id = new_id()
    row = SchoolWaiver(
        id=row_id,
        request_id=request.id,
        child_id=request.child_id,
        school_id=new.school_id,
        content=vault.seal(row_id, CONTENT, content),
        points=points_of_motives(new.motives, points),
        proof=new.proof,
        state=WAITING,
        entered_by=by,
        entered_at=now,
        refused_for="",
    )
    write.add(row)
    write.flush()
    publish_cards_and_reload_desk(write, row.child_id, now)
    return row


def ask_for_waiver(
    write: Write,
    vault: Vault,
    child_id: str,
    request_id: str,
    wish: WaiverWish,
    subject: str,
    now: datetime,
) -> SchoolWaiver:
    """Enter a guardian's waiver for a request that its household sees; raises NotFound else."""
    request = require_undecided_request(write, request_id)
    if request.child_id != child_id or not is_request_seen_by_guardian(write, request, subject):
        raise NotFound(request_id=request_id)
    return enter_waiver(write, vault, waiver_from_wish(request_id, wish), by=subject, now=now)


def withdraw_waiver(
    write: Write, vault: Vault, child_id: str, waiver_id: str, subject: str, now: datetime
) -> SchoolWaiver:
    """Take a guardian's waiver back, if it waits; raises NotFound for another household's."""
    row = write.get(SchoolWaiver, waiver_id, with_for_update=True)
    asked = write.get(SchoolRequest, row.request_id) if row is not None else None
    if (
        row is None
        or asked is None
        or row.child_id != child_id
        or not is_request_seen_by_guardian(write, asked, subject)
    ):
        raise NotFound(waiver_id=waiver_id)
    _withdraw_waiting_waiver(write, vault, row, subject, now)
    return row


def take_back_waivers(write: Write, vault: Vault, request_id: str, by: str, now: datetime) -> None:
    """Take back what waits for a request: it goes with it."""
    waiting = select(SchoolWaiver).where(
        SchoolWaiver.request_id == request_id, SchoolWaiver.state == WAITING
    )
    for row in write.scalars(waiting.with_for_update()).all():
        _withdraw_waiting_waiver(write, vault, row, by, now)


def note_way_of_proof(write: Write, waiver_id: str, proof: str, now: datetime) -> None:
    """Note how the paper that shows the motives was given; raises WaiverDecided."""
    row = _lock_waiting_waiver(write, waiver_id)
    row.proof = proof
    write.flush()
    publish_cards_and_reload_desk(write, row.child_id, now)


def grant_waiver(write: Write, waiver_id: str, *, by: str, now: datetime) -> SchoolWaiver:
    """Grant a waiver; the school is then decided on the request. Raises WaiverDecided."""
    row = _lock_waiting_waiver(write, waiver_id)
    row.state, row.decided_by, row.decided_at = GRANTED, by, now
    notify_family(write, row.request_id, "waiver_decided", f"waiver_decided-{row.id}", now)
    return row


def refuse_waiver(
    write: Write,
    vault: Vault,
    waiver_id: str,
    why: str,
    card: PupilCard,
    address: str,
    controller: str,
    *,
    by: str,
    now: datetime,
) -> SchoolWaiver:
    """
    Refuse a waiver with its reason; the letter names the ways of appeal.

    Raises WaiverDecided, LawObliges, and NoSignature while who signs, to whom one writes or the
    court is unknown: a refusal without them would leave the time for an appeal open.
    """
    row, signed = _lock_waiting_waiver(write, waiver_id), certificate_signature(write)
    if signed is None or not signed.address or not signed.court:
        raise NoSignature
    content = waiver_content(vault, row)
    if not is_reason_that_may_refuse(why, content["motives"], row.school_id is None):
        raise LawObliges
    content["letter"] = _make_refusal_content(card, address, controller, signed)
    row.content = vault.seal(row.id, CONTENT, content)
    row.state, row.refused_for, row.decided_by, row.decided_at = REFUSED, why, by, now
    notify_family(write, row.request_id, "waiver_decided", f"waiver_decided-{row.id}", now)
    return row


def _withdraw_waiting_waiver(
    write: Write, vault: Vault, row: SchoolWaiver, by: str, now: datetime
) -> None:
    """Withdraw a waiver that waits, and destroy the key of its motives."""
    if row.state == WAITING:
        row.state, row.decided_by, row.decided_at = WITHDRAWN, by, now
        write.flush()
        vault.shred_keys(row.id)
        publish_cards_and_reload_desk(write, row.child_id, now)


def _published_motives(read: Session) -> list[PublishedMotive]:
    return [
        PublishedMotive(code=each.code, label=each.label) for each in motives_of_deliberation(read)
    ]


def _make_refusal_content(
    card: PupilCard, address: str, controller: str, signed: SchoolSignature
) -> RefusalContent:
    return RefusalContent(
        first_name=card.first_name,
        last_name=card.last_name,
        birth_date=card.birth_date.isoformat(),
        address=address,
        controller=controller,
        quality=signed.quality,
        delegation=signed.delegation,
        signer=signed.signer,
        place=signed.place,
        deliberation=signed.deliberation,
        appeal_address=signed.address,
        court=signed.court,
    )


def _lock_waiting_waiver(write: Write, waiver_id: str) -> SchoolWaiver:
    require_waiver(write, waiver_id)
    row = write.get_one(SchoolWaiver, waiver_id, with_for_update=True)
    if row.state != WAITING:
        raise WaiverDecided
    return row
