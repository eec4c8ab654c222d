"""Bills of invented families, ready to be laid out: what typst and its contenders draw alike."""

import json
import random
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from deploy.applied_town import DEMO_TOWN
from deploy.register.compiler import compile_register
from deploy.register.town_file.town import read_town
from services.billing.documents.bills import Issued, bill_data
from services.billing.ledger.rules import bill_number_forms
from services.billing.models import Invoice, InvoiceLine
from services.billing.pricing.rules.inputs_and_lines import WHOLE
from shared.contracts.billing.bills import INVOICE
from shared.register import Register
from shared.runtime.ids import new_id

PORTAL = "https://famille.demonstration.example"
AT = datetime(2026, 12, 3, 9, 30, tzinfo=UTC)
MONTH = "2026-11"
CHILDREN = ("Manon", "Hugo", "Lina", "Nolan")
LABELS = (
    ("Restauration scolaire", "Repas", 10),
    ("Restauration scolaire", "Encadrement", 10),
    ("Accueil du matin", "", 6),
    ("Accueil du soir", "", 12),
    ("Étude surveillée", "", 8),
    ("Centre de loisirs", "Journée", 4),
    ("Centre de loisirs", "Repas", 4),
    ("Restauration scolaire", "Repas sans réservation", 1),
)


def bills(count: int, lines: int) -> list[Mapping[str, Any]]:
    """Return what so many bills of so many lines say, each another family's; always the same."""
    chance = random.Random(lines)
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "register.json"
        file.write_text(json.dumps(compile_register(read_town(DEMO_TOWN), [], {})))
        register = Register(file)
        return [
            bill_data(register, PORTAL, _issued(register, number, lines, chance))
            for number in range(1, count + 1)
        ]


def _issued(register: Register, number: int, lines: int, chance: random.Random) -> Issued:
    _, regie = register.provider_and_regie("ens")
    rows = [_line(seq, lines, chance) for seq in range(lines)]
    invoice = Invoice(
        id=new_id(),
        kind=INVOICE,
        provider="ens",
        regie=regie.code,
        number=bill_number_forms.number_digits(regie, AT.year, number),
        fiscal_year=AT.year,
        sequence=number,
        month=MONTH,
        issued_at=AT,
        issued_on=AT.date(),
        due_on=date(2027, 1, 2),
        total_cents=sum(row.cents for row in rows),
        key="K7MPQ2XW",
        payer=[f"Camille Ferrand {number}", f"{number} rue des Lilas", "28901 Démonstration"],
    )
    return Issued(invoice, rows, owed_before=chance.choice((0, 1230)))


def _line(seq: int, lines: int, chance: random.Random) -> InvoiceLine:
    label, part, most = LABELS[seq % len(LABELS)]
    quantity, unit = chance.randint(1, most), chance.randint(40, 1900)
    quotient = {"quotient_cents": chance.randint(20_000, 190_000), "quotient_kind": "caf"}
    return InvoiceLine(
        child=CHILDREN[seq * len(CHILDREN) // max(lines, 2 * len(LABELS))],
        label=label,
        part=part,
        month=MONTH,
        days=sorted(chance.sample(range(1, 31), quantity)),
        outcome="present",
        quantity=quantity,
        unit_cents=unit,
        cents=unit * quantity,
        share_bp=WHOLE,
        reason={
            "code": "band",
            "params": {"band": "tranche 3", "quotient_from": "2026-09-01", **quotient},
        },
    )
