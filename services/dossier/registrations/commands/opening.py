"""Seals a draft's content as its next version, and closes a draft that the desk has decided on."""

from services.dossier.models import Draft
from services.dossier.registrations.queries.registrations import sealed_place
from services.dossier.registrations.rules.drafts import forgotten_on
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier.registrations import ACCEPTED
from shared.dates.instant import When


def keep_content(draft: Draft, content: Content, when: When) -> None:
    """Seal a draft's content as its next version; it is kept for a while longer."""
    draft.version += 1
    draft.content = vault.seal(draft.id, sealed_place(draft.version), content)
    draft.forget_on = forgotten_on(draft.state, when.day)


def decide(draft: Draft, state: str, by: str, when: When, reason: str = "") -> None:
    """Close a draft: what was written goes now, its key within the hour (`forgetting`)."""
    draft.state, draft.content, draft.reason = state, None, reason
    draft.decided_at, draft.decided_by = when.moment, by
    draft.forget_on = forgotten_on(ACCEPTED, when.day)
