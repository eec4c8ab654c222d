"""Children, guardians and households that are invented for a provider’s trial."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import TrialMember
from shared.database.chunks import chunks


def trial_of(session: Session, member_id: str) -> str | None:
    """Return the provider for whose trial a child or an adult was invented; None for real ones."""
    return session.scalar(select(TrialMember.provider).where(TrialMember.member_id == member_id))


def members_among(session: Session, ids: Collection[str]) -> set[str]:
    """Return those of these children, guardians or households that are invented."""
    return {
        member_id
        for batch in chunks(ids)
        for member_id in session.scalars(
            select(TrialMember.member_id).where(TrialMember.member_id.in_(batch))
        )
    }
