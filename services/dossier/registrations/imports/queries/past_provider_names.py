"""Names of providers, those that left too, for the activity history."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import CourseProvider
from shared.register import Register


def providers_to_name(session: Session, register: Register) -> list[Mapping[str, str]]:
    """Return the providers of the register whose names are not kept yet, or have changed."""
    known = {row.provider: row.label for row in session.scalars(select(CourseProvider))}
    return [
        {"provider": each.code, "label": each.label}
        for each in register.now.providers
        if known.get(each.code) != each.label
    ]


def names_of_providers(
    session: Session, register: Register, codes: Iterable[str]
) -> Mapping[str, str]:
    """Return what providers are called now, or were; a code nobody ever named names itself."""
    kept = {row.provider: row.label for row in session.scalars(select(CourseProvider))}
    now = {each.code: each.label for each in register.now.providers}
    return {code: now.get(code) or kept.get(code, code) for code in codes}
