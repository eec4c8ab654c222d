"""Reads by agents for the data protection office, and the names that it asked for."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.dossier.digest_and_chain_keys import READS, own_key, unseal_as_own
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.protection import protected_homes_of
from services.dossier.models import (
    READ,
    PersonRequest,
    ReadLog,
    ReadNameQuestion,
    sealed_place_of_reason,
)
from services.dossier.read_log.queries.history_exports import NO_PROVIDER
from services.dossier.read_log.rules.agent_reads_for_office import AgentRead, group_agent_reads
from shared.contracts.dossier.data_protection import agent_reads as contracts
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import midnight

MOST_UNUSUAL, MOST_ORDINARY = 3000, 6000
"""Lines that are grouped for one answer, the latest of each kind."""


def agent_reads(session: Session, asked: contracts.AgentReadsRequest) -> contracts.AgentReadsAnswer:
    """Return a page of reads between two days; raises BadRequest, NotFound."""
    if not 0 <= (asked.until - asked.since).days < contracts.MOST_DAYS:
        raise BadRequest(errors={"until": [f"{contracts.MOST_DAYS} days at most"]})
    wanted = _select_wanted_reads(session, asked)
    latest = wanted.order_by(ReadLog.at.desc(), ReadLog.sequence.desc())
    lines = [
        *session.execute(latest.where(ReadLog.unusual.is_(True)).limit(MOST_UNUSUAL)),
        *session.execute(latest.where(ReadLog.unusual.is_(False)).limit(MOST_ORDINARY)),
    ]
    every = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    reads = [AgentRead(*line) for line in lines]
    protected = protected_homes_of(session, {read.child_id for read in reads})
    key = own_key(session, READS) or b""
    groups = group_agent_reads(reads, protected.keys(), key)
    first = int(asked.after or 0)
    following = first + contracts.PAGE
    return contracts.AgentReadsAnswer(
        reads=groups[first:following],
        next=str(following) if following < len(groups) else "",
        left_out=every - len(lines),
    )


def _select_wanted_reads(
    session: Session, asked: contracts.AgentReadsRequest
) -> Select[*tuple[Any, ...]]:
    query = select(
        ReadLog.sequence,
        ReadLog.provider,
        ReadLog.role,
        ReadLog.projection,
        ReadLog.purpose,
        ReadLog.subject,
        ReadLog.child_id,
        ReadLog.at,
        ReadLog.unusual,
    ).where(
        ReadLog.kind == READ,
        ReadLog.provider != NO_PROVIDER,
        ReadLog.at >= midnight(asked.since),
        ReadLog.at < midnight(_day_after(asked.until)),
    )
    if asked.provider:
        query = query.where(ReadLog.provider == asked.provider)
    if asked.person_request_id is not None:
        row = session.get(PersonRequest, asked.person_request_id)
        if row is None or row.child_id is None:
            raise NotFound(person_request_id=asked.person_request_id)
        query = query.where(ReadLog.child_id.in_(all_ids_of_child(session, row.child_id)))
    return query


def read_line(session: Session, line: int) -> ReadLog:
    """Return a line that names an agent; raises NotFound."""
    row = session.get(ReadLog, line)
    if row is None or row.kind != READ or row.provider == NO_PROVIDER or row.subject is None:
        raise NotFound(line=line)
    return row


def reader_name_questions(session: Session) -> contracts.ReadNamesAnswer:
    """Return the questions for names, those that wait first, then the latest."""
    order = (ReadNameQuestion.given_at.is_not(None), ReadNameQuestion.asked_at.desc())
    rows = session.scalars(
        select(ReadNameQuestion).order_by(*order).limit(contracts.MOST_NAMES)
    ).all()
    return contracts.ReadNamesAnswer(list(_name_questions_for_answer(rows)))


def _name_questions_for_answer(rows: Iterable[ReadNameQuestion]) -> Iterable[contracts.AskedName]:
    for row in rows:
        yield {
            "question_id": row.id,
            "line": row.line,
            "provider": row.provider,
            "role": row.role,
            "part": row.part,
            "read_at": row.read_at,
            "reason": unseal_as_own(sealed_place_of_reason(row.id), row.reason),
            "asked_by": row.asked_by,
            "asked_at": row.asked_at,
            "given_by": row.given_by,
            "given_at": row.given_at,
            "subject": row.reader if row.given_by else None,
        }


def _day_after(day: date) -> date:
    return day + timedelta(days=1)
