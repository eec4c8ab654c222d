"""Letters whose codes are still good, and passwords said to be forgotten."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from services.identity.accounts import queries
from services.identity.models import Account, ForgottenPassword, Invitation, LetterLot
from shared.contracts.identity import invitations

AT_ONCE = 500


def letter_lots_to_reprint(read: Session, at: datetime) -> list[invitations.LetterLot]:
    """Return the lots of letters with codes that are good and unused, the latest first."""
    used, unused = (
        func.count(Invitation.used_at),
        func.sum(case((_unused_code_condition(at), 1), else_=0)),
    )
    rows = read.execute(
        select(LetterLot, used, unused)
        .join(Invitation, Invitation.lot == LetterLot.id)
        .join(Account, Account.subject == Invitation.subject)
        .group_by(LetterLot.id)
        .having(unused > 0)
        .order_by(LetterLot.printed_at.desc(), LetterLot.id)
        .limit(invitations.MOST_LOTS)
    )
    return [
        invitations.LetterLot(
            lot=lot.id,
            printed_at=lot.printed_at,
            printed_by=lot.printed_by,
            used=used,
            unused=unused,
        )
        for lot, used, unused in rows
    ]


def guardians_with_unused_code(read: Session, lot: str, at: datetime) -> list[str]:
    """Return the guardians of a lot whose code of it is good and unused."""
    rows = select(Invitation.subject).join(Account, Account.subject == Invitation.subject)
    of_lot = rows.where(Invitation.lot == lot, _unused_code_condition(at)).order_by(
        Invitation.subject
    )
    return list(read.scalars(of_lot))


def _unused_code_condition(at: datetime) -> ColumnElement[bool]:
    return queries.usable_invitation_condition(at) & Account.active.is_(False)


def requests_to_reset_password(read: Session) -> Sequence[ForgottenPassword]:
    """Return some requests to reset a password, the oldest first."""
    asked = select(ForgottenPassword).order_by(ForgottenPassword.asked_at).limit(AT_ONCE)
    return read.scalars(asked).all()
