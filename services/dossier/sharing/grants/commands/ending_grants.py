"""
Ends grants of guardians (rule R4).

Nothing is published here: `sharing/publishing/commands/projection_publisher.py` and
`sharing/links/commands/guardian_grants.py` do.
"""

from collections.abc import Collection

from sqlalchemy import update

from services.dossier.models import GuardianGrant
from services.dossier.sharing.grants.queries.guardian_grants import IN_FORCE
from services.dossier.sharing.rules.projection_targets import Target
from shared.database import Write
from shared.dates.instant import Instant


def end_all_grants(write: Write, child_id: str, provider: str, when: Instant) -> None:
    """End the grants to a provider that no longer has the child: a new link needs a new grant."""
    grants = (GuardianGrant.child_id == child_id, GuardianGrant.provider == provider, IN_FORCE)
    write.execute(update(GuardianGrant).where(*grants).values(ended_at=when.moment))


def end_due_grants(write: Write, child_ids: Collection[str], when: Instant) -> list[Target]:
    """End these children's grants whose last day has passed; return the targets concerned."""
    over = update(GuardianGrant).where(
        GuardianGrant.child_id.in_(child_ids), IN_FORCE, GuardianGrant.until < when.day
    )
    ended = over.values(ended_at=when.moment).returning(
        GuardianGrant.child_id, GuardianGrant.provider, GuardianGrant.projection
    )
    return sorted(Target(*row) for row in write.execute(ended))
