"""A tiny service that answers and tells."""

import os
import signal
import time
from typing import Any

from sqlalchemy import select, text, update

from shared.bus import Service, answers, right, service_only
from shared.person import account_statuses
from tests.kit import contracts, models

CALLERS = ["portal", "*providers"]


@right("anyone signed in")
def signed_in(_service: Any, person: Any, _request: Any) -> bool:
    return person is not None


class Alpha(Service):
    name = "dossier"
    store = models.store
    account_status = staticmethod(account_statuses(models.store))

    @answers(contracts.echo, callers=CALLERS, right=service_only)
    def echo(self, request: Any) -> dict[str, Any]:
        return {"text": request.text}

    @answers(contracts.secret, callers=["portal"], right=service_only)
    def secret(self, _request: Any) -> dict[str, Any]:
        return {"text": "only for the portal"}

    @answers(contracts.slow, callers=CALLERS, right=service_only)
    def slow(self, request: Any) -> dict[str, Any]:
        time.sleep(request.seconds)
        return {}

    @answers(contracts.dies, callers=CALLERS, right=service_only)
    def dies(self, _request: Any) -> dict[str, Any]:
        os.kill(os.getpid(), signal.SIGKILL)
        return {}

    @answers(contracts.breaks, callers=CALLERS, right=service_only)
    def breaks(self, request: Any) -> dict[str, Any]:
        raise ValueError(request.text)

    @answers(contracts.whoami, callers=CALLERS, right=signed_in)
    def whoami(self, request: Any) -> dict[str, Any]:
        return {"subject": request.person.subject, "caller": request.caller}

    @answers(contracts.count, callers=CALLERS, right=service_only)
    def count(self, write: Any, request: Any) -> dict[str, Any]:
        row = write.upsert(models.counter).values(name=request.name, total=1)
        write.execute(
            row.on_conflict_do_update(
                index_elements=["name"], set_={"total": models.counter.c.total + 1}
            )
        )
        total = write.scalar(
            select(models.counter.c.total).where(models.counter.c.name == request.name)
        )
        write.publish(contracts.counted, name=request.name, total=total)
        return {"total": total}

    @answers(contracts.at_length, callers=CALLERS, right=service_only)
    def at_length(self, request: Any) -> dict[str, Any]:
        return {"text": "x" * request.signs}

    @answers(contracts.count_at_length, callers=CALLERS, right=service_only)
    def count_at_length(self, write: Any, request: Any) -> dict[str, Any]:
        self.count(write, request)
        return {"text": "x" * request.signs}

    @answers(contracts.hear_at_length, callers=CALLERS, right=service_only)
    def hear_at_length(self, _request: Any) -> dict[str, Any]:
        return {}

    @answers(contracts.swap, callers=["portal"], right=service_only)
    def swap(self, write: Any, request: Any) -> dict[str, Any]:
        """Take two rows in turn, with time enough for another to take them crosswise."""
        for name in (request.first, request.second):
            write.execute(
                update(models.counter)
                .where(models.counter.c.name == name)
                .values(total=models.counter.c.total + 1)
            )
            if write.get_bind().dialect.name == "postgresql":
                write.execute(text("SELECT pg_sleep(0.3)"))
        total = select(models.counter.c.total).where(models.counter.c.name == request.first)
        return {"total": write.scalar(total)}

    @answers(contracts.shout, callers=["portal"], right=service_only)
    def shout(self, write: Any, request: Any) -> dict[str, Any]:
        for number in range(request.times):
            write.publish(
                contracts.addressed,
                to=request.to,
                topic=request.topic,
                text=f"{request.text} {number}",
            )
        return {}
