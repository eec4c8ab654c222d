"""Changes of children's days by agents: who asked for it, when and why."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import AgentAct
from shared.database.prebuilt_statements import list_parameter

Acts = Mapping[tuple[str, str], AgentAct]
"""The last act of an agent, by session and child."""

_ACTS = (
    select(AgentAct)
    .where(
        AgentAct.session_id.in_(list_parameter("session_ids")),
        AgentAct.child_id.in_(list_parameter("child_ids")),
    )
    .order_by(AgentAct.at, AgentAct.id)
)


def last_agent_acts(
    read: Database, session_ids: Collection[str], child_ids: Collection[str]
) -> Acts:
    """Return the last act of an agent on each of these children in each of these sessions."""
    if not session_ids or not child_ids:
        return {}
    given = {"session_ids": list(session_ids), "child_ids": list(child_ids)}
    return {(act.session_id, act.child_id or ""): act for act in read.scalars(_ACTS, given)}


def agent_acts_on_child_and_group(
    read: Database, session_id: str, child_id: str
) -> Sequence[AgentAct]:
    """Return all acts on a child in a session and on its group, the last one first."""
    theirs = (AgentAct.child_id == child_id) | AgentAct.child_id.is_(None)
    query = select(AgentAct).where(AgentAct.session_id == session_id, theirs)
    return read.scalars(query.order_by(AgentAct.at.desc(), AgentAct.id.desc())).all()
