"""
Lists of the régie: what is owed, what came, who is billed, what left for the bank and the Treasury.

Rows are billing's answers as they are. A payer is called as its bills call it, and is sorted under
its family name.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.page_parts.list_columns import FAMILY_NAME
from services.enrolment.desk.regie.family_name_for_sorting import family_name
from services.enrolment.desk.regie.labels import billing as labels
from services.enrolment.desk.regie.labels import letters as letter_labels
from services.enrolment.desk.regie.labels import treasury as treasury_labels
from shared.contracts.billing.debits import DebitedBill, RunOfDebits
from shared.contracts.billing.payment_plans import ListedPlan
from shared.contracts.billing.regie.counter import CounterPayment
from shared.contracts.billing.regie.letters import PrintedLetter, WaitingLetter
from shared.contracts.billing.regie.payers import (
    ArrearsAnswer,
    FoundPayer,
    ListedPayment,
    OverdueBill,
    PaymentKind,
)
from shared.contracts.billing.regie.runs import HouseholdOfRun
from shared.contracts.billing.regie.treasury import ShownLot, ShownPiece
from shared.web.agents.lists.columns import (
    DAY,
    EUROS,
    MOMENT,
    NUMBER,
    Column,
    List,
    Name,
    filter_values_of,
)
from shared.web.agents.lists.list_request import Whole

Link = Callable[[Any], str]


def _payer_column(href: Link | None = None, *, searched: bool = True) -> Column[Any]:
    return Column(
        FAMILY_NAME,
        _l("Payeur"),
        lambda row: row["payer"],
        searched=searched,
        href=href,
        order=lambda row: Name(family_name(row["payer"]), row["payer"]),
    )


def _bill_column() -> Column[Any]:
    return Column(
        "facture", _l("Facture"), lambda row: row["number"], href=_address_of_bill, searched=True
    )


def _payment_under_way_sentence(row: Any) -> str:
    """Say whether a bill is asked for at all, and whether a payment of it is under way."""
    if row["hold_lapsed"]:
        return _("à vous de décider : voyez le payeur")
    if row["on_hold"]:
        return _("n’appelez pas : voyez le payeur")
    if row["unclear"]:
        return _("à vérifier")
    return _("en cours") if row["checking"] else ""


def _address_of_payer(row: Any) -> str:
    return url_for("regie_payers.show", household_id=row["household_id"])


def _address_of_bill(row: Any) -> str:
    if not row["invoice_id"] or row.get("taken_over"):
        return ""
    return url_for("regie_bills.show", invoice_id=row["invoice_id"])


def _column_of_coded_state(
    code: str, label: object, states: Mapping[str, labels.State], key: str = "state"
) -> Column[Any]:
    """Return the column of a state, with its colour and drawing on the page."""
    return Column(
        code,
        label,
        lambda row: str(states[row[key]][2]),
        filtered=True,
        state=lambda row: states[row[key]],
    )


PAYERS: List[FoundPayer] = List(
    _l("Payeurs"),
    (
        _payer_column(_address_of_payer, searched=False),  # billing has searched, by children too
        Column("enfants", _l("Enfants"), lambda row: ", ".join(row["children"])),
        Column("facture", _l("Facture"), lambda row: row["number"].strip("-")),
        Column("doit", _l("Doit"), lambda row: row["owed_cents"], EUROS),
    ),
    sort=FAMILY_NAME,
    index=FAMILY_NAME,
    keep=("q",),
)
ARREARS: List[OverdueBill] = List(
    _l("Impayés"),
    (
        _payer_column(_address_of_payer),
        _bill_column(),
        Column(
            "mois",
            _l("Mois"),
            lambda row: labels.bill_subject(row["month"], row["asks_back"]),
            filtered=True,
            order=lambda row: row["month"],
        ),
        Column("echeance", _l("Échéance"), lambda row: row["due_on"], DAY),
        Column("relances", _l("Relances"), lambda row: row["reminders"], NUMBER),
        Column("relancee", _l("Dernière relance"), lambda row: row["reminded_on"], DAY),
        Column(
            "paiement",
            _l("Paiement"),
            _payment_under_way_sentence,
            filtered=True,
        ),
        Column("reste", _l("Reste dû"), lambda row: row["balance_cents"], EUROS),
    ),
    index=FAMILY_NAME,
    endpoint="regie_arrears.show",
)


def whole_of_arrears(arrears: ArrearsAnswer) -> Whole:
    """Return how many bills past their day there are, and what they are filtered by."""
    columns: list[Column[Any]] = [column for column in ARREARS.columns if column.filtered]
    return Whole(
        arrears.number,
        {
            column.code: {
                word for kind in arrears.kinds for word in filter_values_of(column.value(kind))
            }
            for column in columns
        },
    )


PLANS: List[ListedPlan] = List(
    _l("Échéanciers"),
    (
        _payer_column(lambda row: url_for("regie_plans.show", household_id=row["household_id"])),
        Column(
            "etat",
            _l("État"),
            lambda row: str(labels.plan_state(row)[2]),
            filtered=True,
            state=labels.plan_state,
        ),
        Column(
            "factures",
            _l("Factures"),
            lambda row: ", ".join(bill["number"] for bill in row["bills"]),
            searched=True,
        ),
        Column("demande", _l("Demandé le"), lambda row: row["asked_on"], DAY),
        Column("repondu", _l("Répondu le"), lambda row: row["decided_on"], DAY),
        Column("prochaine", _l("Prochaine échéance"), lambda row: row["part_on"], DAY),
        Column(
            "echeance", _l("Montant de l’échéance"), lambda row: row["part_cents"] or None, EUROS
        ),
        Column("reste", _l("Reste dû"), lambda row: row["owed_cents"], EUROS),
    ),
    index=FAMILY_NAME,
    endpoint="regie_plans.list_plans",
)
PAYMENTS: List[ListedPayment] = List(
    _l("Paiements"),
    (
        Column("quand", _l("Quand"), lambda row: row["at"], MOMENT),
        _payer_column(),
        Column("par", _l("Par"), lambda row: str(labels.MEANS[row["means"]]), filtered=True),
        Column("cheque", _l("N° du chèque"), lambda row: row["cheque"], searched=True),
        Column("bordereau", _l("Bordereau"), lambda row: row["slip"]),
        _bill_column(),
        Column(
            "etat",
            _l("État"),
            lambda row: str(labels.payment_state(row)[2]),
            filtered=True,
            state=labels.payment_state,
        ),
        Column("montant", _l("Montant"), lambda row: row["cents"], EUROS),
        Column(
            "recu",
            _l("Reçu"),
            lambda row: row["receipt"],
            href=lambda row: (
                url_for("regie_bills.show_receipt", payment_id=row["payment_id"])
                if row["receipt"]
                else ""
            ),
        ),
    ),
    index=FAMILY_NAME,
    keep=("du", "au"),
)


def whole_of_payments(kinds: Sequence[PaymentKind]) -> Whole:
    """Return how many payments there are of some kinds, and what they are filtered by."""
    return Whole(
        sum(kind["payments"] for kind in kinds),
        {
            "par": {str(labels.MEANS[kind["means"]]) for kind in kinds},
            "etat": {str(labels.payment_state(kind)[2]) for kind in kinds},
        },
    )


SUSPENSE: List[CounterPayment] = List(
    _l("Encaissements non identifiés"),
    (
        Column(
            "dit",
            _l("Ce qu’on en sait"),
            lambda row: row["payer"],
            searched=True,
            href=lambda row: url_for("regie_suspense.find_payer", payment_id=row["payment_id"]),
        ),
        Column("par", _l("Par"), lambda row: str(labels.MEANS[row["means"]]), filtered=True),
        Column("quand", _l("Quand"), lambda row: row["at"], MOMENT),
        Column("montant", _l("Montant"), lambda row: row["cents"], EUROS),
    ),
)
CHEQUES: List[CounterPayment] = List(
    _l("Chèques à déposer"),
    (
        Column(
            FAMILY_NAME,
            _l("Payeur"),
            lambda row: row["payer"] or _("payeur pas encore connu"),
            searched=True,
            order=lambda row: Name(family_name(row["payer"]), row["payer"]),
        ),
        Column("recu", _l("Reçu"), lambda row: row["receipt"], searched=True),
        Column("quand", _l("Quand"), lambda row: row["at"], MOMENT),
        Column("montant", _l("Montant"), lambda row: row["cents"], EUROS),
    ),
    keep=("regie",),
    endpoint="regie_cash_box.show_deposit",
)
LOTS: List[ShownLot] = List(
    _l("Lots remis"),
    (
        Column(
            "numero",
            _l("Lot"),
            lambda row: row["number"],
            searched=True,
            href=lambda row: url_for("regie_treasury.show_lot", lot_id=row["lot_id"]),
        ),
        Column("remis", _l("Remis"), lambda row: row["ordered_at"], MOMENT),
        Column("factures", _l("Factures"), lambda row: row["bills"], NUMBER),
        _column_of_coded_state("etat", _l("État"), treasury_labels.LOT_STATES),
        Column("total", _l("Total"), lambda row: row["total_cents"], EUROS),
        Column("du", _l("Encore dû"), lambda row: row["owed_cents"], EUROS),
    ),
)
PIECES: List[ShownPiece] = List(
    _l("Factures du lot"),
    (
        _payer_column(),
        _bill_column(),
        _column_of_coded_state("etat", _l("État"), treasury_labels.PIECE_STATES),
        Column(
            "raison",
            _l("Pourquoi"),
            lambda row: str(treasury_labels.WHY_LEFT.get(row["why"], row["why"])),
            filtered=True,
        ),
        Column("tiers", _l("Tiers"), lambda row: row["debtor"]),
        Column("titre", _l("Titre"), lambda row: row["titre"]),
        Column("montant", _l("Remis"), lambda row: row["cents"], EUROS),
    ),
    index=FAMILY_NAME,
    endpoint="regie_treasury.show_lot",
)
DEBIT_RUNS: List[RunOfDebits] = List(
    _l("Prélèvements"),
    (
        Column(
            "numero",
            _l("Prélèvements"),
            lambda row: row["number"],
            searched=True,
            href=lambda row: url_for("regie_debits.show_run", run_id=row["run_id"]),
        ),
        Column("pour", _l("Pour le"), lambda row: row["collect_on"], DAY),
        _column_of_coded_state("etat", _l("État"), treasury_labels.DEBIT_STATES),
        Column("nombre", _l("Nombre"), lambda row: row["debits"], NUMBER),
        Column("rejets", _l("Rejets"), lambda row: row["rejected"], NUMBER),
        Column("total", _l("Total"), lambda row: row["total_cents"], EUROS),
    ),
)
DEBITS: List[DebitedBill] = List(
    _l("Prélèvements d’un jour"),
    (
        _payer_column(),
        _bill_column(),
        Column("mandat", _l("Mandat"), lambda row: row["rum"], searched=True),
        Column("compte", _l("Compte"), lambda row: f"…{row['last4']}"),
        Column("sequence", _l("Séquence"), lambda row: row["sequence"], filtered=True),
        _column_of_coded_state("etat", _l("État"), labels.DEBITED_STATES),
        Column("montant", _l("Montant"), lambda row: row["cents"], EUROS),
        Column(
            "rejet",
            _l("Rejet"),
            lambda row: str(treasury_labels.REASONS.get(row["reason"], row["reason"] or "")),
            filtered=True,
        ),
    ),
    index=FAMILY_NAME,
    endpoint="regie_debits.show_run",
)


def _letter_columns() -> tuple[Column[Any], ...]:
    return (
        _payer_column(_address_of_payer),
        Column("nature", _l("Courrier"), _kind_of_letter_in_words, filtered=True),
        Column("factures", _l("Factures"), lambda row: ", ".join(row["numbers"]), searched=True),
    )


def _kind_of_letter_in_words(row: Any) -> str:
    return str(letter_labels.KINDS[row["kind"]])


_BY_HAND = _column_of_coded_state("envoi", _l("Envoi"), letter_labels.BY_HAND, "by_hand")
TO_PRINT: List[WaitingLetter] = List(
    _l("Courriers à imprimer"),
    (
        *_letter_columns(),
        Column(
            "tour",
            _l("Tour"),
            lambda row: letter_labels.round_label(row["round"]),
            filtered=True,
            order=lambda row: row["round"],
        ),
        Column("cp", _l("Code postal"), lambda row: row["postcode"], filtered=True),
        Column("ville", _l("Commune"), lambda row: row["town"]),
        _BY_HAND,
        Column("depuis", _l("Depuis"), lambda row: row["since"], DAY),
        Column("montant", _l("Montant"), lambda row: row["cents"], EUROS),
    ),
    index=FAMILY_NAME,
    keep=("ordre",),
    endpoint="regie_letters.show",
)
PRINTED: List[PrintedLetter] = List(
    _l("Courriers imprimés"),
    (
        *_letter_columns(),
        _BY_HAND,
        Column("fichier_pdf", _l("Fichier"), lambda row: row["part"], NUMBER, filtered=True),
        Column("montant", _l("Montant"), lambda row: row["cents"], EUROS),
    ),
    index=FAMILY_NAME,
)


def households_of_run_list(run_id: str) -> List[HouseholdOfRun]:
    """Return the list of a month's run: its households, the greatest amounts first."""

    def address_of_line(row: HouseholdOfRun) -> str:
        if row["invoice_id"]:
            return url_for("regie_bills.show", invoice_id=row["invoice_id"])
        household_id = row["household_id"]
        return url_for("regie_runs.show_lines", run_id=run_id, household_id=household_id)

    columns: list[Column[HouseholdOfRun]] = [
        _payer_column(address_of_line),
        _column_of_coded_state("etat", _l("État"), labels.HOUSEHOLD_STATES),
        Column("facture", _l("Facture"), lambda row: row["number"], searched=True),
        Column(
            "inhabituel",
            _l("Inhabituel"),
            lambda row: tuple(str(labels.ANOMALIES.get(code, code)) for code in row["anomalies"]),
            filtered=True,
        ),
        Column(
            "signaler",
            _l("À signaler"),
            lambda row: str(labels.RUN_ERRORS.get(row["error"], "")),
            filtered=True,
        ),
        Column("avant", _l("Mois précédent"), lambda row: row["last_month_cents"], EUROS),
        Column("total", _l("Total"), lambda row: row["total_cents"], EUROS),
    ]
    return List(_l("Facturation"), columns, index=FAMILY_NAME, keep=("voir",))
