"""
Holds a reply slot until it is ended: `python -m tests.faults.holding`, with a principal's settings.

Prints the slot, or why there is none.
"""

import time

from shared.bus.client import Client
from shared.contracts.errors import Refusal
from shared.runtime.logs import configure_logs
from shared.settings import Settings
from tests.kit import contracts


def main() -> None:
    settings = Settings.from_env()
    configure_logs(settings.principal)
    client = Client(settings)
    try:
        client.ask(contracts.echo, contracts.Text("bonjour"))
        print("slot", client.slot, flush=True)
    except Refusal as refusal:
        print("refusal", refusal.code, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
