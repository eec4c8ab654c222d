"""Recipients of a change, as far as its author was shown the section (rule R9)."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import contents_for_projections
from services.dossier.sections.rules.projections import Content, prepare_projection
from services.dossier.sharing.rules.policy import AccessPolicy
from services.dossier.sharing.rules.targets import Target
from shared.dates.instant import Instant


def recipients_as_shown(
    session: Session,
    policy: AccessPolicy,
    targets: Collection[Target],
    section: str,
    versions: tuple[Content, Content],
    when: Instant,
) -> set[str]:
    """
    Return the providers that would receive the change if only the shown content existed.

    `versions` are the section as it was shown, and as it is now. The real recipients would betray
    withheld content: a first number that changes, and no service receives it.
    """
    projections = {target.projection for target in targets}
    recipients: set[str] = set()
    for child_id in {target.child_id for target in targets}:
        contents = contents_for_projections(session, [child_id], projections, when.day)[child_id]
        before, after = ({**contents, section: content} for content in versions)
        for target in targets:
            projected = [
                prepare_projection(target.projection, content, when.day)
                for content in (before, after)
            ]
            entitled = target.projection in policy.projections(target.provider)
            if target.child_id == child_id and entitled and projected[0] != projected[1]:
                recipients.add(target.provider)
    return recipients
