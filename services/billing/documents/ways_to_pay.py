"""Ways to pay a bill, as printed on it: instructions, reference and key, QR code."""

from collections.abc import Mapping
from urllib.parse import urlencode

from services.billing.documents import phrases
from services.billing.models import Invoice
from shared.contracts.billing.bills import ANCV, CARD, CASH, CESU, CHEQUE, E_CESU
from shared.documents.qr_code import qr_code
from shared.register import Regie, Register
from shared.web.language.typography import with_french_spaces
from shared.web.prices.price_labels import in_french

PAY = "/payer"

AT_COUNTER = ((CARD, "par carte"), (CHEQUE, "par chèque"), (CASH, "en espèces"))


def payment_block_of_bill(
    register: Register, portal: str, regie: Regie, invoice: Invoice
) -> Mapping[str, object]:
    """Return the block of a bill of which something is owed."""
    online = _can_be_paid_online(register, portal, regie)
    return {
        "heading": "Comment payer",
        "means": means_to_pay(register, portal, regie),
        "reference": phrases.group_digits(invoice.number, 4, 3, 4, 3),
        "key": invoice.key,
        "qr": qr_code(payment_address(portal, invoice)) if online else None,
        "qr_alt": "Code QR : adresse pour payer cette facture en ligne, référence et clé comprises",
    }


def means_to_pay(register: Register, portal: str, regie: Regie) -> list[tuple[str, str]]:
    """Return by which means a régie is paid, and how; a contract that is tried out is none."""
    online = _online_means(portal) if _can_be_paid_online(register, portal, regie) else []
    return [*online, *_other_means(regie)]


def payment_address(portal: str, invoice: Invoice) -> str:
    """
    Return where a bill is paid by its reference.

    The key follows the `#`: a browser sends that part to no server, so that no log holds it.
    """
    query = urlencode({"reference": invoice.number})
    return f"{portal.rstrip('/')}{PAY}?{query}#cle={invoice.key}"


def _can_be_paid_online(register: Register, portal: str, regie: Regie) -> bool:
    return bool(portal) and register.takes_online_payments(regie)


def _online_means(portal: str) -> list[tuple[str, str]]:
    where = portal.rstrip("/").removeprefix("https://").removeprefix("http://")
    return [
        (
            "En ligne, par carte ou prélèvement (PayFiP)",
            in_french(
                "sur %(where)s, avec ou sans compte : la référence et la clé suffisent.",
                where=f"{where}{PAY}",
            ),
        )
    ]


def _other_means(regie: Regie) -> list[tuple[str, str]]:
    if regie.channel == "titre":
        sentence = (
            "à l’ordre du Trésor public, avec la référence au dos ; auprès du comptable public."
        )
        return [("Par chèque", with_french_spaces(sentence))]
    return [*_means_at_counter(regie), *_vouchers(regie)]


def _means_at_counter(regie: Regie) -> list[tuple[str, str]]:
    *others, last = [said for means, said in AT_COUNTER if means in regie.means] or ["au guichet"]
    said = f"{', '.join(others)} ou {last}" if others else last
    sentence = "auprès de la régie, %(where)s"
    sentence += " ; notez la référence au dos du chèque." if CHEQUE in regie.means else "."
    return [(said[0].upper() + said[1:], in_french(sentence, where=regie.address))]


def _vouchers(regie: Regie) -> list[tuple[str, str]]:
    """Say which lines vouchers pay, and that no change is given."""
    said = []
    if {CESU, E_CESU} & set(regie.means):
        said.append(("Par CESU", "auprès de la régie, pour la garde seulement, jamais les repas."))
    if ANCV in regie.means:
        said.append(("Par chèques-vacances", "auprès de la régie, pour les loisirs seulement."))
    return [
        (means, with_french_spaces(f"{how} La monnaie n’est pas rendue.")) for means, how in said
    ]
