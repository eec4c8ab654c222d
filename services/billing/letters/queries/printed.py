"""Printed letters: runs, their files, and the letters in each."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlalchemy import exists, func, select, tuple_
from sqlalchemy.orm import Session

from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.models import Invoice, PrintedPiece, PrintPart, PrintRun
from services.billing.payers.queries.payers import payer_names_by_household
from services.billing.payers.queries.protected_households import protected_household_condition
from shared.contracts.billing.regie import letters as contracts
from shared.contracts.errors import NotFound
from shared.database.chunks import ordered_chunks
from shared.person import name_of_subject


def require_print_run(session: Session, provider: str, run_id: str) -> PrintRun:
    """Return a run of the provider's; raises NotFound."""
    run = session.get(PrintRun, run_id)
    if run is None or run.provider != provider:
        raise NotFound
    return run


def page_of_printing_runs(session: Session, provider: str, after: str) -> contracts.PrintRunsAnswer:
    """Return a page of a provider's runs, the latest first."""
    latest_first = (PrintRun.printed_at.desc(), PrintRun.id.desc())
    query = select(PrintRun).where(PrintRun.provider == provider).order_by(*latest_first)
    last = session.get(PrintRun, after) if after else None
    if last is not None:
        query = query.where(tuple_(PrintRun.printed_at, PrintRun.id) < (last.printed_at, last.id))
    most = contracts.RUNS_SHOWN
    rows = session.scalars(query.limit(most + 1)).all()
    following = rows[most - 1].id if len(rows) > most else ""
    return contracts.PrintRunsAnswer(_printing_runs_as_listed(session, rows[:most]), next=following)


def printing_run_as_listed(session: Session, run: PrintRun) -> contracts.PrintRun:
    """Return a run as a list shows it."""
    [shown] = _printing_runs_as_listed(session, [run])
    return shown


def _printing_runs_as_listed(
    session: Session, runs: Sequence[PrintRun]
) -> list[contracts.PrintRun]:
    by_hand = PrintedPiece.by_hand != contracts.BY_POST
    counts = select(
        PrintedPiece.run_id,
        func.count(PrintedPiece.position.distinct()),
        func.count(PrintedPiece.position.distinct()).filter(by_hand),
    )
    of_these = PrintedPiece.run_id.in_([run.id for run in runs])
    rows = session.execute(counts.where(of_these).group_by(PrintedPiece.run_id))
    letters = {run_id: (all_of_it, handed) for run_id, all_of_it, handed in rows}
    names = {by: name_of_subject(session, by) for by in {run.printed_by for run in runs}}
    return [
        {
            "run_id": run.id,
            "printed_at": run.printed_at,
            "by": names[run.printed_by],
            "letters": letters[run.id][0],
            "by_hand": letters[run.id][1],
        }
        for run in runs
    ]


def files_of_run(session: Session, run: PrintRun) -> list[contracts.PrintPart]:
    """Return the files of a run with what became of them."""
    stale = set(files_with_protected_address(session, run))
    counts = (
        select(PrintedPiece.part, func.count(PrintedPiece.position.distinct()))
        .where(PrintedPiece.run_id == run.id)
        .group_by(PrintedPiece.part)
    )
    letters = {part: count for part, count in session.execute(counts)}
    rows = select(PrintPart.number, PrintPart.wanted, PrintPart.content.is_not(None))
    return [
        {
            "number": number,
            "letters": letters[number],
            "ready": is_there and number not in stale,
            "being_made": wanted,
        }
        for number, wanted, is_there in session.execute(
            rows.where(PrintPart.run_id == run.id).order_by(PrintPart.number)
        )
    ]


def files_with_protected_address(session: Session, run: PrintRun) -> Sequence[int]:
    """Return the files that say where a household lives that is protected now (rule R9)."""
    conditions = (PrintedPiece.run_id == run.id, PrintedPiece.by_name.is_(False))
    return session.scalars(
        select(PrintedPiece.part)
        .where(*conditions, protected_household_condition(PrintedPiece.household_id))
        .distinct()
    ).all()


def file_of_print_run(session: Session, run: PrintRun, number: int) -> bytes:
    """Return a file of a run; raises NotFound, or NotLaidOutYet."""
    part = session.get(PrintPart, (run.id, number))
    if part is None:
        raise NotFound
    if part.content is None or number in files_with_protected_address(session, run):
        raise contracts.NotLaidOutYet
    return part.content


def page_of_letters(
    session: Session, run: PrintRun, after: str
) -> tuple[list[contracts.PrintedLetter], str]:
    """Return a page of a run's letters, in the order of the paper, and its `next`."""
    first = int(after) if after.isdecimal() else 0
    beyond = first + contracts.PAGE
    pieces = session.scalars(
        select(PrintedPiece)
        .where(PrintedPiece.run_id == run.id)
        .where(PrintedPiece.position >= first, PrintedPiece.position < beyond)
        .order_by(PrintedPiece.position, PrintedPiece.reference)
    ).all()
    names = payer_names_by_household(session, [piece.household_id for piece in pieces])
    numbers = _bill_numbers(session, pieces)
    letters = [
        _letter_as_listed(list(several), names, numbers)
        for _, several in groupby(pieces, lambda piece: piece.position)
    ]
    more = session.scalar(
        select(exists().where(PrintedPiece.run_id == run.id, PrintedPiece.position >= beyond))
    )
    return letters, str(beyond) if more else ""


def _letter_as_listed(
    pieces: Sequence[PrintedPiece], names: Mapping[str, str], numbers: Mapping[str, str]
) -> contracts.PrintedLetter:
    first = pieces[0]
    return {
        "kind": first.kind,
        "household_id": first.household_id,
        "payer": names.get(first.household_id, "–"),
        "numbers": [numbers[piece.reference] for piece in pieces if piece.reference in numbers],
        "by_hand": first.by_hand,
        "cents": sum(piece.cents for piece in pieces),
        "part": first.part,
    }


def _bill_numbers(session: Session, pieces: Sequence[PrintedPiece]) -> dict[str, str]:
    columns = (Invoice.id, Invoice.regie, Invoice.fiscal_year, Invoice.sequence)
    return {
        row.id: readable_number(row.regie, row.fiscal_year, row.sequence)
        for chunk in ordered_chunks([piece.reference for piece in pieces])
        for row in session.execute(select(*columns).where(Invoice.id.in_(chunk)))
    }
