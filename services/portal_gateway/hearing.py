"""
What was told, kept: whole states, each replaced by a newer version alone; notices, each once.

A second delivery, or an older one, changes nothing.
"""

import json
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete, or_, update

from services.portal_gateway.models import (
    Activity,
    BillCard,
    FamilyAct,
    FamilyCard,
    GuardianCard,
    NewsRead,
    Notice,
    SilentProvider,
    WebSession,
)
from services.portal_gateway.plain import plain
from services.portal_gateway.seals import of_act, of_bills, of_card, of_guardian, of_notice
from services.portal_gateway.store import seal
from shared.database import Write

KEPT_NEWS = timedelta(days=60)
KEPT_ACTS = timedelta(days=30)
BILL_NOTICES = UUID("6f0c1c52-5f0e-4b7a-9d35-0d6c1a3a7b11")
"""Under which keys of billing become keys that no provider can have told before it."""


def keep_guardian_card(write: Write, fact: Any) -> None:
    """Keep the dossier's word on a guardian, if it is newer."""
    content = {
        "at": fact.at,
        "households": fact.households,
        "children": fact.children,
    }
    sealed = seal(of_guardian(fact.subject), plain(content))
    _keep_newer(write, GuardianCard, {"subject": fact.subject}, fact.version, sealed)


def keep_family_card(write: Write, provider: str, fact: Any) -> None:
    """Keep a provider's word on a household, if it is newer."""
    keys = {"household_id": fact.household_id, "provider": provider}
    content = plain({"at": fact.at, "children": fact.children})
    sealed = seal(of_card(fact.household_id, provider), content)
    _keep_newer(write, FamilyCard, keys, fact.version, sealed)


def keep_bill_card(write: Write, fact: Any) -> None:
    """Keep what a household owes and paid at a provider, as billing says, if it is newer."""
    keys = {"household_id": fact.household_id, "provider": fact.provider}
    content = plain(
        {
            "at": fact.at,
            "credit_cents": fact.credit_cents,
            "bills": fact.bills,
            "payments": fact.payments,
        }
    )
    sealed = seal(of_bills(fact.household_id, fact.provider), content)
    _keep_newer(write, BillCard, keys, fact.version, sealed)


def keep_activity(write: Write, provider: str, fact: Any) -> None:
    """Keep what a provider offers, if it is newer; what is withdrawn leaves its version behind."""
    keys = {"provider": provider, "activity_id": fact.activity_id}
    content = None if fact.content is None else json.dumps(plain(fact.content), ensure_ascii=False)
    _keep_newer(write, Activity, keys, fact.version, content)


def keep_notice(write: Write, provider: str, fact: Any, moment: datetime) -> None:
    """Keep a notice of a provider the first time that its key comes."""
    _keep_once(write, provider, fact, fact.key, fact.child_ids, moment)


def keep_bill_notice(write: Write, fact: Any, moment: datetime) -> None:
    """Keep a notice about bills once; its key is no key of the provider's own notices."""
    key = str(uuid5(BILL_NOTICES, fact.key))
    _keep_once(write, fact.provider, fact, key, [], moment)


def keep_widening(write: Write, fact: Any, moment: datetime) -> None:
    """Keep once what will be known more widely, under the provider that will know it."""
    detail = {
        "widening": fact.kind,
        "what": fact.what,
        "after": fact.after,
        "valid_from": fact.valid_from.isoformat(),
    }
    told = SimpleNamespace(
        household_id=fact.household_id, kind="widening", detail=detail, at=fact.at
    )
    _keep_once(write, fact.provider, told, f"widening-{fact.key}", fact.child_ids, moment)


def settle_act(write: Write, provider: str, fact: Any, moment: datetime) -> None:
    """Note what became of an act, once; only the provider to which it went can say so."""
    outcome = {"code": fact.code, "answer": fact.answer}
    waiting = (
        FamilyAct.act_id == fact.act_id,
        FamilyAct.provider == provider,
        FamilyAct.settled_at.is_(None),
    )
    sealed = seal(of_act(fact.act_id, "outcome"), plain(outcome))
    write.execute(update(FamilyAct).where(*waiting).values(settled_at=moment, outcome=sealed))


def close_sessions(write: Write, subject: str, not_before: datetime, moment: datetime) -> None:
    """Close the sessions that identity no longer stands for; a typed form stays in its row."""
    older = (
        WebSession.subject == subject,
        WebSession.ended_at.is_(None),
        WebSession.opened_at < not_before,
    )
    write.execute(update(WebSession).where(*older).values(ended_at=moment))


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
    write.execute(delete(NewsRead).where(NewsRead.until < moment - KEPT_NEWS))


def _keep_once(
    write: Write, provider: str, fact: Any, key: str, child_ids: list[str], moment: datetime
) -> None:
    content = {"kind": fact.kind, "child_ids": child_ids, "detail": fact.detail, "at": fact.at}
    row = {
        "household_id": fact.household_id,
        "provider": provider,
        "key": key,
        "heard_at": moment,
        "content": seal(of_notice(fact.household_id, provider, key), plain(content)),
    }
    write.execute(write.upsert(Notice).values(**row).on_conflict_do_nothing())


def _keep_newer(
    write: Write, table: Any, keys: dict[str, str], version: int, content: bytes | str | None
) -> None:
    values = {"version": version, "content": content}
    write.execute(
        write.upsert(table)
        .values(**keys, **values)
        .on_conflict_do_update(
            index_elements=list(keys), set_=values, where=table.version < version
        )
    )
