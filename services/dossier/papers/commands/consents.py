"""Keeps what a guardian allows, or no longer does."""

from services.dossier.households.queries.contacts_withheld_from_home import home_of_author
from services.dossier.sections.commands import store_section
from services.dossier.sections.queries import content_of_section
from services.dossier.sections.rules.projections import affected_projections
from services.dossier.sharing.publishing.commands.projection_publisher import (
    lock_children,
    publish_changes,
    targets_at_linked_providers,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier.papers import child_papers as contracts
from shared.contracts.errors import Outdated
from shared.contracts.sections import consents as rules
from shared.database import Write
from shared.dates.instant import Instant


def record_consent_of_guardian(
    write: Write,
    policy: AccessPolicy,
    request: contracts.SayConsentRequest,
    *,
    by: str,
    when: Instant,
) -> None:
    """Keep one word of a guardian, unless it said the same last; services learn the state."""
    act = rules.ACTS[request.act]
    if request.version != act.version:
        raise Outdated(version=0)
    lock_children(write, [request.child_id])
    content = content_of_section(write, request.child_id, rules.CODE)
    last = rules.last_answers_that_count(content.get("words", ()), act.code, {by})
    if last and last[0]["given"] is request.given:
        return
    word = {
        "act": act.code,
        "by": by,
        "given": request.given,
        "on": when.day.isoformat(),
        "version": act.version,
    }
    home = home_of_author(write, request.child_id, by)
    said = rules.with_consent_added(content, word)
    store_section(write, request.child_id, rules.CODE, said, by=by, when=when, home=home)
    targets = targets_at_linked_providers(
        write, [request.child_id], affected_projections(rules.CODE)
    )
    publish_changes(write, policy, targets, when)
