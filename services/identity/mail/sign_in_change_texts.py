"""Emails that say how one signs in has changed: what, when, and roughly where."""

from datetime import datetime, timedelta

from services.identity.mail.template_shape import ENGLISH, FRENCH, Template
from shared.contracts.identity.own_account.second_factors import (
    CODES_OFF,
    CODES_ON,
    COUNTER,
    KNOWN_DEVICE,
    NEW_DEVICE,
    OPENID_LINKED,
    OPENID_UNLINKED,
    PASSKEY_ADDED,
    PASSKEY_REMOVED,
    RECOVERY_MADE,
    RECOVERY_USED,
    RESET,
)
from shared.dates.clock import PARIS

AGENT_PREFIX = "agent_"
FAMILY_OTHERWISE = (
    "Sinon, choisissez tout de suite un autre mot de passe :\n{portal}/mot-de-passe-oublie\n"
    "puis appelez le guichet : {help}.\n",
    "Otherwise choose another password at once:\n{portal}/mot-de-passe-oublie\n"
    "then call the front desk: {help}.\n",
)
AGENT_OTHERWISE = (
    "Sinon, prévenez tout de suite la personne qui administre votre service : elle ferme l’accès "
    "et vous remet un nouveau code.\n",
    "Otherwise tell the person who administers your service at once: they close the access and "
    "hand you a new code.\n",
)
"""Advice for the case that it was somebody else, in both languages."""


def _make_email_of_change(
    french: tuple[str, str],
    english: tuple[str, str],
    otherwise: tuple[str, str] = FAMILY_OTHERWISE,
) -> Template:
    """Return the email of one change, by its subject and its sentence in both languages."""
    return Template(
        for_agents=otherwise is AGENT_OTHERWISE,
        good_for=timedelta(days=4),
        urgent=True,
        french=(
            french[0],
            f"{french[1]}\nQuand : {{when}}\nOù : {{where}}\n\n"
            f"Si c’est vous, ne faites rien. {otherwise[0]}",
        ),
        english=(
            english[0],
            f"{english[1]}\nWhen: {{when}}\nWhere: {{where}}\n\n"
            f"If it was you, do nothing. {otherwise[1]}",
        ),
    )


ACCESS_TEMPLATES = {
    PASSKEY_ADDED: _make_email_of_change(
        (
            "Une clé d’accès a été ajoutée",
            "Une clé d’accès vient d’être ajoutée à votre espace : elle suffit pour y entrer.",
        ),
        (
            "A passkey was added",
            "A passkey has just been added to your space: it is enough to sign in.",
        ),
    ),
    PASSKEY_REMOVED: _make_email_of_change(
        (
            "Une clé d’accès a été retirée",
            "Une clé d’accès de votre espace vient d’être retirée : elle ne sert plus.",
        ),
        (
            "A passkey was removed",
            "A passkey of your space has just been removed: it no longer works.",
        ),
    ),
    CODES_ON: _make_email_of_change(
        (
            "Un code vous sera demandé",
            "Pour entrer dans votre espace, un code à usage unique est demandé à partir de "
            "maintenant, en plus du mot de passe.",
        ),
        (
            "You will be asked for a code",
            "From now on your space asks for a one-time code besides the password.",
        ),
    ),
    CODES_OFF: _make_email_of_change(
        (
            "Aucun code ne vous sera plus demandé",
            "Les codes à usage unique de votre espace viennent d’être arrêtés.",
        ),
        (
            "You will no longer be asked for a code",
            "The one-time codes of your space have just been stopped.",
        ),
    ),
    RECOVERY_MADE: _make_email_of_change(
        (
            "De nouveaux codes de secours",
            "De nouveaux codes de secours viennent d’être faits pour votre espace : les anciens "
            "ne valent plus rien.",
        ),
        (
            "New recovery codes",
            "New recovery codes have just been made for your space: the former ones are void.",
        ),
    ),
    RECOVERY_USED: _make_email_of_change(
        (
            "Un code de secours a servi",
            "Un de vos codes de secours vient de servir : il ne vaut plus rien.",
        ),
        (
            "A recovery code was used",
            "One of your recovery codes has just been used: it is void now.",
        ),
    ),
    OPENID_LINKED: _make_email_of_change(
        (
            "Une autre façon d’entrer dans votre espace",
            "Votre espace vient d’être lié à votre identité chez un autre service : elle suffit "
            "pour y entrer.",
        ),
        (
            "Another way into your space",
            "Your space has just been linked with your identity at another service: it is enough "
            "to sign in.",
        ),
    ),
    OPENID_UNLINKED: _make_email_of_change(
        (
            "Une façon d’entrer de moins",
            "Votre espace n’est plus lié à votre identité chez un autre service.",
        ),
        (
            "One way in less",
            "Your space is no longer linked with your identity at another service.",
        ),
    ),
    AGENT_PREFIX + OPENID_LINKED: _make_email_of_change(
        (
            "Une autre façon d’entrer dans votre bureau",
            "Votre compte d’agent vient d’être lié à votre identité chez un autre service : elle "
            "ouvre une session.",
        ),
        (
            "Another way into your desk",
            "Your agent’s account has just been linked with your identity at another service: it "
            "opens a session.",
        ),
        AGENT_OTHERWISE,
    ),
    AGENT_PREFIX + OPENID_UNLINKED: _make_email_of_change(
        (
            "Une façon d’entrer de moins",
            "Votre compte d’agent n’est plus lié à votre identité chez un autre service.",
        ),
        (
            "One way in less",
            "Your agent’s account is no longer linked with your identity at another service.",
        ),
        AGENT_OTHERWISE,
    ),
    RESET: _make_email_of_change(
        (
            "La double vérification est retirée",
            "Vos clés d’accès, vos codes et le lien avec une identité d’ailleurs viennent d’être "
            "retirés au guichet, sur présentation d’une pièce d’identité. Le mot de passe suffit "
            "de nouveau pour entrer.",
        ),
        (
            "Two-step sign-in was removed",
            "Your passkeys, your codes and the link with an identity elsewhere have just been "
            "removed at the front desk, where an identity paper was shown. The password alone "
            "signs in again.",
        ),
    ),
}

PLACES = {
    KNOWN_DEVICE: {
        FRENCH: "sur votre espace, depuis un appareil déjà connu",
        ENGLISH: "in your space, from a device that it knows",
    },
    NEW_DEVICE: {
        FRENCH: "sur votre espace, depuis un nouvel appareil",
        ENGLISH: "in your space, from a new device",
    },
    COUNTER: {FRENCH: "au guichet, par un agent", ENGLISH: "at the front desk, by an agent"},
}


def moment_in_words(at: datetime) -> str:
    """Return a moment as an email says it, on the clocks of France."""
    return f"{at.astimezone(PARIS):%d/%m/%Y, %H:%M}"


def place_in_words(place: str, language: str) -> str:
    """Return roughly where a change was made."""
    return PLACES[place][language]
