"""Accounts in the treatment register: families, agents, what is sent to them, their pages."""

from deploy.register.treatments.reads_and_corrections import roles_that_may
from shared.json_values import JsonMapping
from shared.register.entitlement import CHECK_DOSSIERS
from shared.register.treatments import Treatment

TASK = "RGPD art. 6-1-e\u00a0: mission d’intérêt public"
SECURITY = "RGPD art. 6-1-c\u00a0: obligation légale (RGPD art. 32, sécurité du traitement)"
NOBODY = ()
MAIL_SERVER = "l’opérateur du serveur d’e-mails de la ville"

FAMILY_ACCOUNTS: Treatment = {
    "treatment": "family_accounts",
    "holder": "Comptes des familles",
    "purpose": "Ouvrir son espace à chaque responsable légal, à lui seul",
    "legal_bases": [TASK, SECURITY],
    "subjects": ["responsables légaux", "personnes à qui un accès daté est donné"],
    "categories": [
        "nom, adresse électronique, mot de passe (empreinte seule)",
        "deuxième facteur\u00a0: clé d’accès, ou code à six chiffres (scellé)",
        "lien avec FranceConnect, si la personne l’a voulu\u00a0: une empreinte seule",
        "connexions\u00a0: heure, adresse du réseau, appareil reconnu\u00a0; essais manqués",
        "changements d’accès, sessions accompagnées au guichet",
    ],
    "recipients": list(NOBODY),
    "retention": [
        "le compte\u00a0: tant que la personne répond d’un enfant connu, puis fermé",
        "essais manqués\u00a0: 1\u00a0jour",
        "appareil reconnu\u00a0: 180\u00a0jours sans usage",
        "changements d’accès et sessions accompagnées\u00a0: 1\u00a0an",
    ],
    "source": "donné par la personne, ou par un agent qui a vu son identité",
}
AGENT_ACCOUNTS: Treatment = {
    "treatment": "agent_accounts",
    "holder": "Comptes des agents",
    "purpose": "Ouvrir à chaque agent ce que ses fonctions demandent, et rien d’autre",
    "legal_bases": [TASK, SECURITY],
    "subjects": ["agents", "agents des opérateurs délégués"],
    "categories": [
        "nom, identifiant, adresse électronique, mot de passe (empreinte seule)",
        "deuxième facteur (scellé), code d’une tablette (empreinte seule)",
        "lien avec ProConnect ou le compte de la ville, si l’agent l’a voulu\u00a0: une empreinte",
        "droits datés, qui les a donnés et retirés, codes donnés par le service informatique",
        "connexions\u00a0: heure, adresse du réseau, appareil reconnu\u00a0; essais manqués",
    ],
    "recipients": ["administrateur du service de l’agent, pour ses droits"],
    "retention": [
        "le compte\u00a0: suspendu 90\u00a0jours après le dernier usage",
        "connexions\u00a0: la durée de la session et 1\u00a0jour",
        "essais manqués\u00a0: 1\u00a0jour",
    ],
    "source": "donné par l’administrateur du service, puis par l’agent",
}
EMAILS: Treatment = {
    "treatment": "emails",
    "holder": "E-mails de la ville aux familles et aux agents",
    "purpose": "Dire qu’il y a à lire, à faire ou à confirmer, sans rien dire d’un enfant",
    "legal_bases": [TASK],
    "subjects": ["responsables légaux", "agents", "qui ouvre un dossier"],
    "categories": [
        "adresse électronique, modèle du message, heure et sort de l’envoi",
        "ce dont la personne veut être prévenue",
    ],
    "recipients": list(NOBODY),
    "processors": [MAIL_SERVER],
    "retention": ["le texte\u00a0: effacé dès l’envoi\u00a0; que c’est parti\u00a0: 90\u00a0jours"],
    "source": "adresse donnée par la personne",
}
PORTAL_PAGES: Treatment = {
    "treatment": "portal_pages",
    "holder": "Espace des familles",
    "purpose": "Montrer à chaque responsable légal ses enfants, sa semaine, ses factures",
    "legal_bases": [TASK],
    "subjects": ["responsables légaux", "enfants"],
    "categories": [
        "cartes du foyer\u00a0: prénoms, activités, jours, sommes dues (scellées)",
        "notifications, ce qui a été lu, actes envoyés à un service",
        "session ouverte, formulaire commencé",
    ],
    "recipients": list(NOBODY),
    "retention": [
        "cartes\u00a0: tant que le foyer est connu",
        "notifications\u00a0: 60\u00a0jours\u00a0; actes\u00a0: 30\u00a0jours",
        "formulaire commencé\u00a0: 1\u00a0jour",
    ],
    "source": "envoyé par le dossier partagé, la facturation et les services",
}
LETTERS: Treatment = {
    "treatment": "letters",
    "holder": "Lettres sur papier",
    "purpose": "Atteindre par la poste qui n’a pas d’e-mail",
    "legal_bases": [TASK],
    "subjects": ["responsables légaux"],
    "categories": ["nom, adresse, code d’accès ou pièces à envoyer, qui a imprimé et quand"],
    "recipients": [],
    "retention": [
        "fichier à imprimer\u00a0: 7\u00a0jours",
        "code d’accès\u00a0: 30\u00a0jours, bon une fois",
    ],
    "source": "dossier partagé et facturation",
}


def entries_of_accounts(register: JsonMapping) -> list[Treatment]:
    """Give the entries; letters are read by who prints them."""
    printers = roles_that_may(register, CHECK_DOSSIERS)
    entries = [FAMILY_ACCOUNTS, AGENT_ACCOUNTS, EMAILS, PORTAL_PAGES]
    entries.append(LETTERS | {"recipients": [*printers, "régisseur, pour les factures"]})
    return [entry | {"provider": None} for entry in entries]
