"""A bare kombu echo: the least that asking over this broker costs in Python, without a check."""

import sys
from typing import Any

from kombu import Connection, Consumer, Producer, Queue
from kombu.message import Message

from bench.contenders import PAYLOAD, WrongAnswer, expect_payload
from bench.contenders.wide_vhost import wide_vhost
from bench.ground import Ground

QUEUE = "echo"
TRANSIENT = 1
PREFETCH = 100
TIMEOUT_SECONDS = 30.0


class BareEcho:
    """One process that sends back what it is sent."""

    name = "echo"

    def __init__(self, ground: Ground) -> None:
        self._uri = wide_vhost(ground, "bare")
        ground.start(self.name, "bench.contenders.bare_echo", self._uri)

    def connect(self) -> "EchoAsker":
        return EchoAsker(self._uri)


class EchoAsker:
    """One connection, one channel, one exclusive reply queue."""

    def __init__(self, uri: str) -> None:
        self._connection = Connection(uri)
        channel = self._connection.channel()
        Queue(QUEUE, durable=True)(channel).declare()
        replies = Queue("", exclusive=True, auto_delete=True)(channel)
        replies.declare()
        self._reply_to = replies.name
        self._producer = Producer(channel, auto_declare=False)
        self._consumer = Consumer(
            channel, [replies], callbacks=[self._take], no_ack=True, auto_declare=False
        )
        self._consumer.consume()
        self._waiting: set[str] = set()
        self._sent = 0

    def ask(self) -> None:
        self.ask_many(1)

    def ask_many(self, count: int) -> None:
        for _ in range(count):
            self._send()
        while self._waiting:
            self._connection.drain_events(timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        self._connection.release()

    def _send(self) -> None:
        self._sent += 1
        correlation_id = str(self._sent)
        self._waiting.add(correlation_id)
        self._producer.publish(
            PAYLOAD,
            routing_key=QUEUE,
            reply_to=self._reply_to,
            correlation_id=correlation_id,
            delivery_mode=TRANSIENT,
        )

    def _take(self, body: Any, message: Message) -> None:
        expect_payload(body)
        try:
            self._waiting.remove(message.properties["correlation_id"])
        except KeyError:
            raise WrongAnswer from None


def serve(uri: str) -> None:
    """
    Send back until ended.

    Two connections: to publish, py-amqp first reads what has come on the same one, and a callback
    that publishes would call itself for each message.
    """
    with Connection(uri) as reading, Connection(uri) as writing:
        producer = Producer(writing.channel(), auto_declare=False)

        def send_back(body: Any, message: Message) -> None:
            producer.publish(
                body,
                routing_key=message.properties["reply_to"],
                correlation_id=message.properties["correlation_id"],
                delivery_mode=TRANSIENT,
            )
            message.ack()

        queue = Queue(QUEUE, durable=True)
        with Consumer(reading, [queue], callbacks=[send_back], prefetch_count=PREFETCH):
            while True:
                reading.drain_events()


if __name__ == "__main__":
    serve(sys.argv[1])
