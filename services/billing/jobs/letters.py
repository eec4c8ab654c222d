"""Work on letters: a file at a time, laid out beside all transactions."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from services.billing.documents.letters import TEMPLATE, FileOfLetters
from services.billing.models import PrintedPiece, PrintPart, PrintRun
from shared.database import Store
from shared.documents import forget_laid_out, lay_out_pdf


def next_file_of_letters(
    store: Store, resting: Collection[str] = ()
) -> tuple[PrintPart, str] | None:
    """Return the file of letters that was ordered first of those to be laid out, and by whom."""
    rows = (
        select(PrintPart, PrintRun.provider)
        .join(PrintRun, PrintRun.id == PrintPart.run_id)
        .where(PrintPart.wanted.is_(True), PrintPart.run_id.not_in(resting))
        .order_by(PrintRun.printed_at, PrintPart.run_id, PrintPart.number)
    )
    with store.read() as read:
        row = read.execute(rows.limit(1)).first()
    return (row[0], row[1]) if row else None


def lay_out_letters(store: Store, portal: str, part: PrintPart, at: datetime) -> None:
    """
    Lay out a file and keep it; made twice after a crash it is the same.

    Each letter notes whether it was laid out by its name alone: a protection that comes in between
    is then seen when the file is asked for.
    """
    with store.read() as read:
        run = read.get_one(PrintRun, part.run_id)
        content = FileOfLetters(read, store.register, portal, run)
        data = content.template_data(part.number)
    made = lay_out_pdf(TEMPLATE, data, run.printed_at)
    forget_laid_out()
    with store.write() as write:
        here = (PrintedPiece.run_id == part.run_id, PrintedPiece.part == part.number)
        by_name = PrintedPiece.household_id.in_(content.by_name)
        write.execute(update(PrintedPiece).where(*here).values(by_name=by_name))
        write.execute(
            update(PrintPart)
            .where(PrintPart.run_id == part.run_id, PrintPart.number == part.number)
            .values(content=made, made_at=at, wanted=False)
        )
