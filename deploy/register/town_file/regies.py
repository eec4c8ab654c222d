"""The régies of a provider in a town file."""

from collections.abc import Iterable
from typing import Any

from deploy.register.town_file.blocks import Block, BlockSchema
from deploy.register.town_file.field_types import (
    Known,
    Number,
    Several,
    Text,
    format_validator,
    unknown_message,
)
from deploy.register.town_file.fields_of_several_blocks import CODE
from deploy.register.town_file.yaml_reader import LinedDict
from shared.contracts.billing.bills import ANCV, CESU, E_CESU
from shared.contracts.billing.regie.counter import COUNTER_MEANS
from shared.register import Finance, PaymentPlanLimits, Regie
from shared.register.entitlement import Activity

CHANNELS = ("regie", "titre")
CONTRACTS = ("test", "activation", "production")

NUMBER = format_validator(r"[1-9][0-9]{0,2}", "a number from 1 to 999")
PREFIX = format_validator(r"[A-Z]{2,6}", "2 to 6 capital letters")
SIRET = format_validator(r"[0-9]{14}", "14 digits, in quotes")
NUMCLI = format_validator(r"[0-9]{6}", "6 digits, in quotes")
DAYS = format_validator(r"[0-9]{1,3}", "a number of days")
CENTS = format_validator(r"[0-9]{1,8}", "an amount in cents")
PARTS = format_validator(r"[2-6]", "a number from 2 to 6")
MONTHS = format_validator(r"[1-9]|1[0-2]", "a number from 1 to 12")
PART = format_validator(r"[1-9][0-9]{2,7}", "an amount in cents, 100 at least")
LINE = format_validator(r"\S.{0,119}", "text of at most 120 characters")

NAME = format_validator(r"\S.{0,37}", "text of at most 38 characters")
APPEAL = format_validator(r"\S.{0,399}", "text of at most 400 characters")
BUDGET_CODE = format_validator(r"[0-9A-Z]{1,8}", "1 to 8 digits or capital letters, in quotes")
NATURE = format_validator(r"[1-9][0-9]{0,7}", "1 to 8 digits, in quotes")
FUNCTION = format_validator(r"[0-9]{1,8}", "1 to 8 digits, in quotes")
PRODUCT = format_validator(r"[0-9A-Z]{1,4}", "1 to 4 digits or capital letters, in quotes")
POST = format_validator(r"[0-9]{6,7}", "6 or 7 digits, in quotes")
COLLECTIVITY = format_validator(r"[0-9]{3}", "3 digits, in quotes")
BUDGET = format_validator(r"[0-9A-Z][0-9]", "2 digits, or a capital letter and a digit, in quotes")
PERIOD = format_validator(r"quarter|[0-9]", "quarter, or one digit in quotes")
KEYS = ("nature", "bordereau")
CIVILITY = format_validator(r"[A-Za-z.]{1,10}", "1 to 10 letters")
ICS = format_validator(
    r"FR[0-9]{2}[0-9A-Z]{3}[0-9A-Z]{6}", "a creditor identifier such as FR72ZZZ123456"
)
IBAN = format_validator(r"FR[0-9]{2}[0-9A-Z]{23}", "a French IBAN without spaces")
BIC = format_validator(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", "a BIC of 8 or 11 characters")

LEAST_OF_A_TITRE = 1500
"""No titre below 15 € (art. D1611-1 CGCT)."""


class FinanceSchema(BlockSchema):
    makes = Finance
    first_name = Text(NAME)
    name = Text(NAME)
    quality = Text(LINE)
    appeal = Text(APPEAL)
    nature = Text(NATURE, required=False)
    function = Text(FUNCTION, required=False)
    service = Text(BUDGET_CODE, required=False)
    product = Text(PRODUCT, required=False)
    post = Text(POST, required=False)
    collectivity = Text(COLLECTIVITY, required=False)
    budget = Text(BUDGET, required=False)
    period = Text(PERIOD, required=False)
    key1 = Text(Known("first key", KEYS), required=False)
    madam = Text(CIVILITY, required=False)
    sir = Text(CIVILITY, required=False)
    ics = Text(ICS, required=False)
    iban = Text(IBAN, required=False)
    bic = Text(BIC, required=False)
    notice_days = Number(DAYS, required=False)


class PaymentPlansSchema(BlockSchema):
    makes = PaymentPlanLimits
    parts = Number(PARTS, required=False)
    least_cents = Number(PART, required=False)
    months = Number(MONTHS, required=False)
    grace_days = Number(DAYS, required=False)


def _make_regie(**given: Any) -> Regie:
    least = LEAST_OF_A_TITRE if given["channel"] == "titre" else 0
    return Regie(**{"least_cents": least, **given})


class RegieSchema(BlockSchema):
    makes = staticmethod(_make_regie)
    code = Text(CODE)
    number = Number(NUMBER)
    prefix = Text(PREFIX)
    label = Text(LINE)
    deed = Text(LINE)
    channel = Text(Known("channel", CHANNELS))
    siret = Text(SIRET)
    address = Text(LINE)
    activities = Several("activity", may_be_empty=True)  # of one that was closed: its bills stay
    numcli = Text(NUMCLI, required=False)
    payfip = Text(Known("PayFiP contract", CONTRACTS), required=False)
    due_days = Number(DAYS, required=False)
    least_cents = Number(CENTS, required=False)
    till_ceiling_cents = Number(CENTS, required=False)
    means = Several("means of payment", COUNTER_MEANS, required=False)
    cesu_for = Several("activity", required=False)
    cesu_under_six_for = Several("activity", required=False)
    ancv_for = Several("activity", required=False)
    vat = Text(LINE, required=False)
    mediator = Text(APPEAL, required=False)
    finance = Block(FinanceSchema, required=False)
    payment_plans = Block(PaymentPlansSchema, required=False)
    advance_most_cents = Number(CENTS, required=False)

    def check_across_keys(self, regie: Regie, block: LinedDict) -> None:
        if regie.channel == "titre" and "finance" not in block:
            block.add_problem_at_key("a titre names its issuer (art. L1617-5 4° CGCT)", "channel")
        if regie.channel == "titre" and regie.least_cents < LEAST_OF_A_TITRE:
            block.add_problem_at_key("no titre below 15 € (art. D1611-1 CGCT)", "least_cents")
        if regie.channel == "titre" and regie.payment_plans:
            problem = "only the public accountant grants delays of a titre"
            block.add_problem_at_key(problem, "payment_plans")
        if regie.advance_most_cents and (regie.channel == "titre" or not regie.numcli):
            problem = "an advance is paid online, to a régie that has a PayFiP client number"
            block.add_problem_at_key(problem, "advance_most_cents")
        pays_by_cesu = set(regie.means) & {CESU, E_CESU}
        if bool(pays_by_cesu) != bool(regie.cesu_for or regie.cesu_under_six_for):
            problem = "a CESU is taken with the activities that it may pay, and not without"
            block.add_problem_at_key(problem, "means")
        if (ANCV in regie.means) != bool(regie.ancv_for):
            problem = "chèques-vacances are taken with the activities that they may pay"
            block.add_problem_at_key(problem, "means")
        for key in ("cesu_for", "cesu_under_six_for", "ancv_for"):
            for code in set(getattr(regie, key)) - set(regie.activities):
                block.add_problem_at_key(f"{code} is none of this régie's activities", key)


def check_regies(
    provider: LinedDict, regies: Iterable[Regie], activities: Iterable[Activity]
) -> None:
    """Refuse unknown activities, those that belong to two régies, and a canteen paid by CESU."""
    activities = list(activities)
    codes = [activity.code for activity in activities]
    canteens = {activity.code for activity in activities if activity.regime == "canteen"}
    taken: set[str] = set()
    for block, regie in provider.blocks_with_objects("regies", regies):
        for at, code in enumerate(regie.activities):
            if code not in codes and "activities" not in provider.refused:
                block.add_problem_at_key(unknown_message("activity", code, codes), "activities", at)
            elif code in taken:
                block.add_problem_at_key(f"{code} belongs to another régie", "activities")
            taken.add(code)
        for key in ("cesu_for", "cesu_under_six_for"):
            if canteens & set(getattr(regie, key)):
                problem = "no CESU pays a canteen (art. L1271-1 code du travail)"
                block.add_problem_at_key(problem, key)
