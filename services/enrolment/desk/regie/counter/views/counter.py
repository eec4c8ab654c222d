"""The counter: taking cash, a cheque or a transfer, with a receipt at once; the day's takings."""

from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.labels import billing as regie_labels
from shared.contracts.billing.bills import CHEQUE, VOUCHERS, Bill
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie.payers import FoundPayer, PayerAccountAnswer
from shared.contracts.errors import Refusal
from shared.dates.clock import today
from shared.register import Regie
from shared.web.forms.doubtful_amounts import CONFIRMED, ask_again_unless_confirmed
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents, read_day, write_cents

blueprint = billing_client.regie_blueprint("regie_counter", "/regie/encaisser")

FIELDS = (
    "household_id",
    "invoice_id",
    "means",
    "cents",
    "payer",
    "cheque",
    "bank",
    "received_on",
    "another",
    "titles",
    "owed",
    CONFIRMED,
)
FAR_ABOVE = 10
"""Times what is owed from which an amount is asked for again: a comma or a nought went wrong."""
LONGEST_QUERY = 80
LONGEST_NUMBER = 30


@blueprint.route("", methods=["GET", "POST"])
@agent.for_agents_who_may(PERMISSION)
def show() -> ResponseReturnValue:
    """Show the counter's day; the payer search opens its result at once when it is the only one."""
    regie, day = billing_client.chosen_regie(), read_day(request.args.get("jour", "")) or today()
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    payers = billing_client.find_payers(query)
    if len(payers) == 1:
        return redirect(_address_of_payment_form(payers[0], regie))
    after = request.form.get("after", "")
    cash_box = billing_client.ask_billing(
        regie_counter.cash_box, regie_counter.CashBoxRequest(regie=regie.code, day=day, after=after)
    )
    return render_template(
        "desk/regie/counter.html",
        regie=regie,
        day=day,
        is_future=day > today(),
        cash_box=cash_box,
        query=query,
        payers=payers,
    )


@blueprint.get("/paiement")
@agent.for_agents_who_may(PERMISSION)
def show_payment_form() -> str:
    """Show the form of a payment: of a bill, of a household, or of an unknown payer."""
    query_args = request.args
    form = Form(
        {
            "household_id": query_args.get("payeur", ""),
            "invoice_id": query_args.get("facture", ""),
            "means": _first_means(billing_client.chosen_regie()),
            "received_on": today().isoformat(),
        }
    )
    account = _account_of_form(form)
    bill = _bill_to_pay(account, form, query_args.get("numero", ""))
    if bill is not None:
        form.values |= {
            "invoice_id": bill["invoice_id"],
            "cents": write_cents(bill["part_cents"] or bill["balance_cents"]),
        }
    elif _owed_cents(account) > 0 and len(billing_client.regies()) == 1:
        form.values["cents"] = write_cents(_owed_cents(account))  # of several, one is paid here
    return _page(form, account)


@blueprint.post("/paiement")
@agent.for_agents_who_may(PERMISSION)
def take_payment() -> ResponseReturnValue:
    """Take a payment; what it became and its receipt stand on the answer, in no address."""
    regie = billing_client.chosen_regie()
    form = Form({name: request.form.get(name, "").strip() for name in FIELDS})
    form.values["cheque"] = "".join(form.value("cheque").split())  # as written on a cheque, apart
    payment = _read_payment(form, regie.code)
    if payment is not None:
        _ask_again_for_large_amount(form, payment.cents)
    if payment is None or form.errors:
        return _page(form, _account_of_form(form)), 422
    try:
        taken = billing_client.write_at_billing_once(regie_counter.take_payment, payment)
    except Refusal as refusal:
        refused = billing_client.say_refusal_on_form(form, refusal, _field_of_refusal(refusal))
        return _page(refused, _account_of_form(form)), 409
    paid_cents = taken.allocated_cents + taken.others_cents
    rest_cents = _owed_on_form(form) - paid_cents
    return render_template(
        "desk/regie/taken.html", taken=taken, paid=payment, regie=regie, rest_cents=rest_cents
    )


def _address_of_payment_form(payer: FoundPayer, regie: Regie) -> str:
    number = payer["number"] if payer["number"] != "-" else None
    payeur = payer["household_id"]
    return url_for(
        "regie_counter.show_payment_form", payeur=payeur, numero=number, regie=regie.code
    )


def _first_means(regie: Regie) -> str:
    """Return the means that a form begins with: a cheque taken for cash has no number."""
    return CHEQUE if CHEQUE in regie.means else regie.means[0]


def _read_titles(form: Form) -> list[regie_counter.Title]:
    """Return the titles of a form, one a line: its number, then its value."""
    titles: list[regie_counter.Title] = []
    for line in filter(None, map(str.strip, form.value("titles").splitlines())):
        number, *value = line.split(maxsplit=1)  # a tab, too, as a spreadsheet copies it
        cents = read_cents("".join(value)) or 0
        is_title = 0 < cents <= regie_counter.MOST_CENTS_OF_TITLE and len(number) <= LONGEST_NUMBER
        if not is_title or len(titles) == regie_counter.MOST_TITLES:
            form.errors["titles"] = _(
                "« %(line)s » : écrivez le numéro sans espace, puis la valeur, par exemple 20,00.",
                line=line[:LONGEST_NUMBER],
            )
            return []
        titles.append({"number": number, "cents": cents})
    if len({title["number"] for title in titles}) < len(titles):
        form.errors["titles"] = _("Un numéro est écrit deux fois.")
    elif not titles:
        form.errors["titles"] = _("Écrivez le numéro et la valeur de chaque titre.")
    return titles


def _read_payment(form: Form, code: str) -> regie_counter.TakePaymentRequest | None:
    """Return the payment of a form; None where something is missing, as the form then says."""
    by_voucher = form.value("means") in VOUCHERS
    titles = _read_titles(form) if by_voucher else []
    cents = (
        sum(title["cents"] for title in titles) if by_voucher else read_cents(form.value("cents"))
    )
    day = read_day(form.value("received_on"))
    form.errors |= _mistakes_of_payment(form, cents, day)
    if form.errors or cents is None or day is None:
        return None
    by_cheque = form.value("means") == CHEQUE
    return regie_counter.TakePaymentRequest(
        regie=code,
        means=form.value("means"),
        cents=cents,
        invoice_id=form.value("invoice_id") or None,
        household_id=form.value("household_id") or None,
        payer=form.value("payer")[:120],
        cheque=form.value("cheque")[:30] if by_cheque else "",
        bank=form.value("bank")[:60] if by_cheque else "",
        received_on=day,
        another=by_cheque and form.value("another") == form.value("cheque"),
        titles=titles,
    )


def _mistakes_of_payment(form: Form, cents: int | None, day: date | None) -> dict[str, str]:
    by_voucher = form.value("means") in VOUCHERS
    errors = {}
    if by_voucher and not form.value("invoice_id"):
        errors["invoice_id"] = _("Choisissez la facture que ces titres paient.")
    if not cents and not by_voucher:
        errors["cents"] = _("Écrivez le montant en euros, par exemple 12,50.")
    if form.value("means") not in regie_counter.COUNTER_MEANS:
        errors["means"] = _("Choisissez comment c’est payé.")
    if day is None or day > today():
        errors["received_on"] = _("Écrivez le jour où vous l’avez reçu, au plus tard ce jour.")
    if form.value("means") == CHEQUE and not form.value("cheque"):
        errors["cheque"] = _("Écrivez le numéro du chèque.")
    if not form.value("household_id") and not form.value("payer"):
        errors["payer"] = _("Écrivez ce que vous savez de la personne qui paie.")
    return errors


def _ask_again_for_large_amount(form: Form, cents: int) -> None:
    """
    Ask for an amount far above what is owed once more: what is too much stays with the town.

    Owed is what stood on the form: sent twice it gets its receipt, though by then less is owed.
    """
    owed_cents = _owed_on_form(form)
    if 0 < owed_cents * FAR_ABOVE <= cents:
        sentence = _(
            "%(amount)s, et le payeur doit %(owed)s : vérifiez la virgule.",
            amount=regie_labels.euros(cents),
            owed=regie_labels.euros(owed_cents),
        )
        ask_again_unless_confirmed(form, "cents", cents, sentence)


def _owed_cents(account: PayerAccountAnswer | None) -> int:
    """Return what a household owes by its bills, in cents; 0 without one."""
    return account.owed_cents if account else 0


def _owed_on_form(form: Form) -> int:
    """Return what the household owed as the form was shown, in cents; 0 without a household."""
    owed = form.value("owed")[:9]
    return int(owed) if owed.isdecimal() else 0


def _field_of_refusal(refusal: Refusal) -> str:
    if isinstance(refusal, regie_counter.ChequeTaken):
        return "cheque"
    if isinstance(refusal, regie_counter.TitleTaken | regie_counter.AboveVoucherLimit):
        return "titles"
    return "received_on" if isinstance(refusal, regie_counter.DayClosed) else "cents"


def _account_of_form(form: Form) -> PayerAccountAnswer | None:
    household = form.value("household_id")
    return billing_client.payer_account(household) if household else None


def _bill_to_pay(account: PayerAccountAnswer | None, form: Form, number: str) -> Bill | None:
    """Return the bill to be paid: the requested number, else the only bill with a balance."""
    if account is None:
        return None
    names = (form.value("invoice_id"), number)
    named = [
        bill for bill in account.bills if bill["invoice_id"] in names or bill["number"] in names
    ]
    still_open = [bill for bill in account.bills if bill["balance_cents"] > 0]
    bills = named or (still_open if len(still_open) == 1 else [])
    return bills[0] if bills and bills[0]["balance_cents"] > 0 else None


def _page(form: Form, account: PayerAccountAnswer | None) -> str:
    form.labels = {
        "cents": _("Montant"),
        "means": _("Payé par"),
        "received_on": _("Reçu le"),
        "cheque": _("Numéro du chèque"),
        "titles": _("Titres CESU ou chèques-vacances"),
        "invoice_id": _("Pour quelle facture ?"),
        "payer": _("Qui paie"),
    }
    bills = [bill for bill in account.bills if bill["balance_cents"] > 0] if account else []
    regie = billing_client.chosen_regie()
    means = regie_labels.counter_means(regie, of_bill=bool(bills))
    return render_template(
        "desk/regie/payment.html",
        form=form,
        account=account,
        owed_cents=_owed_cents(account),
        choices=[(bill["invoice_id"], _bill_label(bill)) for bill in bills],
        regie=regie,
        means=means,
        takes_vouchers=any(code in VOUCHERS for code, _label in means),
    )


def _bill_label(bill: Bill) -> str:
    values = {
        "number": bill["number"],
        "subject": regie_labels.bill_subject(bill["month"], bill["asks_back"]),
        "amount": regie_labels.euros(bill["balance_cents"]),
    }
    if bill["checking"] and not bill["debit_on"]:
        return str(
            _(
                "Facture %(number)s, %(subject)s : reste %(amount)s, paiement en ligne en cours",
                **values,
            )
        )
    return str(_("Facture %(number)s, %(subject)s : reste %(amount)s", **values))
