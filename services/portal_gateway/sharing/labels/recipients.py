"""Recipients of each part of a section, shown before a guardian saves it; from the register."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flask_babel import gettext

from shared.contracts.sections import PROJECTIONS, READ_BY_FAMILIES
from shared.register import Provider, Register
from shared.web.language.provider_badges import Mark, badge_of_provider


@dataclass(frozen=True)
class Recipient:
    """One provider of the child and what it receives of one section."""

    mark: Mark
    parts: tuple[str, ...]
    """Parts that it receives; empty if it receives nothing."""
    all_of_it: bool
    """False where it receives a part only, and the page says so."""
    roles: tuple[str, ...]
    """The functions that read it there."""


def projections_of_section(section: str) -> list[str]:
    """Return the projections that a section feeds, in reading order."""
    return [projection.code for projection in READ_BY_FAMILIES if section in projection.fed_by]


def recipients_of_section(
    register: Register,
    section: str,
    providers: Iterable[str],
    also: Collection[tuple[str, str]] = (),
) -> list[Recipient]:
    """
    Return the parts of a section that each of a child's providers receives, the most first.

    `also` are a guardian's grants: provider and projection (rule R4).
    """
    codes = set(providers)
    rows = [
        _shown_recipient(register, section, provider, also)
        for provider in register.now.providers
        if provider.code in codes
    ]
    return sorted(rows, key=lambda recipient: -len(recipient.parts))


def _shown_recipient(
    register: Register, section: str, provider: Provider, also: Collection[tuple[str, str]]
) -> Recipient:
    entitled = {
        *register.usual_projections(provider.principal),
        *(p for c, p in also if c == provider.code),
    }
    fed = [projection for projection in projections_of_section(section) if projection in entitled]
    if "health_sheet" in fed:
        fed = ["health_sheet"]
    return Recipient(
        mark=badge_of_provider(provider),
        parts=tuple(
            _part_carried_by_projection(register, provider, section, projection)
            for projection in fed
        ),
        all_of_it=_is_whole_section(fed),
        roles=tuple(role.label for role in provider.roles if set(role.projections) & set(fed)),
    )


def _part_carried_by_projection(
    register: Register, provider: Provider, section: str, projection: str
) -> str:
    """Return what a projection carries of a section, and of whom where it is not every child."""
    part = gettext(PROJECTIONS[projection].carried[section])
    bound = next(
        row.activities
        for row in register.now.entitlements
        if (row.provider, row.projection) == (provider.code, projection)
    )
    if not bound:
        return part
    names = ", ".join(each.label for each in provider.activities if each.code in bound)
    return gettext("%(part)s (enfants inscrits à : %(activities)s)", part=part, activities=names)


def _is_whole_section(fed: list[str]) -> bool:
    """Return whether the section leaves whole; the care core always is a part."""
    return any(PROJECTIONS[code].whole for code in fed)
