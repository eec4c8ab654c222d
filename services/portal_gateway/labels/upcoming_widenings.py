"""
Widenings that the register announces: what more a provider will receive of a child, and from when.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from services.portal_gateway.labels import dossier as record_labels
from shared.register import Register, length_in_words
from shared.web.language.provider_badges import Mark, badge_by_code


@dataclass(frozen=True)
class UpcomingWidening:
    """One widening that is not in force yet; `mark` is the town's where no service gets more."""

    mark: Mark
    line: str
    purpose: str
    valid_from: date


def upcoming_widenings(register: Register, providers: Collection[str]) -> list[UpcomingWidening]:
    """Return what changes for a child whom these providers have, the first change first."""
    rows = [
        widening for widening in register.now.announced if widening.provider in {*providers, ""}
    ]
    return [
        UpcomingWidening(
            badge_by_code(register, row.provider),
            widening_sentence(register, row.kind, row.what, row.after),
            "" if row.kind == "retention" else row.after,
            row.valid_from,
        )
        for row in sorted(rows, key=lambda row: row.valid_from)
    ]


def widening_sentence(register: Register, kind: str, what: str, after: str) -> str:
    """Say a widening in a sentence."""
    if kind == "retention":
        section, length = record_labels.section_label(register, what), length_in_words(after)
        return _(
            "« %(section)s » sera gardé plus longtemps : %(length)s", section=section, length=length
        )
    label = str(record_labels.PROJECTIONS.get(what, what))
    if kind == "on_request":
        return _("pourra recevoir, si vous le demandez : %(what)s", what=label)
    if kind == "on_occasion":
        return _("recevra le régime et les allergies les jours où l’on mange")
    if kind == "purpose":
        return _("utilisera aussi autrement : %(what)s", what=label)
    return _("recevra aussi : %(what)s", what=label)
