"""Children, guardians and households that are invented for a provider’s trial."""

from collections.abc import Collection

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.dossier.models import TrialMember
from shared.database.prebuilt_statements import among_parameter, execute, rows_among

_TRIAL_OF = select(TrialMember.provider).where(TrialMember.member_id == bindparam("member_id"))
_MEMBERS = select(TrialMember.member_id).where(TrialMember.member_id.in_(among_parameter()))


def trial_provider_of_member(session: Session, member_id: str) -> str | None:
    """Return the provider for whose trial a child or an adult was invented; None for real ones."""
    return execute(session, _TRIAL_OF, member_id=member_id).scalar()


def trial_members_among(session: Session, ids: Collection[str]) -> set[str]:
    """Return those of these children, guardians or households that are invented."""
    return {row.member_id for row in rows_among(session, _MEMBERS, ids)}
