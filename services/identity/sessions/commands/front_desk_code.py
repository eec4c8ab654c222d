"""
Six digits by e-mail to a guardian at the counter: the telephone in the hand is the proof.

One code per agent: asking again, or for somebody else, voids the last. It is good once, for ten
minutes and five tries.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete

from services.identity import mail
from services.identity.mail.texts import CODE
from services.identity.models import CounterCode
from shared.database import Write
from shared.runtime.ids import new_id

GOOD_FOR = timedelta(minutes=10)
MOST_TRIES = 5


def email_code_to_guardian(write: Write, agent: str, family: str, at: datetime) -> bool:
    """Post a new code to a guardian's own address; False where none is known here."""
    row_id, code = new_id(), f"{secrets.randbelow(1_000_000):06}"
    if not mail.queue_email(write, family, CODE, f"counter|{row_id}", code=code):
        return False
    state = {
        "id": row_id,
        "family": family,
        "digest": _code_digest(row_id, code),
        "sent_at": at,
        "tries": 0,
    }
    fresh = write.upsert_into(CounterCode).values(agent=agent, **state)
    write.execute(fresh.on_conflict_do_update(index_elements=["agent"], set_=state))
    return True


def check_and_use_up_code(write: Write, agent: str, family: str, typed: str, at: datetime) -> bool:
    """
    Say whether these are the digits that were sent; they are used up, or a try is.

    Counted in a transaction that ends whatever the answer is, so that no try is free.
    """
    row = write.get(CounterCode, agent, with_for_update=True)
    if row is None or row.family != family or at >= row.sent_at + GOOD_FOR:
        return False
    row.tries += 1
    fits = secrets.compare_digest(row.digest, _code_digest(row.id, typed.replace(" ", "")))
    if fits and row.tries <= MOST_TRIES:
        write.delete(row)
        return True
    return False


def delete_expired_codes(write: Write, at: datetime) -> None:
    """Delete the codes that are good no more."""
    write.execute(delete(CounterCode).where(CounterCode.sent_at < at - GOOD_FOR))


def _code_digest(row_id: str, code: str) -> str:
    return sha256(f"{row_id}|{code}".encode()).hexdigest()
