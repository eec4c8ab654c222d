"""
The ten most frequent acts, in easy-to-read French (FALC): one idea a sentence, plain words.

The page is in French alone, as its rules are of French; nobody concerned has proofread it yet, and
it says so.
"""

from dataclasses import dataclass

REVIEWED = False
"""True once people with intellectual disabilities have proofread it, as the rules want."""


@dataclass(frozen=True)
class EasyAct:
    """One act: its drawing, what one does in the first person, step by step, and where."""

    drawing: str
    title: str
    steps: tuple[str, ...]
    endpoint: str
    button: str


EASY_ACTS = (
    EasyAct(
        "account",
        "Je me connecte",
        (
            "Vous avez un compte.",
            "Écrivez votre adresse e-mail.",
            "Écrivez votre mot de passe.",
            "Touchez le bouton « Se connecter ».",
            "Vous avez oublié le mot de passe ?",
            "Touchez « Mot de passe oublié ».",
        ),
        "sign_in.show",
        "Se connecter",
    ),
    EasyAct(
        "plus",
        "Je crée le dossier de mon enfant",
        (
            "Le dossier, c’est une fiche sur votre enfant.",
            "Vous le faites 1 seule fois.",
            "Écrivez votre nom et le nom de votre enfant.",
            "Prenez vos papiers en photo.",
            "La mairie regarde vos papiers.",
            "Ensuite, vous recevez un code.",
        ),
        "registration_start.show",
        "Créer le dossier",
    ),
    EasyAct(
        "health",
        "Je parle d’une allergie",
        (
            "Une allergie peut être grave.",
            "Dites-la ici 1 seule fois.",
            "Choisissez votre enfant.",
            "Touchez « Santé ».",
            "Écrivez à quoi votre enfant est allergique.",
            "La page montre qui le saura.",
        ),
        "child.all_children",
        "Mes enfants",
    ),
    EasyAct(
        "meal",
        "Je réserve un repas",
        (
            "Réserver, c’est dire que votre enfant vient.",
            "Touchez « Semaine ».",
            "Choisissez le jour.",
            "Touchez « Réserver ».",
            "Le repas est réservé.",
        ),
        "week.show",
        "Ma semaine",
    ),
    EasyAct(
        "remove",
        "J’annule un repas",
        (
            "Annuler, c’est dire que votre enfant ne vient pas.",
            "Touchez « Semaine ».",
            "Choisissez le jour.",
            "Touchez « Annuler ».",
            "Avant l’heure limite, vous ne payez pas.",
            "La page montre l’heure limite.",
        ),
        "week.show",
        "Ma semaine",
    ),
    EasyAct(
        "absence",
        "Mon enfant est malade",
        (
            "Dites-le aux services.",
            "Touchez « Signaler une absence ».",
            "Choisissez votre enfant.",
            "Choisissez les jours.",
            "Touchez le bouton pour envoyer.",
            "Tous les services le savent.",
        ),
        "absence.show",
        "Dire une absence",
    ),
    EasyAct(
        "activities",
        "J’inscris mon enfant à une activité",
        (
            "Une activité, c’est le judo ou la piscine.",
            "Touchez « Activités ».",
            "Choisissez une activité.",
            "Choisissez votre enfant.",
            "Touchez « Envoyer la demande ».",
            "Le service vous répond.",
        ),
        "town.show_activities",
        "Voir les activités",
    ),
    EasyAct(
        "bills",
        "Je paie une facture",
        (
            "La facture dit combien vous devez.",
            "Elle a une référence et une clé.",
            "Écrivez la référence.",
            "Écrivez la clé.",
            "Payez avec votre carte bancaire.",
            "Le site de paiement est celui de l’État.",
        ),
        "by_reference.show_form",
        "Payer une facture",
    ),
    EasyAct(
        "message",
        "J’écris à un service",
        (
            "Connectez-vous.",
            "Touchez « Messages ».",
            "Choisissez le service.",
            "Écrivez votre question.",
            "Touchez « Envoyer ».",
            "La réponse arrive au même endroit.",
        ),
        "messages.show",
        "Mes messages",
    ),
    EasyAct(
        "price",
        "Je cherche mon prix",
        (
            "Le prix change avec vos revenus.",
            "La CAF vous donne un nombre.",
            "Ce nombre s’appelle le quotient familial.",
            "Choisissez une activité.",
            "Écrivez votre quotient.",
            "La page montre votre prix.",
        ),
        "tariffs.show",
        "Voir les prix",
    ),
)
