"""A tiny service that hears."""

import os
import signal
from typing import Any

from sqlalchemy import insert, select

from shared.bus import Service, answers, service_only, subscribes
from tests.kit import contracts, models


class Beta(Service):
    name = "enrolment"
    store = models.store

    @subscribes(contracts.counted, sources=["dossier"])
    def on_counted(self, write: Any, fact: Any) -> None:
        row = write.upsert(models.counter).values(name=fact.name, total=1)
        write.execute(
            row.on_conflict_do_update(
                index_elements=["name"], set_={"total": models.counter.c.total + 1}
            )
        )

    @subscribes(contracts.addressed, sources=["dossier"])
    def on_addressed(self, write: Any, fact: Any) -> None:
        if "die" in fact.text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "fail" in fact.text:
            raise ValueError(fact.text)
        write.execute(insert(models.heard), [{"message_id": fact.message_id, "text": fact.text}])

    @answers(contracts.total, callers=["portal"], right=service_only)
    def total(self, request: Any) -> dict[str, Any]:
        with self.store.read() as read:
            found = read.scalar(
                select(models.counter.c.total).where(models.counter.c.name == request.name)
            )
        return {"total": found or 0}

    @answers(contracts.heard, callers=["portal"], right=service_only)
    def heard(self, _request: Any) -> dict[str, Any]:
        with self.store.read() as read:
            return {"texts": list(read.scalars(select(models.heard.c.text)))}
