"""Lines that a CESU and chèques-vacances may pay."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.billing.bills.rules.voucher_limits import VoucherLine, cents_payable_by_voucher
from shared.contracts.billing.bills import ANCV, CESU, E_CESU
from shared.register import Regie

REGIE = Regie(
    code="ens",
    number=1,
    prefix="ENS",
    label="Régie",
    deed="arrêté",
    channel="regie",
    siret="21289010000018",
    address="1 place de la Mairie",
    activities=("evening_care", "wednesday", "judo"),
    means=("cash", CESU, E_CESU, ANCV),
    cesu_for=("evening_care",),
    cesu_under_six_for=("wednesday",),
    ancv_for=("wednesday", "judo"),
)
LINE = VoucherLine("evening_care", "childcare", date(2026, 11, 30), date(2016, 5, 4), 100)


@pytest.mark.parametrize(
    ("means", "line", "pays"),
    [
        pytest.param(CESU, {}, True, id="evening care at ten"),
        pytest.param(E_CESU, {}, True, id="the same without paper"),
        pytest.param(CESU, {"tax": "food"}, False, id="the snack of evening care"),
        pytest.param(CESU, {"activity": "wednesday"}, False, id="a Wednesday at ten"),
        pytest.param(
            CESU, {"activity": "wednesday", "birth_date": date(2020, 12, 1)}, True, id="at five"
        ),
        pytest.param(
            CESU, {"activity": "wednesday", "birth_date": date(2020, 11, 30)}, False, id="at six"
        ),
        pytest.param(
            CESU, {"activity": "wednesday", "birth_date": None}, False, id="at an unknown age"
        ),
        pytest.param(CESU, {"activity": "judo"}, False, id="judo"),
        pytest.param(ANCV, {"activity": "judo", "tax": "other"}, True, id="judo by ANCV"),
        pytest.param(ANCV, {"activity": "wednesday"}, True, id="a Wednesday by ANCV"),
        pytest.param(ANCV, {"activity": "wednesday", "tax": "food"}, False, id="its meal by ANCV"),
        pytest.param(ANCV, {}, False, id="evening care by ANCV"),
    ],
)
def test_a_voucher_pays_what_the_law_and_the_regie_say(
    means: str, line: dict[str, Any], pays: bool
) -> None:
    lines = [replace(LINE, **line), replace(LINE, activity="canteen", tax="food")]

    assert cents_payable_by_voucher(means, REGIE, lines) == (100 if pays else 0)
