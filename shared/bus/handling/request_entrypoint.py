"""
Entrypoint for requests: checks the envelope and the authorization, calls the method, answers.

It replaces nameko's own `@rpc`, which ends the process on a malformed request, executes requests
past their deadline, and sends the text of exceptions to the caller.

A request may hold a password. It is therefore answered or dropped, counted, and never stored: the
queues of requests have no dead letters.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from amqp.basic_message import Message
from nameko.extensions import Entrypoint

from shared.bus.broker.consumer import RequestConsumer
from shared.bus.broker.publisher import Publisher
from shared.bus.handling.answer_publishing import publish_answer
from shared.bus.handling.authorization import Authorization
from shared.bus.handling.envelope import (
    Envelope,
    Expired,
    Malformed,
    deadline_of,
    loggable_request,
    open_envelope,
    reply_slot_of,
    sender_of_unreadable_request,
)
from shared.bus.service_declarations import RpcDeclaration, Service, declarations_by_method
from shared.contracts.errors import BadRequest, Failed, Refusal, TooLarge
from shared.contracts.message import MOST_BYTES, ContractBroken
from shared.database.engines import is_lost_to_another
from shared.json_values import as_json
from shared.runtime.logs import log, log_error
from shared.runtime.metrics import answer_seconds, answers, dropped, too_large
from shared.runtime.trace import traced

Answered = dict[str, Any]

TRIES = 3
"""Attempts of a request whose transaction is the victim of a deadlock."""

LATE, UNREADABLE, DEADLY = "late", "unreadable", "deadly"
"""Reasons for dropping a request, as labels of the counter."""

_UNREADABLE: Answered = {"refusal": BadRequest.code, "detail": {"errors": {}}}
"""Answer to an unreadable request of a verified sender, which would otherwise wait in vain."""


class Requests(Entrypoint):
    """Consumes the requests of one service, caller by caller, and spawns a worker for each."""

    def setup(self) -> None:
        service = self.container.service_cls
        settings = service.settings
        self._principal = settings.principal
        self._answering = service.answering
        self._consumer = RequestConsumer(
            settings.amqp_uri,
            self._principal,
            lambda: settings.register.askers(self._principal),
            self.container.max_workers // 2,  # no caller has all of them
            self._take_request,
        )
        self._publisher = Publisher(settings.amqp_uri, self._principal)
        self._retry_lock = threading.Lock()

    def start(self) -> None:
        self.container.spawn_managed_thread(self._consumer.run, "requests")

    def stop(self) -> None:
        self._consumer.stop()
        self.container._worker_pool.waitall()
        self._consumer.close()
        self._publisher.close()

    def _take_request(self, message: Message) -> None:
        try:
            envelope = open_envelope(message)
            deadline, slot = deadline_of(envelope), reply_slot_of(envelope)
        except Expired:
            self._drop_request(message, LATE)
            return
        except Exception as error:  # raised here, it would break the connection and be redelivered
            self.container._worker_pool.spawn_n(self._drop_unreadable, message, error)
            return

        self.container._worker_pool.spawn_n(self._decide_traced, message, envelope, slot, deadline)

    def _decide_traced(
        self, message: Message, envelope: Envelope, slot: int, deadline: float
    ) -> None:
        """Decide a request under the trace id of the click that caused it."""
        with traced(envelope.trace):
            if message.delivery_info["redelivered"]:
                self._decide_redelivered(message, envelope, slot, deadline)
            else:
                self._decide_and_acknowledge(message, envelope, slot, deadline)

    def _decide_redelivered(
        self, message: Message, envelope: Envelope, slot: int, deadline: float
    ) -> None:
        """
        Decide a redelivered request, unless two processes have died while deciding it.

        One at a time: a request that kills this process must not affect others in progress. What a
        connection had brought that was lost meanwhile comes again, and is no try of its own.
        """
        with self._retry_lock:
            if self._consumer.is_of_lost_connection(message):
                return
            if time.time() >= deadline:
                self._drop_request(message, LATE)
            elif self._answering.count_try_and_may_try_again(envelope):
                self._decide_and_acknowledge(message, envelope, slot, deadline)
            else:
                failed = {"refusal": Failed.code, "detail": {"request_id": envelope.message_id}}
                self._send_answer(envelope, slot, deadline, failed)
                self._drop_request(message, DEADLY)

    def _decide_and_acknowledge(
        self, message: Message, envelope: Envelope, slot: int, deadline: float
    ) -> None:
        """
        Decide, answer and acknowledge, in a greenlet of the pool that the container joins on stop.

        nameko's own worker, with its context and logs, would add a tenth to a request's time.
        """
        failure: Exception | None = None
        try:
            result = self._answering(envelope)
        except Exception as error:
            result, failure = _UNREADABLE, error
        if time.time() < deadline:
            self._send_answer(envelope, slot, deadline, result)
        if failure is None:
            self._consumer.acknowledge(message)
        else:
            self._drop_request(message, UNREADABLE, failure)

    def _drop_unreadable(self, message: Message, error: Exception) -> None:
        """Drop an unreadable request; its sender gets a refusal if it is verified."""
        sender = sender_of_unreadable_request(message)
        if sender is not None:
            self._send_answer(*sender, _UNREADABLE)
        self._drop_request(message, UNREADABLE, error)

    def _drop_request(self, message: Message, reason: str, error: Exception | None = None) -> None:
        """Drop a request: count it and log its ids."""
        dropped.labels(self._principal, reason).inc()
        rule = {"rule": getattr(error, "rule", type(error).__name__)} if error else {}
        log("request_dropped", reason=reason, **rule, **loggable_request(message))
        self._consumer.acknowledge(message)

    def _send_answer(
        self, envelope: Envelope, slot: int, deadline: float, result: Answered
    ) -> None:
        """Send an answer; a failure to send it is logged."""
        try:
            body = _encode_answer(envelope, result)
            publish_answer(self._publisher, self._principal, envelope, slot, deadline, body)
        except Exception as error:  # the request is acknowledged all the same
            log_error("answer_lost", error, request_id=envelope.message_id)


class Answering:
    """Decides one request: authorization, transaction if it writes, contract of the answer."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._principal = service.settings.principal
        self._authorization = Authorization(service)
        self._answers = {
            (declaration.contract.name): (declaration, getattr(service, name))
            for name, declaration in declarations_by_method(type(service)).items()
            if isinstance(declaration, RpcDeclaration)
        }

    def __call__(self, envelope: Envelope) -> Answered:
        """Return the answer or refusal as JSON types; raises Malformed for a request to drop."""
        prefix = f"rpc.{self._principal}."
        name = envelope.key.removeprefix(prefix)
        if not envelope.key.startswith(prefix) or name not in self._answers:
            raise Malformed("key")
        begun = time.perf_counter()
        answer, method = self._answers[name]
        result = self._answer_or_refusal(envelope, answer, method)
        took, outcome = time.perf_counter() - begun, result.get("refusal", "done")
        answers.labels(self._principal, name, outcome).inc()
        answer_seconds.labels(self._principal, name).observe(took)
        if answer.contract.writes or "refusal" in result:  # successful reads are only counted
            ms = round(took * 1000, 1)
            log("answered", method=name, caller=envelope.source, outcome=outcome, ms=ms)
        return result

    def count_try_and_may_try_again(self, envelope: Envelope) -> bool:
        """
        Return whether a redelivered request may be decided, and store that it was tried.

        True once for each publication: the row outlives the process that this attempt may kill.
        """
        sent = envelope.source, envelope.message_id, str(envelope.headers["deadline"])
        digest = hashlib.sha256("|".join(sent).encode()).hexdigest()
        try:
            with self._service.store.write() as write:
                return write.claim_message(f"again:{digest}")
        except Exception as error:
            log_error("request_failed", error, request_id=envelope.message_id)
            return False

    def _answer_or_refusal(
        self, envelope: Envelope, answer: RpcDeclaration, method: Callable[..., object]
    ) -> Answered:
        name = answer.contract.name
        try:
            return self._authorize_and_call(envelope, answer, method)
        except Refusal as refusal:
            return {"refusal": refusal.code, "detail": refusal.detail}
        except ContractBroken as broken:
            return {"refusal": BadRequest.code, "detail": {"errors": broken.errors}}
        except Malformed:
            raise
        except Exception as error:
            log_error("request_failed", error, method=name, request_id=envelope.message_id)
            return {"refusal": Failed.code, "detail": {"request_id": envelope.message_id}}

    def _authorize_and_call(
        self, envelope: Envelope, answer: RpcDeclaration, method: Callable[..., object]
    ) -> Answered:
        arguments = self._authorization.authorize(envelope, answer)
        if not answer.contract.writes:
            return {"answer": answer.contract.dump_answer(method(*arguments))}
        for _ in range(TRIES - 1):
            try:
                return self._call_in_write(envelope, answer, method, arguments)
            except Exception as error:
                if not is_lost_to_another(error):
                    raise
                log("request_done_again", method=answer.contract.name)
        return self._call_in_write(envelope, answer, method, arguments)

    def _call_in_write(
        self,
        envelope: Envelope,
        answer: RpcDeclaration,
        method: Callable[..., object],
        arguments: tuple[Any, ...],
    ) -> Answered:
        """Decide in one transaction, which stores the answer; a repetition returns that answer."""
        identity = envelope.source, envelope.message_id
        with self._service.store.write() as write:
            if not write.claim_request(*identity, answer.contract.name):
                return _repeat_earlier_answer(write.earlier_answer(*identity, answer.contract.name))
            given = answer.contract.dump_answer(method(write, *arguments))
            kept = as_json(given)
            # An answer that cannot be sent rolls the transaction back.
            _refuse_too_large(envelope, f'{{"answer": {kept}}}')
            write.keep_answer(*identity, kept)
        return {"answer": given}


def _repeat_earlier_answer(earlier: str | None) -> Answered:
    if earlier is None:
        raise BadRequest(errors={"request_id": ["belongs to another request"]})
    return {"answer": json.loads(earlier)}


def _refuse_too_large(envelope: Envelope, body: str) -> None:
    """Raise TooLarge for an answer above MOST_BYTES; it is logged and counted."""
    size = len(body.encode())
    if size > MOST_BYTES:
        _, principal, method = envelope.key.split(".")
        too_large.labels(principal, method, "answer").inc()
        log("answer_too_large", method=method, caller=envelope.source, bytes=size)
        raise TooLarge(what="answer", bytes=size, request_id=envelope.message_id)


def _encode_answer(envelope: Envelope, result: Answered) -> bytes:
    try:
        body = as_json(result)
        _refuse_too_large(envelope, body)
        return body.encode()
    except TooLarge as refusal:
        return as_json({"refusal": refusal.code, "detail": refusal.detail}).encode()
    except (TypeError, ValueError) as error:  # its contract admits a value that is not JSON
        log_error("answer_unencodable", error, request_id=envelope.message_id)
        failed = {"refusal": Failed.code, "detail": {"request_id": envelope.message_id}}
        return as_json(failed).encode()
