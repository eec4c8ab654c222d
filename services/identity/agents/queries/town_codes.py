"""Codes given at the town's word, as administrators and the DPO read them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, aliased

from services.identity.models import Account, CodeByTown

AT_ONCE = 100


SHOWN_FOR = timedelta(days=90)
"""How long administrators read of it on the page of agents; the DPO reads all of them."""


def given_lately(read: Session, subjects: Iterable[str], at: datetime) -> dict[str, Any]:
    """Return by person the last such code of the last weeks, as administrators read it."""
    former = aliased(Account)
    rows = (
        select(CodeByTown, former.name)
        .outerjoin(former, former.subject == CodeByTown.in_place_of)
        .where(CodeByTown.subject.in_(list(subjects)), CodeByTown.at > at - SHOWN_FOR)
        .order_by(CodeByTown.at)
    )
    return {
        row.subject: {
            "at": row.at.isoformat(),
            "by": row.asked_by,
            "reason": row.reason,
            "in_place_of": name or "",
        }
        for row, name in read.execute(rows)
    }


def given_page(read: Session, after: str) -> dict[str, Any]:
    """Return some such codes after one, oldest first, as the DPO reads them."""
    former = aliased(Account)
    rows = (
        select(CodeByTown, Account, former)
        .join(Account, Account.subject == CodeByTown.subject)
        .outerjoin(former, former.subject == CodeByTown.in_place_of)
        .order_by(CodeByTown.at, CodeByTown.id)
        .limit(AT_ONCE + 1)
    )
    last = read.get(CodeByTown, after) if after else None
    if last is not None:
        rows = rows.where(tuple_(CodeByTown.at, CodeByTown.id) > (last.at, last.id))
    found = read.execute(rows).all()
    codes = [
        {
            "at": row.at,
            "office": row.office,
            "login": account.login,
            "name": account.name,
            "asked_by": row.asked_by,
            "reason": row.reason,
            "others": row.others,
            "in_place_of": f"{left.name} ({left.login})" if left else "",
        }
        for row, account, left in found[:AT_ONCE]
    ]
    return {"codes": codes, "next": found[AT_ONCE - 1][0].id if len(found) > AT_ONCE else ""}
