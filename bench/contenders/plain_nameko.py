"""nameko's own `@rpc` and ClusterRpcProxy, as its documentation has them."""

from nameko.standalone.rpc import ClusterRpcProxy

from bench.contenders import PAYLOAD, expect_payload
from bench.contenders.wide_vhost import wide_vhost
from bench.ground import Ground

TIMEOUT_SECONDS = 30.0


class PlainNameko:
    """A nameko service with one method, in a virtual host where it may create what it likes."""

    name = "nameko"

    def __init__(self, ground: Ground) -> None:
        self._uri = wide_vhost(ground, self.name)
        ground.start(self.name, "bench.contenders.nameko_server", self._uri)

    def connect(self) -> "NamekoAsker":
        return NamekoAsker(self._uri)


class NamekoAsker:
    """The stand-alone proxy, as a Flask application would keep one."""

    def __init__(self, uri: str) -> None:
        self._cluster = ClusterRpcProxy({"AMQP_URI": uri}, timeout=TIMEOUT_SECONDS)
        self._proxy = self._cluster.start()

    def ask(self) -> None:
        expect_payload(self._proxy.echo.echo(**PAYLOAD))

    def ask_many(self, count: int) -> None:
        replies = [self._proxy.echo.echo.call_async(**PAYLOAD) for _ in range(count)]
        for reply in replies:
            expect_payload(reply.result())

    def close(self) -> None:
        self._cluster.stop()
