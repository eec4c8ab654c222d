"""A tiny service that answers and tells."""

import os
import signal
import time
from typing import Any

from sqlalchemy import select, text, update

from shared.bus import Service, answers, right, service_only
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.person import account_status_lookup
from tests.kit import contracts, models

CALLERS = ["portal", "*providers"]


@right("anyone signed in")
def signed_in(_service: Any, caller: Caller, _request: object) -> bool:
    return caller.person is not None


class Alpha(Service):
    name = "dossier"
    store = models.store
    account_status = staticmethod(account_status_lookup(models.store))

    @answers(contracts.echo, callers=CALLERS, right=service_only)
    def echo(self, request: contracts.Text, _caller: Caller) -> contracts.Text:
        return contracts.Text(request.text)

    @answers(contracts.secret, callers=["portal"], right=service_only)
    def secret(self, _request: Empty, _caller: Caller) -> contracts.Text:
        return contracts.Text("only for the portal")

    @answers(contracts.slow, callers=CALLERS, right=service_only)
    def slow(self, request: contracts.Seconds, _caller: Caller) -> Empty:
        time.sleep(request.seconds)
        return Empty()

    @answers(contracts.dies, callers=CALLERS, right=service_only)
    def dies(self, _request: contracts.Text, _caller: Caller) -> Empty:
        os.kill(os.getpid(), signal.SIGKILL)
        return Empty()

    @answers(contracts.breaks, callers=CALLERS, right=service_only)
    def breaks(self, request: contracts.Text, _caller: Caller) -> Empty:
        raise ValueError(request.text)

    @answers(contracts.whoami, callers=CALLERS, right=signed_in)
    def whoami(self, _request: Empty, caller: Caller) -> contracts.WhoamiAnswer:
        return contracts.WhoamiAnswer(caller.subject, caller.principal)

    @answers(contracts.count, callers=CALLERS, right=service_only)
    def count(self, write: Write, request: contracts.Name, _caller: Caller) -> contracts.Total:
        return contracts.Total(_count(write, request.name))

    @answers(contracts.count_unkept, callers=["portal"], right=service_only)
    def count_unkept(self, request: contracts.Name, _caller: Caller) -> contracts.Total:
        with models.store.write() as write:
            return contracts.Total(_count(write, request.name))

    @answers(contracts.at_length, callers=CALLERS, right=service_only)
    def at_length(self, request: contracts.Signs, _caller: Caller) -> contracts.AnyText:
        return contracts.AnyText("x" * request.signs)

    @answers(contracts.count_at_length, callers=CALLERS, right=service_only)
    def count_at_length(
        self, write: Write, request: contracts.NameAndSigns, _caller: Caller
    ) -> contracts.AnyText:
        _count(write, request.name)
        return contracts.AnyText("x" * request.signs)

    @answers(contracts.hear_at_length, callers=CALLERS, right=service_only)
    def hear_at_length(self, _request: contracts.AnyText, _caller: Caller) -> Empty:
        return Empty()

    @answers(contracts.swap, callers=["portal"], right=service_only)
    def swap(self, write: Write, request: contracts.Pair, _caller: Caller) -> contracts.Total:
        """Take two rows in turn, with time enough for another to take them crosswise."""
        for name in (request.first, request.second):
            write.execute(
                update(models.counter)
                .where(models.counter.c.name == name)
                .values(total=models.counter.c.total + 1)
            )
            if write.get_bind().dialect.name == "postgresql":
                write.execute(text("SELECT pg_sleep(0.3)"))
        return contracts.Total(_total(write, request.first))

    @answers(contracts.shout, callers=["portal"], right=service_only)
    def shout(self, write: Write, request: contracts.ShoutRequest, _caller: Caller) -> Empty:
        for number in range(request.times):
            content = contracts.Addressed(f"{request.text} {number}")
            write.publish(contracts.addressed, content, to=request.to, topic=request.topic)
        return Empty()


def _count(write: Write, name: str) -> int:
    row = write.upsert_into(models.counter).values(name=name, total=1)
    write.execute(
        row.on_conflict_do_update(
            index_elements=["name"], set_={"total": models.counter.c.total + 1}
        )
    )
    total = _total(write, name)
    write.publish(contracts.counted, contracts.Counted(name, total))
    return total


def _total(write: Write, name: str) -> int:
    return write.execute(
        select(models.counter.c.total).where(models.counter.c.name == name)
    ).scalar_one()
