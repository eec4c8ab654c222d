"""
Texts of emails: never a child's name, and nothing of what happened to one.

A bystander, or the operator of a mail server, learns only that this address has a space for
families of that town and, of what cannot wait, which service is closed on which day. Each is
signed by the town: an email that names no sender looks like one of those that steal passwords.
"""

from collections.abc import Mapping
from datetime import timedelta

from services.identity.mail.password_and_address_texts import OWN_ACCESS
from services.identity.mail.provider_closure_texts import CLOSURES
from services.identity.mail.sign_in_change_texts import ACCESS_TEMPLATES
from services.identity.mail.template_shape import ENGLISH, FRENCH, Template
from shared.register import Town
from shared.web.language.typography import phone_number

NEWS, ACTIVATION, CODE = "news", "activation", "code"
DRAFT, DRAFT_CHANGED, FORGOTTEN = "draft", "draft_changed", "forgotten"
CODE_BY_TOWN, SUCCESSOR = "code_by_town", "successor"
ACCESS_OFFERED = "access_offered"


TEMPLATES = {
    **ACCESS_TEMPLATES,
    **CLOSURES,
    **OWN_ACCESS,
    NEWS: Template(
        good_for=timedelta(days=2),
        urgent=False,
        french=(
            "Vous avez du nouveau sur votre espace",
            "Vous avez du nouveau sur votre espace :\n{portal}/\n\n"
            "Ne plus recevoir ces e-mails :\n{unsubscribe}\n",
        ),
        english=(
            "There is something new in your space",
            "There is something new in your space:\n{portal}/\n\n"
            "Stop these e-mails:\n{unsubscribe}\n",
        ),
    ),
    ACTIVATION: Template(
        good_for=timedelta(days=4),
        urgent=True,
        french=(
            "Activez votre espace",
            "Pour choisir votre mot de passe, ouvrez cette page :\n"
            "{portal}/activation?code={code}\n\n"
            "L’adresse sert une seule fois. "
            "Si vous n’avez rien demandé, ne faites rien : rien ne sera créé.\n",
        ),
        english=(
            "Activate your space",
            "To choose your password, open this page:\n"
            "{portal}/activation?code={code}\n\n"
            "The address works once. "
            "If you asked for nothing, do nothing: nothing will be created.\n",
        ),
    ),
    ACCESS_OFFERED: Template(
        good_for=timedelta(days=4),
        urgent=False,
        french=(
            "Quelqu’un vous propose un accès",
            "Dans votre espace, une proposition attend votre réponse :\n"
            "{portal}/acces-proposes\n\n"
            "Si vous n’en voulez pas, refusez-la sur cette page, ou ne faites rien.\n",
        ),
        english=(
            "Somebody offers you an access",
            "In your space an offer waits for your answer:\n"
            "{portal}/acces-proposes\n\n"
            "If you do not want it, decline it on that page, or do nothing.\n",
        ),
    ),
    DRAFT: Template(
        good_for=timedelta(days=2),
        urgent=True,
        french=(
            "Une demande avec votre adresse",
            "Pour continuer la demande qui porte votre adresse, ouvrez cette page :\n"
            "{portal}/demande/reprendre/{reference}/{secret}\n\n"
            "Elle dit qui l’a commencée et quand. Elle sert une seule fois : gardez-la pour "
            "vous. Si vous n’avez rien demandé, dites-le sur cette page, ou ne faites rien : "
            "sans vous, personne n’ouvre un compte avec votre adresse.\n",
        ),
        english=(
            "A request with your address",
            "To go on with the request that has your address, open this page:\n"
            "{portal}/demande/reprendre/{reference}/{secret}\n\n"
            "It says who began it and when, and works once: keep it to yourself. "
            "If you asked for nothing, say so on that page, or do nothing: "
            "without you nobody opens an account with your address.\n",
        ),
    ),
    DRAFT_CHANGED: Template(
        good_for=timedelta(days=4),
        urgent=True,
        french=(
            "Votre adresse ne sert plus à une demande",
            "Une demande portait votre adresse e-mail. Une autre vient d’y être écrite à sa "
            "place, ou elle en a été retirée.\n\n"
            "Si c’est vous, ne faites rien. Sinon, appelez le guichet aujourd’hui : {help}.\n",
        ),
        english=(
            "Your address no longer serves a request",
            "A request had your e-mail address. Another one has just been written in its "
            "place, or it was taken out.\n\n"
            "If it was you, do nothing. Otherwise call the front desk today: {help}.\n",
        ),
    ),
    FORGOTTEN: Template(
        good_for=timedelta(hours=1),
        urgent=True,
        french=(
            "Choisir un autre mot de passe",
            "Pour choisir un autre mot de passe, ouvrez cette page dans les deux heures :\n"
            "{portal}/activation?code={code}\n\n"
            "L’adresse sert une seule fois. "
            "Si vous n’avez rien demandé, ne faites rien : votre mot de passe ne change pas.\n",
        ),
        english=(
            "Choose another password",
            "To choose another password, open this page within two hours:\n"
            "{portal}/activation?code={code}\n\n"
            "The address works once. "
            "If you asked for nothing, do nothing: your password does not change.\n",
        ),
    ),
    CODE: Template(
        good_for=timedelta(minutes=15),
        urgent=True,
        french=(
            "Votre code",
            "Votre code : {code}\n\n"
            "Ne le donnez qu’à la page ou à l’agent à qui vous l’avez demandé. "
            "Si vous n’avez rien demandé, ne faites rien.\n",
        ),
        english=(
            "Your code",
            "Your code: {code}\n\n"
            "Give it only to the page or the agent that you asked for it. "
            "If you asked for nothing, do nothing.\n",
        ),
    ),
    CODE_BY_TOWN: Template(
        for_agents=True,
        good_for=timedelta(days=7),
        urgent=False,
        french=(
            "Un code donné par le service informatique",
            "Le service informatique a fermé l’accès d’une personne qui administre "
            "« {office} », et a fait pour elle un nouveau code.\n\n"
            "Qui l’a demandé, pour qui et pourquoi : le service informatique vous montre la "
            "liste de ces codes, que personne ne peut changer. "
            "Si vous n’en savez rien, demandez-la aujourd’hui.\n",
        ),
        english=(
            "A code given by the IT department",
            "The IT department has closed the access of somebody who administers “{office}” "
            "and has made a new code for that person.\n\n"
            "Who asked, for whom and why: the IT department shows you the list of these codes, "
            "which nobody can change. If you know nothing of it, ask for it today.\n",
        ),
    ),
    SUCCESSOR: Template(
        for_agents=True,
        good_for=timedelta(days=7),
        urgent=False,
        french=(
            "Un successeur nommé par le service informatique",
            "La personne qui administrait « {office} » est partie. Le service informatique a "
            "retiré ses droits, et les a donnés à une autre.\n\n"
            "Qui l’a demandé, pour qui et pourquoi : le service informatique vous montre la "
            "liste, que personne ne peut changer. Si vous n’en savez rien, demandez-la-lui "
            "aujourd’hui.\n",
        ),
        english=(
            "A successor named by the IT department",
            "Whoever administered “{office}” has left. The IT department has withdrawn that "
            "person’s rights and given them to another one.\n\n"
            "Who asked, for whom and why: the IT department shows you the list, which nobody "
            "can change. If you know nothing of it, ask for it today.\n",
        ),
    ),
}

_QUESTION = {FRENCH: "Une question ? {help}\n", ENGLISH: "A question? {help}\n"}
_AUTOMATIC = {
    FRENCH: "Cet e-mail est automatique : personne ne lit les réponses.\n",
    ENGLISH: "This e-mail is automatic: nobody reads answers to it.\n",
}


class NoSuchEmailTemplate(Exception):
    """The template does not exist or does not take these values; the message names it."""


def require_template_values(template: str, values: Mapping[str, str]) -> None:
    """Raise NoSuchEmailTemplate unless the template exists and takes exactly these values."""
    known = TEMPLATES.get(template)
    if known is None or known.values != set(values):
        raise NoSuchEmailTemplate(template)


def subject_and_text(
    template: str, language: str, portal: str, town: Town, values: Mapping[str, str]
) -> tuple[str, str]:
    """Return subject and text of an email of this town; `portal` is families' address there."""
    known = TEMPLATES[template]
    spoken = language if language in known.text else FRENCH
    hours = town.help_hours_en if spoken == ENGLISH and town.help_hours_en else town.help_hours
    of_town = {"portal": portal, "help": f"{phone_number(town.help_phone)} ({hours})"}
    text = known.text[spoken] + _signature(known, spoken)
    return known.subject[spoken].format(**values), text.format(town=town.name, **of_town, **values)


def _signature(known: Template, language: str) -> str:
    """Return the town's name, and where to call unless the text says so already."""
    is_said = known.for_agents or "{help}" in known.text[language]
    return "\n{town}\n" + ("" if is_said else _QUESTION[language]) + _AUTOMATIC[language]
