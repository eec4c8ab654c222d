"""Labels of the codes of public finance on the régisseur's pages."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shared.contracts.billing import debits
from shared.contracts.billing.regie import treasury
from shared.web.language.translated_labels import State

LOT_STATES: dict[str, State] = {
    treasury.HANDING_OVER: ("blue", "sent", _l("en train de partir")),
    treasury.HANDED_OVER: ("green", "check", _l("remis")),
}
PIECE_STATES: dict[str, State] = {
    treasury.WAITING: ("soft", "waiting", _l("pas encore partie")),
    treasury.GONE: ("green", "check", _l("au Trésor public")),
    treasury.LEFT_OUT: ("gold", "alert", _l("restée à la régie")),
    treasury.REJECTED: ("red", "alert", _l("renvoyée à la régie")),
}
CIVILITIES: dict[str, LazyString] = {
    treasury.MADAM: _l("Madame"),
    treasury.SIR: _l("Monsieur"),
}
PROTECTED = _l("adresse protégée : à remettre avec la personne du guichet qui protège ce foyer")
WHY_LEFT: dict[str, LazyString] = {
    "settled": _l("payée entre-temps"),
    "under_way": _l("un paiement est en cours"),
    "changed": _l("le montant a changé"),
    "planned": _l("payée en plusieurs fois, comme accordé"),
    "held": _l("dossier tenu par un agent : rien ne part"),
    "protected": PROTECTED,
}
ANOMALIES: dict[str, LazyString] = {
    "too_small": _l("moins de 15 € : reste à la régie (art. D1611-1 du CGCT)"),
    "no_address": _l("sans adresse"),
    "held": _l("dossier tenu par un agent : rien ne part"),
    "protected": PROTECTED,
    "under_way": _l("un paiement est en cours"),
    "disputed": _l("contestée"),
    "planned": _l("payée en plusieurs fois, comme accordé"),
    "plan_asked": _l("la famille a demandé à payer en plusieurs fois : répondez-lui d’abord"),
    "not_reminded": _l("pas assez relancée"),
    "no_codes": _l("sans nature ou sans produit budgétaire, ou avec une lettre"),
    "not_latin": _l(
        "nom ou adresse en d’autres lettres que les nôtres : à faire corriger au guichet, comme sur"
        " la pièce d’identité"
    ),
    "no_civility": _l("civilité et prénom à compléter ci-dessus"),
    "abroad": _l("adresse hors de France : à remettre au comptable à la main"),
}
PES_CHECKS: dict[str, State] = {
    "official": ("green", "check", _l("vérifié avec le schéma officiel")),
    "own": ("gold", "info", _l("vérifié avec notre schéma seulement")),
    "incomplete": ("red", "alert", _l("pas de fichier PES : il manque des réglages")),
    "unusable": ("red", "alert", _l("pas de fichier PES : le schéma officiel est illisible")),
}
SETTINGS: dict[str, LazyString] = {
    "post": _l("code du poste comptable"),
    "collectivity": _l("code de la collectivité"),
    "budget": _l("code du budget"),
}
ROW_KINDS: dict[str, LazyString] = {
    treasury.ACCEPTED: _l("titre émis"),
    treasury.REFUSED: _l("renvoi"),
    treasury.RECEIPT: _l("encaissement"),
    treasury.CANCELLED: _l("annulation"),
}
OUTCOMES: dict[str, State] = {
    treasury.DONE: ("green", "check", _l("fait")),
    treasury.KNOWN: ("soft", "check", _l("déjà lue : rien n’est fait deux fois")),
    treasury.UNKNOWN: ("red", "alert", _l("facture inconnue")),
    treasury.ODD: ("red", "alert", _l("impossible")),
}
WHYS: dict[str, LazyString] = {
    "unreadable": _l("une valeur manque ou n’est pas lisible"),
    "not_at_treasury": _l("cette facture n’est pas au Trésor public"),
    "too_much": _l("plus que ce qui est dû"),
    "paid_in_part": _l("déjà payée en partie là-bas"),
    "other_content": _l("cette clé a déjà été lue avec un autre contenu"),
}
DEBIT_STATES: dict[str, State] = {
    debits.ORDERED: ("blue", "waiting", _l("prévus, familles averties")),
    debits.COLLECTED: ("green", "check", _l("pris par la banque")),
}
REASONS: dict[str, LazyString] = {
    "AM04": _l("provision insuffisante"),
    "AC01": _l("compte inexact"),
    "AC04": _l("compte fermé"),
    "AC06": _l("compte bloqué"),
    "MD01": _l("pas de mandat"),
    "MD06": _l("remboursement demandé"),
    "MS02": _l("refusé par le débiteur"),
    "MS03": _l("sans raison dite"),
    "other": _l("autre raison"),
}
WHY_NO_FILE: dict[str, LazyString] = {
    "empty": _l("Il n’y a rien dans ce fichier."),
    "incomplete": _l("Il manque des réglages : la DSI les écrit dans le fichier de la ville."),
    "invalid": _l("Le fichier ne passe pas notre vérification : signalez-le à la DSI."),
    "invalid_official": _l("Le fichier ne passe pas le schéma officiel : signalez-le à la DSI."),
    "unusable": _l("Le schéma officiel est illisible : la DSI doit remettre ses fichiers."),
    "too_long": _l("Ce fichier a plus de 1 000 lignes : envoyez-le en plusieurs parties."),
    "columns": _l("Les colonnes ne sont pas celles d’un fichier de retour."),
    "version": _l("Ce n’est pas un fichier de retour de la version 1."),
    "json": _l("Ce fichier JSON n’est pas lisible."),
    "rows": _l("Ce fichier JSON n’a pas de liste de lignes."),
}
