"""Texts of emails about one's own access: the password, and the address that emails go to."""

from datetime import timedelta

from services.identity.mail.template_shape import ENGLISH, FRENCH, Template

PASSWORD_CHANGED, AGENT_PASSWORD_CHANGED = "password_changed", "agent_password_changed"
EMAIL_CODE, EMAIL_TAKEN = "email_code", "email_taken"
EMAIL_ASKED, EMAIL_CHANGED = "email_asked", "email_changed"
SPACE_CLOSED = "space_closed"

OWN_ACCESS = {
    PASSWORD_CHANGED: Template(
        good_for=timedelta(days=4),
        urgent=True,
        values=frozenset(),
        subject={
            FRENCH: "Votre mot de passe a changé",
            ENGLISH: "Your password was changed",
        },
        text={
            FRENCH: (
                "Bonjour,\n\n"
                "Le mot de passe de votre espace vient de changer, et vos autres appareils ont été "
                "déconnectés.\n\n"
                "Si c’est vous, ne faites rien. Sinon, choisissez-en un autre tout de suite :\n"
                "{portal}/mot-de-passe-oublie\n"
                "puis appelez le guichet ; son numéro est sur cette page :\n{portal}/\n"
            ),
            ENGLISH: (
                "Hello,\n\n"
                "The password of your space has just been changed, and your other devices were "
                "signed out.\n\n"
                "If it was you, do nothing. Otherwise choose another one at once:\n"
                "{portal}/mot-de-passe-oublie\n"
                "then call the front desk; its number is on this page:\n{portal}/\n"
            ),
        },
    ),
    AGENT_PASSWORD_CHANGED: Template(
        good_for=timedelta(days=4),
        urgent=True,
        values=frozenset(),
        subject={
            FRENCH: "Votre mot de passe a changé",
            ENGLISH: "Your password was changed",
        },
        text={
            FRENCH: (
                "Bonjour,\n\n"
                "Le mot de passe de votre compte d’agent vient de changer, et vos autres appareils "
                "ont été déconnectés.\n\n"
                "Si c’est vous, ne faites rien. Sinon, prévenez tout de suite la personne qui "
                "administre votre service : elle ferme l’accès et vous remet un nouveau code.\n"
            ),
            ENGLISH: (
                "Hello,\n\n"
                "The password of your agent’s account has just been changed, and your other "
                "devices were signed out.\n\n"
                "If it was you, do nothing. Otherwise tell the person who administers your "
                "service at once: they close the access and hand you a new code.\n"
            ),
        },
    ),
    EMAIL_CODE: Template(
        good_for=timedelta(hours=12),
        urgent=True,
        values=frozenset({"code"}),
        subject={
            FRENCH: "Confirmez votre adresse e-mail",
            ENGLISH: "Confirm your e-mail address",
        },
        text={
            FRENCH: (
                "Bonjour,\n\n"
                "Votre code : {code}\n\n"
                "Écrivez-le sur la page où vous avez donné cette adresse. Ne le dites à personne, "
                "même au téléphone. Si vous n’avez rien demandé, ne faites rien : sans ce code, "
                "votre adresse ne sert à personne.\n"
            ),
            ENGLISH: (
                "Hello,\n\n"
                "Your code: {code}\n\n"
                "Type it on the page where you gave this address. Tell it to nobody, not even on "
                "the telephone. If you asked for nothing, do nothing: without this code your "
                "address serves nobody.\n"
            ),
        },
    ),
    EMAIL_TAKEN: Template(
        good_for=timedelta(hours=12),
        urgent=True,
        values=frozenset(),
        subject={
            FRENCH: "Votre adresse ouvre déjà un espace",
            ENGLISH: "Your address opens a space already",
        },
        text={
            FRENCH: (
                "Bonjour,\n\n"
                "Quelqu’un a écrit votre adresse pour un autre espace. Elle ouvre déjà le vôtre : "
                "rien n’a changé, et l’autre espace ne l’a pas.\n\n"
                "Si c’est vous, il faut une autre adresse : chacun la sienne. Sinon, ne faites "
                "rien.\n"
            ),
            ENGLISH: (
                "Hello,\n\n"
                "Somebody typed your address for another space. It opens yours already: nothing "
                "has changed, and the other space does not have it.\n\n"
                "If it was you, another address is needed: each person has their own. Otherwise "
                "do nothing.\n"
            ),
        },
    ),
    EMAIL_ASKED: Template(
        good_for=timedelta(hours=12),
        urgent=True,
        values=frozenset({"stop"}),
        subject={
            FRENCH: "Une autre adresse va remplacer la vôtre",
            ENGLISH: "Another address is to replace yours",
        },
        text={
            FRENCH: (
                "Bonjour,\n\n"
                "Quelqu’un qui connaît votre mot de passe demande que votre espace utilise une "
                "autre adresse e-mail.\n\n"
                "Si c’est vous, ne faites rien. Sinon, arrêtez-le sur cette page, aujourd’hui "
                "même :\n{portal}/adresse-refusee/{stop}\n"
            ),
            ENGLISH: (
                "Hello,\n\n"
                "Somebody who knows your password asks that your space use another e-mail "
                "address.\n\n"
                "If it was you, do nothing. Otherwise stop it on this page, today:\n"
                "{portal}/adresse-refusee/{stop}\n"
            ),
        },
    ),
    EMAIL_CHANGED: Template(
        good_for=timedelta(days=4),
        urgent=True,
        values=frozenset(),
        subject={
            FRENCH: "Votre adresse ne sert plus",
            ENGLISH: "Your address no longer serves",
        },
        text={
            FRENCH: (
                "Bonjour,\n\n"
                "Votre espace utilise désormais une autre adresse e-mail : celle-ci n’ouvre plus "
                "rien.\n\n"
                "Si c’est vous, ne faites rien. Sinon, appelez aujourd’hui le guichet, dont le "
                "numéro est sur cette page, ou, si vous êtes agent, la personne qui administre "
                "votre service :\n{portal}/aide\n"
            ),
            ENGLISH: (
                "Hello,\n\n"
                "Your space uses another e-mail address from now on: this one opens nothing any "
                "more.\n\n"
                "If it was you, do nothing. Otherwise call today the front desk, whose number is "
                "on this page, or, if you are an agent, the person who administers your "
                "service:\n{portal}/aide\n"
            ),
        },
    ),
    SPACE_CLOSED: Template(
        good_for=timedelta(days=4),
        urgent=False,
        values=frozenset(),
        subject={
            FRENCH: "Votre espace est fermé",
            ENGLISH: "Your space is closed",
        },
        text={
            FRENCH: (
                "Bonjour,\n\n"
                "Ce que la ville gardait dans votre espace est effacé, à la fin de sa durée. Votre "
                "compte est fermé, et cette adresse n’y est plus.\n\n"
                "Si vous revenez, recommencez ici :\n{portal}/\n"
            ),
            ENGLISH: (
                "Hello,\n\n"
                "What the town kept in your space is erased, at the end of its period. Your "
                "account is closed, and this address is not in it any more.\n\n"
                "If you come back, begin anew here:\n{portal}/\n"
            ),
        },
    ),
}
