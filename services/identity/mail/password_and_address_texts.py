"""Texts of emails about one's own access: the password, and the address that emails go to."""

from datetime import timedelta

from services.identity.mail.template_shape import Template

PASSWORD_CHANGED, AGENT_PASSWORD_CHANGED = "password_changed", "agent_password_changed"
EMAIL_CODE, EMAIL_TAKEN = "email_code", "email_taken"
EMAIL_ASKED, EMAIL_CHANGED = "email_asked", "email_changed"
SPACE_CLOSED = "space_closed"

OWN_ACCESS = {
    PASSWORD_CHANGED: Template(
        good_for=timedelta(days=4),
        urgent=True,
        french=(
            "Votre mot de passe a changé",
            "Le mot de passe de votre espace vient de changer, et vos autres appareils ont été "
            "déconnectés.\n\n"
            "Si c’est vous, ne faites rien. Sinon, choisissez-en un autre tout de suite :\n"
            "{portal}/mot-de-passe-oublie\n"
            "puis appelez le guichet : {help}.\n",
        ),
        english=(
            "Your password was changed",
            "The password of your space has just been changed, and your other devices were "
            "signed out.\n\n"
            "If it was you, do nothing. Otherwise choose another one at once:\n"
            "{portal}/mot-de-passe-oublie\n"
            "then call the front desk: {help}.\n",
        ),
    ),
    AGENT_PASSWORD_CHANGED: Template(
        for_agents=True,
        good_for=timedelta(days=4),
        urgent=True,
        french=(
            "Votre mot de passe a changé",
            "Le mot de passe de votre compte d’agent vient de changer, et vos autres appareils "
            "ont été déconnectés.\n\n"
            "Si c’est vous, ne faites rien. Sinon, prévenez tout de suite la personne qui "
            "administre votre service : elle ferme l’accès et vous remet un nouveau code.\n",
        ),
        english=(
            "Your password was changed",
            "The password of your agent’s account has just been changed, and your other "
            "devices were signed out.\n\n"
            "If it was you, do nothing. Otherwise tell the person who administers your "
            "service at once: they close the access and hand you a new code.\n",
        ),
    ),
    EMAIL_CODE: Template(
        good_for=timedelta(hours=12),
        urgent=True,
        french=(
            "Confirmez votre adresse e-mail",
            "Votre code : {code}\n\n"
            "Écrivez-le sur la page où vous avez donné cette adresse. Ne le dites à personne, "
            "même au téléphone. Si vous n’avez rien demandé, ne faites rien : sans ce code, "
            "votre adresse ne sert à personne.\n",
        ),
        english=(
            "Confirm your e-mail address",
            "Your code: {code}\n\n"
            "Type it on the page where you gave this address. Tell it to nobody, not even on "
            "the telephone. If you asked for nothing, do nothing: without this code your "
            "address serves nobody.\n",
        ),
    ),
    EMAIL_TAKEN: Template(
        good_for=timedelta(hours=12),
        urgent=True,
        french=(
            "Votre adresse ouvre déjà un espace",
            "Quelqu’un a écrit votre adresse pour un autre espace. Elle ouvre déjà le vôtre : "
            "rien n’a changé, et l’autre espace ne l’a pas.\n\n"
            "Si c’est vous, il faut une autre adresse : chacun la sienne. Sinon, ne faites "
            "rien.\n",
        ),
        english=(
            "Your address opens a space already",
            "Somebody typed your address for another space. It opens yours already: nothing "
            "has changed, and the other space does not have it.\n\n"
            "If it was you, another address is needed: each person has their own. Otherwise "
            "do nothing.\n",
        ),
    ),
    EMAIL_ASKED: Template(
        good_for=timedelta(hours=12),
        urgent=True,
        french=(
            "Une autre adresse va remplacer la vôtre",
            "Quelqu’un qui connaît votre mot de passe demande que votre espace utilise une "
            "autre adresse e-mail.\n\n"
            "Si c’est vous, ne faites rien. Sinon, arrêtez-le sur cette page, aujourd’hui "
            "même :\n{portal}/adresse-refusee/{stop}\n",
        ),
        english=(
            "Another address is to replace yours",
            "Somebody who knows your password asks that your space use another e-mail "
            "address.\n\n"
            "If it was you, do nothing. Otherwise stop it on this page, today:\n"
            "{portal}/adresse-refusee/{stop}\n",
        ),
    ),
    EMAIL_CHANGED: Template(
        good_for=timedelta(days=4),
        urgent=True,
        french=(
            "Votre adresse ne sert plus",
            "Votre espace utilise désormais une autre adresse e-mail : celle-ci n’ouvre plus "
            "rien.\n\n"
            "Si c’est vous, ne faites rien. Sinon, appelez aujourd’hui le guichet : {help}. Si "
            "vous êtes agent, appelez la personne qui administre votre service.\n",
        ),
        english=(
            "Your address no longer serves",
            "Your space uses another e-mail address from now on: this one opens nothing any "
            "more.\n\n"
            "If it was you, do nothing. Otherwise call the front desk today: {help}. If you are "
            "an agent, call the person who administers your service.\n",
        ),
    ),
    SPACE_CLOSED: Template(
        good_for=timedelta(days=4),
        urgent=False,
        french=(
            "Votre espace est fermé",
            "Ce que la ville gardait dans votre espace est effacé, à la fin de sa durée. Votre "
            "compte est fermé, et cette adresse n’y est plus.\n\n"
            "Si vous revenez, recommencez ici :\n{portal}/\n",
        ),
        english=(
            "Your space is closed",
            "What the town kept in your space is erased, at the end of its period. Your "
            "account is closed, and this address is not in it any more.\n\n"
            "If you come back, begin anew here:\n{portal}/\n",
        ),
    ),
}
