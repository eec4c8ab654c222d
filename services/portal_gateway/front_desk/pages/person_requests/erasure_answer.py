"""Draft of the answer to a request to erase: what went, what stays, why and until when."""

from collections.abc import Iterable, Iterator, Sequence

from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.person_requests.labels import erasure_label
from services.portal_gateway.pages.account.my_data.person_request_labels import part_label
from shared.contracts.dossier.data_protection.person_requests import ERASED, ActOfAgent
from shared.contracts.dossier.data_protection.request_erasures import (
    ACCOUNTS,
    DECIDED,
    GUARDED,
    NEEDED,
    OTHER_HOME,
    ChildParts,
    Part,
)
from shared.web.base.app import shell_here
from shared.web.language.languages import language_here
from shared.web.language.provider_badges import badge_by_code
from shared.web.language.typography import long_date


def is_file_guarded(child: ChildParts) -> bool:
    """Say whether nothing of this file is erased by the page, nor said in an answer."""
    return any(part["kept"] == GUARDED for part in child["parts"])


def draft_of_answer(acts: Iterable[ActOfAgent], children: Sequence[ChildParts]) -> str:
    """
    Return what the agent reads again and sends; "" where a file is guarded, or none is known.

    Of a ruling it says nothing (rule R7), and of a part that can go neither: the agent decides.
    """
    if not children or any(map(is_file_guarded, children)):
        return ""
    gone = [act for act in acts if act["act"] == ERASED]
    return "\n".join((*_lines_of_erasures(gone), *_lines_of_kept(children), *_always_kept()))


def names_of_services(codes: Iterable[str]) -> str:
    """Return what the town calls these services."""
    register = shell_here().register
    return ", ".join(badge_by_code(register, code).label for code in codes)


def _lines_of_erasures(acts: Iterable[ActOfAgent]) -> Iterator[str]:
    for act in acts:
        day, what = long_date(act["at"], language_here()), erasure_label(act["text"])
        yield _("Effacé le %(day)s, de %(what)s.", day=day, what=what)


def _lines_of_kept(children: Sequence[ChildParts]) -> Iterator[str]:
    for child in children:
        kept = [(part, why) for part in child["parts"] if (why := _reason_in_words(part))]
        if kept:
            yield _("Ce qui est gardé de %(name)s :", name=child["name"])
        for part, why in kept:
            yield _("– %(part)s : %(why)s ;", part=part_label(part["part"]), why=why)


def _reason_in_words(part: Part) -> str:
    day = long_date(part["until"], language_here()) if part["until"] else ""
    until = _(", jusqu’au %(day)s", day=day) if day else ""
    return {
        ACCOUNTS: _("les factures nomment l’enfant et son foyer (RGPD, art. 17-3-b)") + until,
        DECIDED: _("l’école a été décidée (RGPD, art. 17-3-b)") + until,
        NEEDED: _(
            "nécessaire pour accueillir l’enfant, tant qu’il est inscrit, à %(services)s "
            "(RGPD, art. 17-3-b)",
            services=names_of_services(part["providers"]),
        ),
        OTHER_HOME: _("ne s’efface qu’à la demande de chacun de ses foyers"),
    }.get(part["kept"], "")


def _always_kept() -> tuple[str, str]:
    return (
        _("Factures et paiements : gardés pour la comptabilité publique (RGPD, art. 17-3-b)."),
        _("Journal de qui a lu : gardé douze mois, comme preuve (RGPD, art. 17-3-e)."),
    )
