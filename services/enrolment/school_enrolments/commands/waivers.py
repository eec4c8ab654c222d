"""
Waivers of the area: entered at the desk, granted or refused after the commission has looked.

A granted one lets the request be decided for its school; a refused one has its letter, with the
reason and the ways of appeal, sealed as on the day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from services.enrolment.families.commands.card_marking import touch_cards_of_children
from services.enrolment.live import APPLICATIONS, note_change
from services.enrolment.models import SchoolSignature, SchoolWaiver, WaiverMotive
from services.enrolment.school_enrolments.commands.enrolling import NoSignature
from services.enrolment.school_enrolments.queries.enrolments import signature
from services.enrolment.school_enrolments.queries.requests import require_asked_request
from services.enrolment.school_enrolments.queries.waivers import (
    CONTENT,
    RefusalContent,
    WaiverContent,
    points_by_motive,
    require_waiver,
    waiver_content,
    waivers_of_request,
)
from services.enrolment.school_enrolments.rules.waivers import (
    MOTIVES_OF_LAW,
    may_be_refused_for,
    points_of,
)
from services.enrolment.schools.queries.pupils import PupilCard
from services.enrolment.schools.queries.schools import require_school
from shared.contracts.enrolment.school_enrolments import GRANTED, REFUSED, WAITING
from shared.contracts.errors import Refusal
from shared.database import Vault, Write
from shared.runtime.ids import new_id


class WaiverThere(Refusal):
    """A waiver of this request waits already."""

    code = "waiver_there"


class NoMotive(Refusal):
    """No motive, or one that neither the law nor the deliberation has."""

    code = "no_motive"


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


def write_motives(write: Write, motives: Sequence[tuple[str, str, int]]) -> None:
    """Let these be the motives of the deliberation (code, label, points); those before go."""
    write.execute(delete(WaiverMotive))
    write.add_all(
        WaiverMotive(code=code, label=label, points=points) for code, label, points in motives
    )
    write.flush()


def enter_waiver(
    write: Write, vault: Vault, new: NewWaiver, *, by: str, now: datetime
) -> SchoolWaiver:
    """Enter a waiver for a request that is not decided; raises NoMotive, WaiverThere, NotFound."""
    request = require_asked_request(write, new.request_id)
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
        points=points_of(new.motives, points),
        state=WAITING,
        entered_by=by,
        entered_at=now,
        refused_for="",
    )
    write.add(row)
    write.flush()
    _show_change(write, row, now)
    return row


def grant_waiver(write: Write, waiver_id: str, *, by: str, now: datetime) -> SchoolWaiver:
    """Grant a waiver; the school is then decided on the request. Raises WaiverDecided."""
    row = _lock_waiting(write, waiver_id)
    row.state, row.decided_by, row.decided_at = GRANTED, by, now
    write.flush()
    _show_change(write, row, now)
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
    row, signed = _lock_waiting(write, waiver_id), signature(write)
    if signed is None or not signed.address or not signed.court:
        raise NoSignature
    content = waiver_content(vault, row)
    if not may_be_refused_for(why, content["motives"], row.school_id is None):
        raise LawObliges
    content["letter"] = _letter(card, address, controller, signed)
    row.content = vault.seal(row.id, CONTENT, content)
    row.state, row.refused_for, row.decided_by, row.decided_at = REFUSED, why, by, now
    write.flush()
    _show_change(write, row, now)
    return row


def _show_change(write: Write, row: SchoolWaiver, now: datetime) -> None:
    touch_cards_of_children(write, [row.child_id], now)
    note_change(write, APPLICATIONS)


def _letter(
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


def _lock_waiting(write: Write, waiver_id: str) -> SchoolWaiver:
    require_waiver(write, waiver_id)
    row = write.get_one(SchoolWaiver, waiver_id, with_for_update=True, populate_existing=True)
    if row.state != WAITING:
        raise WaiverDecided
    return row
