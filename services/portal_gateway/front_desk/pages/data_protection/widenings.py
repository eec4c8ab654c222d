"""A widening in the words of the data protection office: who, what, now and then."""

from typing import NamedTuple

from flask_babel import gettext as _

from services.portal_gateway.labels.dossier import section_label
from shared.contracts.portal_gateway.widening_approvals import AskedWidening
from shared.contracts.sections import PROJECTIONS
from shared.register import REFERENCE_DATES, Register, length_in_words
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import Mark, badge_by_code


class Change(NamedTuple):
    """One row of what would change; `before` is "" where nothing was known or done."""

    mark: Mark
    what: str
    how: str
    before: str
    after: str
    sensitive: bool


def changes_of_widenings(widenings: list[AskedWidening]) -> list[Change]:
    """Return what would change, in the order of the town file."""
    return [_change_of_widening(shell_here().register, each) for each in widenings]


def _change_of_widening(register: Register, asked: AskedWidening) -> Change:
    mark = badge_by_code(register, asked["provider"])
    kind, what = asked["kind"], asked["what"]
    if kind == "retention":
        return Change(
            mark,
            section_label(register, what),
            _("garderait plus longtemps, ou depuis un autre jour"),
            _retention_in_words(asked["before"]),
            _retention_in_words(asked["after"]),
            sensitive=False,
        )
    if kind == "on_occasion":
        return Change(
            mark,
            _("Régime et allergies"),
            _("recevrait, des enfants réservés, les jours où l’on mange"),
            asked["before"],
            asked["after"],
            sensitive=True,
        )
    stated = PROJECTIONS.get(what)
    label = _(stated.desk_label or stated.label) if stated else what
    sensitive = stated is not None and stated.sensitive
    return Change(mark, label, _verb_of_change(kind), asked["before"], asked["after"], sensitive)


def _verb_of_change(kind: str) -> str:
    if kind == "purpose":
        return _("utiliserait autrement")
    if kind == "on_request":
        return _("recevrait, si un parent le demande")
    return _("recevrait, de chaque enfant concerné")


def _retention_in_words(written: str) -> str:
    """Return « 15 days, last_session » as the register says it."""
    length, _comma, since = written.partition(", ")
    return _(
        "%(length)s après %(since)s",
        length=length_in_words(length),
        since=REFERENCE_DATES.get(since, since),
    )
