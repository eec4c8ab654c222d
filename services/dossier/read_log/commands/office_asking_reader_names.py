"""Questions for the name behind a read: asked by one agent of the office, agreed to by another."""

from sqlalchemy import delete, select

from services.dossier.digest_and_chain_keys import seal_as_own
from services.dossier.models import ReadNameQuestion, sealed_place_of_reason
from services.dossier.read_log.queries.agent_reads import read_line
from services.dossier.read_log.rules.summary_for_family import first_day_kept
from shared.contracts.dossier.data_protection.agent_reads import OwnQuestion
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.clock import midnight
from shared.dates.instant import Instant
from shared.runtime.ids import new_id


def ask_for_reader_name(write: Write, line: int, reason: str, *, by: str, when: Instant) -> None:
    """Keep a question; the first one about a line is kept. Raises NotFound."""
    row = read_line(write, line)
    known = select(ReadNameQuestion.id).where(ReadNameQuestion.line == line)
    if write.scalar(known) is not None:
        return
    question_id = new_id()
    write.add(
        ReadNameQuestion(
            id=question_id,
            line=line,
            provider=row.provider,
            role=row.role,
            part=row.projection,
            read_at=row.at,
            reader=row.subject,
            reason=seal_as_own(sealed_place_of_reason(question_id), reason),
            asked_by=by,
            asked_at=when.moment,
        )
    )


def agree_to_give_reader_name(write: Write, question_id: str, *, by: str, when: Instant) -> None:
    """Agree to a question; raises NotFound, OwnQuestion. Agreeing twice changes nothing."""
    row = write.get(ReadNameQuestion, question_id, with_for_update=True)
    if row is None:
        raise NotFound(question_id=question_id)
    if row.asked_by == by:
        raise OwnQuestion
    if row.given_by is None:
        row.given_by, row.given_at = by, when.moment


def forget_reader_name_requests(write: Write, when: Instant) -> None:
    """Delete questions about lines that are kept no longer."""
    start = midnight(first_day_kept(when.day))
    write.execute(delete(ReadNameQuestion).where(ReadNameQuestion.read_at < start))
