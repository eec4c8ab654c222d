"""A tiny service that hears."""

import os
import signal

from sqlalchemy import insert, select

from shared.bus import Service, answers, service_only, subscribes
from shared.contracts.message import Caller, Delivery, Empty
from shared.database import Write
from tests.kit import contracts, models


class Beta(Service):
    name = "enrolment"
    store = models.store

    @subscribes(contracts.counted, sources=["dossier"])
    def on_counted(self, write: Write, event: contracts.Counted, _delivery: Delivery) -> None:
        row = write.upsert_into(models.counter).values(name=event.name, total=1)
        write.execute(
            row.on_conflict_do_update(
                index_elements=["name"], set_={"total": models.counter.c.total + 1}
            )
        )

    @subscribes(contracts.addressed, sources=["dossier"])
    def on_addressed(self, write: Write, event: contracts.Addressed, delivery: Delivery) -> None:
        if "die" in event.text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "fail" in event.text:
            raise ValueError(event.text)
        row = {"message_id": delivery.message_id, "text": event.text}
        write.execute(insert(models.heard), [row])

    @answers(contracts.total, callers=["portal"], right=service_only)
    def total(self, request: contracts.Name, _caller: Caller) -> contracts.Total:
        with self.store.read() as read:
            found = read.scalar(
                select(models.counter.c.total).where(models.counter.c.name == request.name)
            )
        return contracts.Total(found or 0)

    @answers(contracts.heard, callers=["portal"], right=service_only)
    def heard(self, _request: Empty, _caller: Caller) -> contracts.HeardAnswer:
        with self.store.read() as read:
            return contracts.HeardAnswer(list(read.scalars(select(models.heard.c.text))))
