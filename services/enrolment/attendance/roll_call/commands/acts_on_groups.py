"""Traces of what an agent does with the roll call of a whole group."""

from datetime import datetime

from services.enrolment.models import AgentAct
from shared.contracts.enrolment.places.states import SERVICE
from shared.runtime.ids import new_id


def make_act_on_group(session_id: str, act: str, subject: str, at: datetime) -> AgentAct:
    """Return the trace of an act on a whole group, for which nobody outside has asked."""
    return AgentAct(
        id=new_id(),
        session_id=session_id,
        act=act,
        asked_by=SERVICE,
        reason="",
        before="",
        after="",
        over_capacity=False,
        subject=subject,
        at=at,
    )
