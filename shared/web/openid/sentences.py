"""Sentences about signing in elsewhere: why it did not work, and what to do instead."""

from flask_babel import gettext as _

from shared.contracts.errors import NotEntitled, Refusal
from shared.contracts.identity.openid import OpenIdNotLinkable, OpenIdNotLinked, OpenIdRefused
from shared.contracts.identity.sign_ins import TooManyTries


def away_sentence(name: str) -> str:
    """Say that the provider does not answer, and that the password does."""
    return _("%(name)s ne répond pas en ce moment. Entrez avec votre mot de passe.", name=name)


def late_sentence() -> str:
    """Say that it took too long, or has served."""
    return _("La connexion a duré trop longtemps, ou a déjà servi. Recommencez.")


def refusal_sentence(refusal: Refusal, name: str) -> str:
    """Return why a provider's word opens nothing; raises the refusal where it is about none."""
    if isinstance(refusal, OpenIdNotLinked):
        return _(
            "Aucun compte d’ici n’est encore lié à cette identité. Entrez cette fois avec votre "
            "mot de passe, ou avec le code de votre courrier, puis liez %(name)s dans « E-mail, "
            "mot de passe et appareils ».",
            name=name,
        )
    if isinstance(refusal, OpenIdNotLinkable):
        return _reason_not_linked(str(refusal.detail.get("reason", "")), name)
    if isinstance(refusal, OpenIdRefused):
        return _reason_refused(str(refusal.detail.get("reason", "")), name)
    if isinstance(refusal, NotEntitled):
        return _("Vous n’avez pas de droit ici aujourd’hui : votre administrateur peut en donner.")
    if isinstance(refusal, TooManyTries):
        return _("Trop d’essais. Attendez un peu, puis essayez de nouveau.")
    raise refusal


def _reason_not_linked(reason: str, name: str) -> str:
    if reason == "name":
        return _(
            "%(name)s donne un autre nom que celui de votre dossier : rien n’est lié. Si votre nom "
            "a changé, ou s’il y a une faute, le guichet le corrige.",
            name=name,
        )
    if reason == "linked":
        return _("Votre compte est déjà lié. Ôtez d’abord ce lien.")
    return _("Cette identité est déjà liée à un autre compte d’ici. Appelez-nous.")


def _reason_refused(reason: str, name: str) -> str:
    if reason == "late":
        return late_sentence()
    if reason == "denied":
        return _(
            "%(name)s ne vous a pas identifié, ou vous y avez renoncé. Entrez autrement.", name=name
        )
    if reason == "level":
        return _("%(name)s ne vous connaît pas assez sûrement pour entrer ici.", name=name)
    if reason == "earlier":
        return _(
            "%(name)s ne vous a pas demandé de nouveau qui vous êtes. Fermez-y votre session, puis "
            "recommencez.",
            name=name,
        )
    if reason == "email":
        return _("L’adresse que donne %(name)s n’est pas celle d’un agent de la ville.", name=name)
    return _("La réponse de %(name)s n’est pas acceptée. Recommencez.", name=name)
