"""A service as nameko's documentation writes it, with as many workers as ours has."""

import sys
import warnings

warnings.simplefilter("ignore")
import eventlet  # noqa: E402

eventlet.monkey_patch()

from typing import Any  # noqa: E402

from nameko.rpc import rpc  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402

from shared.bus.runner import MAX_WORKERS  # noqa: E402


class EchoService:
    """Sends back what it is sent."""

    name = "echo"

    @rpc
    def echo(self, child_id: str, version: int, text: str) -> dict[str, Any]:
        return {"child_id": child_id, "version": version, "text": text}


def serve(uri: str) -> None:
    """Run the service until it is ended."""
    runner = ServiceRunner({"AMQP_URI": uri, "max_workers": MAX_WORKERS})
    runner.add_service(EchoService)
    runner.start()
    runner.wait()


if __name__ == "__main__":
    serve(sys.argv[1])
