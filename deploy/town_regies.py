"""The régies of a provider, as a town file writes them."""

from collections.abc import Collection, Sequence

from deploy.town_forms import CODE
from deploy.town_reading import Form, Item
from shared.entitlement import Activity
from shared.register import Regie

CHANNELS = ("regie", "titre")
CONTRACTS = ("test", "activation", "production")

NUMBER = Form(r"[1-9][0-9]{0,2}", "a number from 1 to 999")
PREFIX = Form(r"[A-Z]{2,6}", "2 to 6 capital letters")
SIRET = Form(r"[0-9]{14}", "14 digits, in quotes")
NUMCLI = Form(r"[0-9]{6}", "6 digits, in quotes")
DAYS = Form(r"[0-9]{1,3}", "a number of days")
CENTS = Form(r"[0-9]{1,8}", "an amount in cents")
LINE = Form(r"\S.{0,119}", "text of at most 120 characters")

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
    )
    if channel == "titre" and regie.least_cents < LEAST_OF_A_TITRE:
        item.refuse(f"{item.name}: no titre below 15 € (art. D1611-1 CGCT)", "least_cents")
    item.close()
    return regie


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
