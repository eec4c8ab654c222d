"""
What was told, kept: whole states, each replaced by a newer version alone; notices, each once.

A second delivery, or an older one, changes nothing.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete, insert, or_, select, update

from services.portal_gateway.cards.commands import keep_guardianship
from services.portal_gateway.cards.live_kinds import BILLS, NEWS, PLACES, SESSION, changed
from services.portal_gateway.cards.rules import plain
from services.portal_gateway.models import (
    AccompaniedVisit,
    Activity,
    AwayCard,
    BillCard,
    BulletinCard,
    FamilyAct,
    FamilyCard,
    GuardianCard,
    NewsRead,
    Notice,
    PublishedResidences,
    PublishedTariff,
    SilentProvider,
    ThreadCard,
    ThreadReader,
    WebSession,
)
from services.portal_gateway.models.seals import (
    of_act,
    of_bills,
    of_bulletin,
    of_card,
    of_guardian,
    of_notice,
    of_thread,
)
from services.portal_gateway.notices.commands.arrivals import arrived, arrived_for
from services.portal_gateway.notices.commands.threads import thread_moved
from services.portal_gateway.notices.rules import category_of
from services.portal_gateway.session.visits import commands as visits
from services.portal_gateway.store import seal
from shared.contracts.billing import bills
from shared.contracts.dossier import dossier
from shared.contracts.dossier.grants import AlsoTold
from shared.contracts.dossier.person_requests import TOWN, PersonRequestTold
from shared.contracts.dossier.provider_changes import WideningAnnounced
from shared.contracts.enrolment import conversations, places, tariffs
from shared.contracts.values import Content
from shared.database import Write

KEPT_NEWS = timedelta(days=60)
KEPT_ACTS = timedelta(days=30)
BILL_NOTICES = UUID("6f0c1c52-5f0e-4b7a-9d35-0d6c1a3a7b11")
"""Under which keys of billing become keys that no provider can have told before it."""


def keep_guardian_card(write: Write, event: dossier.GuardianCard) -> None:
    """Keep the dossier's word on a guardian, if it is newer."""
    content = {
        "at": event.at,
        "households": event.households,
        "children": event.children,
    }
    sealed = seal(of_guardian(event.subject), plain(content))
    if _keep_newer(write, GuardianCard, {"subject": event.subject}, event.version, sealed):
        keep_guardianship(write, event.subject, event.households)
        for kind in (PLACES, SESSION):  # open pages look whose households they wait for
            changed(write, kind, event.subject)


def keep_family_card(write: Write, provider: str, event: places.FamilyCard) -> None:
    """Keep a provider's word on a household, if it is newer."""
    keys = {"household_id": event.household_id, "provider": provider}
    content = plain({"at": event.at, "children": event.children})
    sealed = seal(of_card(event.household_id, provider), content)
    if _keep_newer(write, FamilyCard, keys, event.version, sealed):
        changed(write, PLACES, event.household_id)


def keep_bill_card(write: Write, event: bills.BillCard) -> None:
    """Keep what a household owes and paid at a provider, as billing says, if it is newer."""
    keys = {"household_id": event.household_id, "provider": event.provider}
    content = plain(
        {
            "at": event.at,
            "credit_cents": event.credit_cents,
            "bills": event.bills,
            "payments": event.payments,
        }
    )
    sealed = seal(of_bills(event.household_id, event.provider), content)
    if _keep_newer(write, BillCard, keys, event.version, sealed):
        changed(write, BILLS, event.household_id)


def keep_activity(write: Write, provider: str, event: places.ActivityPublished) -> None:
    """Keep what a provider offers, if it is newer; what is withdrawn leaves its version behind."""
    keys = {"provider": provider, "activity_id": event.activity_id}
    content = None if event.content is None else _json(plain(event.content))
    _keep_newer(write, Activity, keys, event.version, content)


def keep_tariff(
    write: Write, provider: str, event: tariffs.TariffPublished, moment: datetime
) -> None:
    """Keep a tariff as its provider publishes it, if it is newer; withdrawn, its version stays."""
    tariff = event.content
    content = None if tariff is None else _json(tariffs.tariff_schema.dump(tariff))
    keys = {"provider": provider, "tariff": event.tariff}
    _keep_newer(write, PublishedTariff, keys, event.version, content, heard_at=moment)


def keep_residences(
    write: Write, provider: str, event: tariffs.ResidencesPublished, moment: datetime
) -> None:
    """Keep a provider's residence classes, if they are newer."""
    content = _json(tariffs.residences_schema.dump(event))
    keys = {"provider": provider}
    _keep_newer(write, PublishedResidences, keys, event.version, content, heard_at=moment)


def keep_notice(write: Write, provider: str, event: places.Notice, moment: datetime) -> None:
    """Keep a notice of a provider the first time that its key comes."""
    _keep_once(write, provider, event, event.key, event.child_ids, moment)


def keep_bill_notice(write: Write, event: bills.BillNotice, moment: datetime) -> None:
    """Keep a notice about bills once; its key is no key of the provider's own notices."""
    key = str(uuid5(BILL_NOTICES, event.key))
    _keep_once(write, event.provider, event, key, [], moment)


def keep_thread_card(
    write: Write, provider: str, event: conversations.ThreadCard, moment: datetime
) -> bool:
    """
    Keep a provider's word on a thread and on who reads it, whole, if it is newer; say whether.

    Who is not among its readers any more has no row: nothing is left to be seen or counted.
    """
    place = of_thread(provider, event.thread_id)
    names = ("kind", "title", "child_ids", "last_at", "last_side")
    values = {
        "version": event.version,
        "content": seal(place, plain({name: getattr(event, name) for name in names})),
        "heard_at": moment,
    }
    newer = (
        write.upsert(ThreadCard)
        .values(provider=provider, thread_id=event.thread_id, **values)
        .on_conflict_do_update(
            index_elements=["provider", "thread_id"],
            set_=values,
            where=ThreadCard.version < event.version,
        )
        .returning(ThreadCard.version)
    )
    if not write.execute(newer).first():
        return False
    here = {"provider": provider, "thread_id": event.thread_id}
    readers = select(ThreadReader.subject, ThreadReader.unread).filter_by(**here)
    before = {subject: unread for subject, unread in write.execute(readers)}
    thread_moved(write, before, {row["subject"]: row["unread"] for row in event.readers}, moment)
    write.execute(delete(ThreadReader).filter_by(**here))
    if event.readers:
        write.execute(insert(ThreadReader), [{**here, **reader} for reader in event.readers])
    return True


def keep_bulletin(
    write: Write, provider: str, event: conversations.BulletinPublished, moment: datetime
) -> None:
    """Keep that a provider wrote to many families: one row, once."""
    row = {
        "provider": provider,
        "number": event.number,
        "target": event.target,
        "target_id": event.target_id,
        "day": event.day,
        "content": seal(
            of_bulletin(provider, event.number), plain({"title": event.title, "at": event.at})
        ),
        "heard_at": moment,
    }
    write.execute(write.upsert(BulletinCard).values(**row).on_conflict_do_nothing())


def keep_away(write: Write, provider: str, event: conversations.AwayPublished) -> None:
    """Keep when a provider does not answer, if it is newer."""
    content = json.dumps(plain(event.away), ensure_ascii=False)
    _keep_newer(write, AwayCard, {"provider": provider}, event.version, content)


def keep_widening(write: Write, event: WideningAnnounced, moment: datetime) -> None:
    """Keep once what will be known more widely, under the provider that will know it."""
    detail = {
        "widening": event.kind,
        "what": event.what,
        "after": event.after,
        "valid_from": event.valid_from.isoformat(),
    }
    told = _Told(event.household_id, "widening", detail, event.at)
    _keep_once(write, event.provider, told, f"widening-{event.key}", event.child_ids, moment)


def keep_also_told(write: Write, event: AlsoTold, moment: datetime) -> None:
    """Keep once that a guardian had something sent to one provider more, under that provider."""
    detail = {
        "projection": event.projection,
        "until": event.until.isoformat(),
        "ended": event.ended,
    }
    told = _Told(event.household_id, "also_told", detail, event.at)
    _keep_once(write, event.provider, told, f"also_told-{event.key}", [event.child_id], moment)


def keep_person_request(write: Write, event: PersonRequestTold, moment: datetime) -> None:
    """Keep once that an agent acted on a guardian's request: for that guardian alone."""
    kind, detail = f"person_request_{event.act}", {"person_request_id": event.person_request_id}
    told = _Told(event.subject, kind, detail, event.at)
    if _keep(write, TOWN, told, f"{kind}-{event.person_request_id}", [], moment):
        arrived_for(write, category_of(kind), event.subject, moment)


def settle_act(write: Write, provider: str, event: places.ActSettled, moment: datetime) -> None:
    """Note what became of an act, once; only the provider to which it went can say so."""
    outcome = {"code": event.code, "answer": event.answer}
    waiting = (
        FamilyAct.act_id == event.act_id,
        FamilyAct.provider == provider,
        FamilyAct.settled_at.is_(None),
    )
    sealed = seal(of_act(event.act_id, "outcome"), plain(outcome))
    settled = update(FamilyAct).where(*waiting).values(settled_at=moment, outcome=sealed)
    subject = write.scalar(settled.returning(FamilyAct.subject))
    if subject is not None:
        changed(write, NEWS, subject)


def close_sessions(write: Write, subject: str, not_before: datetime, moment: datetime) -> None:
    """
    Close the sessions that identity no longer stands for; a typed form stays in its row.

    Those that an agent accompanies at the front desk end with the agent's.
    """
    beside = select(AccompaniedVisit.web_session).where(AccompaniedVisit.actor == subject)
    older = (
        or_(WebSession.subject == subject, WebSession.id.in_(beside)),
        WebSession.ended_at.is_(None),
        WebSession.opened_at < not_before,
    )
    write.execute(update(WebSession).where(*older).values(ended_at=moment))
    changed(write, SESSION, subject)


def note_heard(write: Write, provider: str) -> None:
    """A provider that tells something is there again."""
    write.execute(delete(SilentProvider).where(SilentProvider.provider == provider))


def forget_past(write: Write, moment: datetime) -> None:
    """Forget old notices and acts, and read marks that no notice reaches any more."""
    write.execute(delete(Notice).where(Notice.heard_at < moment - KEPT_NEWS))
    old = moment - KEPT_ACTS
    write.execute(
        delete(FamilyAct).where(or_(FamilyAct.asked_at < old, FamilyAct.settled_at < old))
    )
    visits.forget(write, moment - KEPT_NEWS)
    write.execute(delete(BulletinCard).where(BulletinCard.heard_at < moment - KEPT_NEWS))
    unread = select(ThreadReader.thread_id).where(ThreadReader.thread_id == ThreadCard.thread_id)
    forgotten = (~unread.exists(), ThreadCard.heard_at < moment - KEPT_NEWS)
    write.execute(delete(ThreadCard).where(*forgotten))
    write.execute(delete(NewsRead).where(NewsRead.until < moment - KEPT_NEWS))


@dataclass(frozen=True)
class _Told:
    """What a household, or one guardian in its place, is told."""

    household_id: str
    kind: str
    detail: Content
    at: datetime


def _keep_once(
    write: Write,
    provider: str,
    told: _Told | places.Notice | bills.BillNotice,
    key: str,
    child_ids: list[str],
    moment: datetime,
) -> None:
    if _keep(write, provider, told, key, child_ids, moment):
        arrived(write, category_of(told.kind), told.household_id, moment)


def _keep(
    write: Write,
    provider: str,
    told: _Told | places.Notice | bills.BillNotice,
    key: str,
    child_ids: list[str],
    moment: datetime,
) -> bool:
    """Keep a notice of a household, or of one guardian; say whether it is the first time."""
    content = {"kind": told.kind, "child_ids": child_ids, "detail": told.detail, "at": told.at}
    row = {
        "household_id": told.household_id,
        "provider": provider,
        "key": key,
        "heard_at": moment,
        "content": seal(of_notice(told.household_id, provider, key), plain(content)),
    }
    kept = write.upsert(Notice).values(**row).on_conflict_do_nothing().returning(Notice.key)
    is_new = write.scalar(kept) is not None
    if is_new:
        changed(write, NEWS, told.household_id)
    return is_new


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


def _keep_newer(
    write: Write,
    table: Any,
    keys: dict[str, str],
    version: int,
    content: bytes | str | None,
    **more: Any,
) -> bool:
    values = {"version": version, "content": content, **more}
    kept = (
        write.upsert(table)
        .values(**keys, **values)
        .on_conflict_do_update(
            index_elements=list(keys), set_=values, where=table.version < version
        )
        .returning(table.version)
    )
    return write.scalar(kept) is not None
