"""A beta that can also be kept busy, and follows children step by step."""

import time
from collections.abc import Sequence

from sqlalchemy import case

from shared.bus import answers, service_only, subscribes_together
from shared.contracts.message import Caller, Delivery, Empty, Method
from shared.database import Write
from tests.kit.beta import Beta
from tests.kit.contracts import Seconds, Step, stepped
from tests.kit.models import followed

nap = Method("enrolment", "nap", Seconds, Empty)


class Gamma(Beta):
    @subscribes_together(stepped, sources=["dossier"])
    def on_stepped(
        self, write: Write, events: Sequence[Step], _deliveries: Sequence[Delivery]
    ) -> None:
        for event in events:
            _follow(write, event)

    @answers(nap, callers=["portal"], right=service_only)
    def nap(self, request: Seconds, _caller: Caller) -> Empty:
        time.sleep(request.seconds)
        return Empty()


def _follow(write: Write, event: Step) -> None:
    first = {"number": event.number, "steps": 1, "astray": int(event.number != 0)}
    row = write.upsert_into(followed).values(child=event.child, **first)
    next_one = followed.c.number + 1 == row.excluded.number
    moved = {
        "number": row.excluded.number,
        "steps": followed.c.steps + 1,
        "astray": followed.c.astray + case((next_one, 0), else_=1),
    }
    write.execute(row.on_conflict_do_update(index_elements=["child"], set_=moved))
