"""The régies of a provider, as a town file writes them."""

from collections.abc import Collection, Sequence

from deploy.register.town_file.formats import CODE
from deploy.register.town_file.yaml_reader import Form, Item
from shared.register import Finance, Regie
from shared.register.entitlement import Activity

CHANNELS = ("regie", "titre")
CONTRACTS = ("test", "activation", "production")

NUMBER = Form(r"[1-9][0-9]{0,2}", "a number from 1 to 999")
PREFIX = Form(r"[A-Z]{2,6}", "2 to 6 capital letters")
SIRET = Form(r"[0-9]{14}", "14 digits, in quotes")
NUMCLI = Form(r"[0-9]{6}", "6 digits, in quotes")
DAYS = Form(r"[0-9]{1,3}", "a number of days")
CENTS = Form(r"[0-9]{1,8}", "an amount in cents")
LINE = Form(r"\S.{0,119}", "text of at most 120 characters")

NAME = Form(r"\S.{0,37}", "text of at most 38 characters")
APPEAL = Form(r"\S.{0,399}", "text of at most 400 characters")
BUDGET_CODE = Form(r"[0-9A-Z]{1,8}", "1 to 8 digits or capital letters, in quotes")
PRODUCT = Form(r"[0-9A-Z]{1,4}", "1 to 4 digits or capital letters, in quotes")
POST = Form(r"[0-9]{6,7}", "6 or 7 digits, in quotes")
COLLECTIVITY = Form(r"[0-9]{3}", "3 digits, in quotes")
BUDGET = Form(r"[0-9A-Z]{2,10}", "2 to 10 digits or capital letters, in quotes")
PERIOD = Form(r"quarter|[0-9]", "quarter, or one digit in quotes")
KEYS = ("nature", "bordereau")
ICS = Form(r"FR[0-9]{2}[0-9A-Z]{3}[0-9A-Z]{6}", "a creditor identifier such as FR72ZZZ123456")
IBAN = Form(r"FR[0-9]{2}[0-9A-Z]{23}", "a French IBAN without spaces")
BIC = Form(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", "a BIC of 8 or 11 characters")

LEAST_OF_A_TITRE = 1500
"""No titre below 15 € (art. D1611-1 CGCT)."""


def regies(item: Item, activities: Collection[Activity] | None) -> tuple[Regie, ...]:
    """Read a provider's régies; each activity belongs to one at most, None: they were refused."""
    if not item.has("regies"):
        return ()
    items = item.items("regies", "regie")
    if activities is None:
        return ()
    codes = [activity.code for activity in activities]
    read = tuple(_regie(each, codes) for each in items)
    _refuse_shared(read, items)
    return read


def _regie(item: Item, activities: Collection[str]) -> Regie:
    channel = item.one_of("channel", CHANNELS, "channel")
    regie = Regie(
        code=item.text("code", CODE),
        number=int(item.text("number", NUMBER) or 0),
        prefix=item.text("prefix", PREFIX),
        label=item.text("label", LINE),
        deed=item.text("deed", LINE),
        channel=channel,
        siret=item.text("siret", SIRET),
        address=item.text("address", LINE),
        activities=item.several_of("activities", sorted(activities), "activity"),
        numcli=item.text("numcli", NUMCLI, optional=True),
        payfip=item.one_of("payfip", CONTRACTS, "PayFiP contract")
        if item.has("payfip")
        else CONTRACTS[0],
        due_days=_number(item, "due_days", DAYS, 30),
        least_cents=_number(
            item, "least_cents", CENTS, LEAST_OF_A_TITRE if channel == "titre" else 0
        ),
        till_ceiling_cents=_number(item, "till_ceiling_cents", CENTS, 0),
        finance=_finance(item, channel),
    )
    if channel == "titre" and regie.least_cents < LEAST_OF_A_TITRE:
        item.refuse(f"{item.name}: no titre below 15 € (art. D1611-1 CGCT)", "least_cents")
    item.close()
    return regie


def _finance(item: Item, channel: str) -> Finance | None:
    """Read what public finance asks; a titre without its issuer is none (art. L1617-5 4° CGCT)."""
    block = item.block("finance") if item.has("finance") else None
    if block is None:
        if channel == "titre":
            item.refuse(f"{item.name}: a titre names its issuer (art. L1617-5 4° CGCT)", "channel")
        return None
    read = Finance(
        first_name=block.text("first_name", NAME),
        name=block.text("name", NAME),
        quality=block.text("quality", LINE),
        appeal=block.text("appeal", APPEAL),
        **{
            key: block.text(key, form, optional=True)
            for key, form in (
                ("nature", BUDGET_CODE),
                ("function", BUDGET_CODE),
                ("service", BUDGET_CODE),
                ("product", PRODUCT),
                ("post", POST),
                ("collectivity", COLLECTIVITY),
                ("budget", BUDGET),
                ("ics", ICS),
                ("iban", IBAN),
                ("bic", BIC),
            )
        },
        period=block.text("period", PERIOD, optional=True) or "quarter",
        key1=block.one_of("key1", KEYS, "first key") if block.has("key1") else "",
        notice_days=_number(block, "notice_days", DAYS, 14),
    )
    block.close()
    return read


def _number(item: Item, key: str, form: Form, usual: int) -> int:
    written = item.text(key, form, optional=True)
    return int(written) if written.isdigit() else usual


def _refuse_shared(read: Sequence[Regie], items: Sequence[Item]) -> None:
    taken: set[str] = set()
    for regie, item in zip(read, items, strict=True):
        for activity in regie.activities:
            if activity in taken:
                item.refuse(f"{item.name}: {activity} belongs to another régie", "activities")
            taken.add(activity)
