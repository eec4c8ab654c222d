"""Payment page of the stand-in, made to look like no bank's."""

from html import escape

from deploy.demo.payfip_stub.operations import (
    CANCELLED,
    CARD_REFUSED,
    PAID_BY_CARD,
    PAID_BY_DEBIT,
    Operation,
)

SAY_NOTHING = "silence"
"""Closing the page: nothing is decided, nobody is notified, and nobody is sent back."""

CHOICES = {
    PAID_BY_CARD: "Payer par carte",
    PAID_BY_DEBIT: "Payer par prélèvement",
    CARD_REFUSED: "Carte refusée",
    CANCELLED: "Annuler",
    SAY_NOTHING: "Fermer sans rien dire",
}

_STYLE = """
body{margin:0;background:#f4f4f1;color:#1c1c1c;font:1.0625rem/1.5 system-ui,sans-serif}
main{max-width:30rem;margin:2rem auto;padding:1.5rem;background:#fff;border:1px solid #767676}
h1{font-size:1.375rem;margin:0 0 1rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0 0 1.5rem}
dt{color:#555}dd{margin:0;font-weight:600}
button{display:block;width:100%;min-height:2.75rem;margin:.5rem 0;font:inherit;cursor:pointer;
background:#fff;color:#1c1c1c;border:1px solid #555;border-radius:.25rem}
button:first-of-type{background:#1c1c1c;color:#fff}
button:focus-visible{outline:3px solid #0a6;outline-offset:2px}
"""


def payment_page(operation: Operation) -> str:
    """Return the page of a payment, with a button for each way in which it may end."""
    if not operation.may_still_be_paid:
        return message_page("Ce paiement est terminé ou n’est plus valable.")
    buttons = "".join(
        f'<button name="choix" value="{choice}">{label}</button>'
        for choice, label in CHOICES.items()
    )
    asked = operation.asked
    return _page_around(
        "<p>Aucun argent ne change de main ici.</p>"
        f"<dl><dt>Référence</dt><dd>{escape(asked['refdet'])}</dd>"
        f"<dt>Objet</dt><dd>{escape(asked.get('objet', ''))}</dd>"
        f"<dt>Montant</dt><dd>{_euros(asked['montant'])}</dd></dl>"
        f'<form method="post"><input type="hidden" name="idop" value="{operation.idop}">'
        f"{buttons}</form>"
    )


def message_page(text: str) -> str:
    """Return a page that says one sentence."""
    return _page_around(f"<p>{escape(text)}</p>")


def _page_around(inside: str) -> str:
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Banque de démonstration</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>Banque de démonstration</h1>{inside}</main></body></html>"
    )


def _euros(montant: str) -> str:
    euros, cents = divmod(int(montant), 100)
    return f"{euros},{cents:02d}\u00a0€"
