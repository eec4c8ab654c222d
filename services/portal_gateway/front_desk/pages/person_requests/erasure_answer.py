"""Draft of the answer to a request to erase: what went, what stays, why and until when."""

from collections.abc import Iterable, Iterator, Sequence

from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.person_requests.labels import erasure_label
from services.portal_gateway.pages.account.my_data.person_request_labels import part_label
from shared.contracts.dossier.data_protection.person_requests import (
    ANSWER,
    ERASED,
    ActOfAgent,
)
from shared.contracts.dossier.data_protection.request_erasures import (
    ACCOUNTS,
    DECIDED,
    GUARDED,
    NEEDED,
    ChildParts,
    Part,
)
from shared.contracts.sections.consents import CONSENTS
from shared.web.base.app import shell_here
from shared.web.language.languages import language_here
from shared.web.language.provider_badges import badge_by_code
from shared.web.language.typography import long_date


def is_file_guarded(child: ChildParts) -> bool:
    """Say whether nothing of this file is erased by the page, nor said in an answer."""
    return any(part["kept"] == GUARDED for part in child["parts"])


def draft_of_answer(acts: Iterable[ActOfAgent], children: Sequence[ChildParts]) -> str:
    """
    Return what the agent reads again and sends, as much as an answer may hold.

    "" where none is known, or a file is guarded for whom nobody answers elsewhere. Of one for whom
    somebody does, and of any file that waits for the other parent, it says the same, or the words
    that miss would tell of a protection (rule R9). Of a ruling it says nothing (rule R7).
    """
    if not children or any(
        is_file_guarded(each) and not each["awaits_other_home"] for each in children
    ):
        return ""
    gone = _lines_of_erasures(act for act in acts if act["act"] == ERASED)
    files = ("\n".join(_lines_of_file(child)) for child in children)
    said = [each for each in (*gone, *files) if each]
    for count in range(len(said), -1, -1):
        more = [_("[À compléter : d’autres enfants]")] if count < len(said) else []
        whole = "\n".join((*said[:count], *more, *_always_kept()))
        if len(whole) <= ANSWER:
            break
    return whole


def names_of_services(codes: Iterable[str]) -> str:
    """Return what the town calls these services."""
    register = shell_here().register
    return ", ".join(badge_by_code(register, code).label for code in codes)


def _lines_of_erasures(acts: Iterable[ActOfAgent]) -> Iterator[str]:
    for act in acts:
        day, what = long_date(act["at"], language_here()), erasure_label(act["text"])
        yield _("Effacé le %(day)s, de %(what)s.", day=day, what=what)


def _lines_of_file(child: ChildParts) -> Iterator[str]:
    if child["awaits_other_home"]:
        yield _(
            "%(name)s : l’effacement demande l’accord de ses deux parents. L’autre le demande dans "
            "son espace, au guichet ou par lettre.",
            name=child["name"],
        )
        return
    kept = [(part, why) for part in child["parts"] if (why := _reason_in_words(part))]
    if kept:
        yield _("Ce qui est gardé de %(name)s :", name=child["name"])
    for part, why in kept:
        yield _("– %(part)s : %(why)s ;", part=part_label(part["part"]), why=why)
    free = [str(part_label(part["part"])) for part in child["parts"] if not part["kept"]]
    if free:
        yield _(
            "%(name)s. Pas encore effacé : %(parts)s.", name=child["name"], parts=", ".join(free)
        )


def _reason_in_words(part: Part) -> str:
    if part["kept"] == NEEDED:
        services = names_of_services(part["providers"])
        if part["part"] == CONSENTS.code:
            return _(
                "preuve de ce qui a été autorisé, tant que l’enfant est inscrit, à %(services)s "
                "(RGPD, art. 7-1 et 17-3-e)",
                services=services,
            )
        return _(
            "nécessaire pour accueillir l’enfant, tant qu’il est inscrit, à %(services)s "
            "(RGPD, art. 17-3-b)",
            services=services,
        )
    day = long_date(part["until"], language_here()) if part["until"] else ""
    until = _(", jusqu’au %(day)s", day=day) if day else ""
    return {
        ACCOUNTS: _("les factures nomment l’enfant et son foyer (RGPD, art. 17-3-b)") + until,
        DECIDED: _("l’école a été décidée (RGPD, art. 17-3-b)") + until,
    }.get(part["kept"], "")


def _always_kept() -> tuple[str, ...]:
    return (
        _(
            "Réservations, inscriptions, messages aux services et pièces du foyer : gardés "
            "jusqu’à la fin de leur durée, après l’inscription (RGPD, art. 17-3-b)."
        ),
        _("Factures et paiements : gardés pour la comptabilité publique (RGPD, art. 17-3-b)."),
        _("Journal de qui a lu : gardé douze mois, comme preuve (RGPD, art. 17-3-e)."),
    )
