"""Codes issued by operations, as administrators and the DPO read them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, aliased

from services.identity.models import Account, CodeByTown
from shared.contracts.identity.agents import RecentTownCode
from shared.contracts.identity.codes_issued_by_operations import CodesByTownAnswer, TownCode

AT_ONCE = 100


SHOWN_FOR = timedelta(days=90)
"""Period shown to administrators on the page of agents; the DPO reads all codes."""


def latest_town_code_by_person(
    read: Session, subjects: Iterable[str], at: datetime
) -> dict[str, RecentTownCode]:
    """Return by person the last such code of the last weeks, as administrators read it."""
    former = aliased(Account)
    rows = (
        select(CodeByTown, former.name)
        .outerjoin(former, former.subject == CodeByTown.in_place_of)
        .where(CodeByTown.subject.in_(list(subjects)), CodeByTown.at > at - SHOWN_FOR)
        .order_by(CodeByTown.at)
    )
    return {
        row.subject: RecentTownCode(
            at=row.at, by=row.asked_by, reason=row.reason, in_place_of=name or ""
        )
        for row, name in read.execute(rows)
    }


def page_of_codes_by_town(read: Session, after: str) -> CodesByTownAnswer:
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
    page = read.execute(rows).all()
    codes = [
        TownCode(
            at=row.at,
            office=row.office,
            login=account.login,
            name=account.name,
            asked_by=row.asked_by,
            reason=row.reason,
            others=row.others,
            in_place_of=f"{left.name} ({left.login})" if left else "",
        )
        for row, account, left in page[:AT_ONCE]
    ]
    return CodesByTownAnswer(codes, page[AT_ONCE - 1][0].id if len(page) > AT_ONCE else "")
