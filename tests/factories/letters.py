"""Letters on paper: households at an address, what waits for them, files as a worker makes them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from services.billing.accounts.commands.reminders import send_reminders
from services.billing.jobs.letters import lay_out_letters, next_file_of_letters
from services.billing.models import Household
from services.billing.payers.commands.email_reach import record_email_reach
from services.billing.store import store
from shared.contracts.billing.regie import letters as contracts
from shared.contracts.identity.accounts import EmailReachChanged
from shared.dates.clock import now
from shared.files.file_parts import fetch_whole_file
from tests.factories import billing, documents, runs
from tests.factories.documents import PORTAL


def lives(number: int, postcode: str = "28901", town: str = "Démonstration", **more: Any) -> str:
    """Let the dossier tell a household at an address; return its id."""
    where = {
        "valid_from": date(2020, 1, 1),
        "street": f"{number} rue des Lilas",
        "postcode": postcode,
        "insee": "28901",
        "commune": town,
    }
    return billing.household_published(number, more.pop("version", 1), addresses=[where], **more)


def block(number: int, postcode: str = "28901", town: str = "Démonstration") -> tuple[str, ...]:
    return f"Famille {number}", f"{number} rue des Lilas", f"{postcode} {town}"


def billed(number: int, postcode: str = "28901", **more: Any) -> str:
    """Issue a bill now to a household that lives there; return the bill's id."""
    home = lives(number, postcode)
    return documents.bill(
        home, documents.line(220, 3), payer=block(number, postcode), at=now(), **more
    )


def overdue(number: int, postcode: str = "28901") -> str:
    """Issue a bill to a household long enough ago that it is late; return the bill's id."""
    home, at = lives(number, postcode), now() - timedelta(days=60)
    return documents.bill(home, documents.line(500, 2), payer=block(number, postcode), at=at)


def reminded(*invoice_ids: str, at: datetime | None = None) -> int:
    """Remind of bills, as an agent of the régie does."""
    with store.write() as write:
        return send_reminders(write, "ens", invoice_ids, by=runs.AGENT, at=at or now())


def reached(number: int, *, by_email: bool = True, version: int = 1) -> None:
    """Let identity tell whether e-mails reach a household's guardian."""
    subject = billing.guardian(number).subject
    with store.write() as write:
        record_email_reach(write, EmailReachChanged(subject, version, by_email))


def waiting() -> Sequence[contracts.WaitingLetter]:
    """Return what waits to be printed, page after page."""
    listed, after = [], ""
    while True:
        answer = billing.ask(billing.holder(), contracts.letters_to_print, after=after)
        listed += answer.letters
        if not answer.next:
            return listed
        after = answer.next


def printed(only: str = "", order: str = contracts.BY_POSTCODE) -> str:
    """Print what waits, as the screen shows it; return the run's id."""
    seen = [letter for letter in waiting() if only in ("", letter["round"])]
    asked: dict[str, Any] = {"round": only, "order": order, "letters": len(seen)}
    asked["total_cents"] = sum(letter["cents"] for letter in seen)
    return str(billing.ask(billing.holder(), contracts.print_letters, **asked).run_id)


def laid_out(most: int = 99) -> int:
    """Lay out the files that wait, as the worker does; return how many."""
    made = 0
    while made < most and (file := next_file_of_letters(store)) is not None:
        lay_out_letters(store, PORTAL, file[0], now())
        made += 1
    return made


def run(run_id: str, after: str = "") -> Any:
    return billing.ask(billing.holder(), contracts.read_print_run, run_id=run_id, after=after)


def file(run_id: str, number: int = 1) -> bytes:
    """Return a file of a run, as a desk fetches it."""

    def part(nth: int) -> Any:
        asked: dict[str, Any] = {"run_id": run_id, "number": number, "part": nth}
        return billing.ask(billing.holder(), contracts.print_file, **asked)

    return fetch_whole_file(part(0), part)


def protected(number: int, *, is_protected: bool = True) -> None:
    """Protect a household, as the dossier tells it."""
    with store.write() as write:
        row = update(Household).where(Household.id == runs.home(number))
        write.execute(row.values(protected=is_protected))
