"""
The broker of one instance, of one node or of several on this machine that are one cluster.
"""

import time

import requests

from deploy.engines.rabbitmq_node import (
    ANSWER_SECONDS,
    POLL_SECONDS,
    READY_SECONDS,
    BrokerError,
    BrokerNode,
)
from deploy.instance.instance import Instance

JOINED_SECONDS = 120.0


class BrokerCluster:
    """
    All the nodes of an instance; they find each other by themselves when they start.
    """

    def __init__(self, instance: Instance, nodes: int) -> None:
        self.nodes = tuple(BrokerNode(instance, number, nodes) for number in range(1, nodes + 1))

    def start(self) -> None:
        """
        Launch every node that does not run; `wait_ready()` says when they answer.
        """
        for node in self.nodes:
            node.start()

    def wait_ready(self, timeout: float = JOINED_SECONDS) -> None:
        """
        Return once each node answers, and each knows all of the others as running.
        """
        deadline = time.monotonic() + timeout
        for node in self.nodes:
            node.wait_ready(max(READY_SECONDS, deadline - time.monotonic()))
        while not all(self._has_joined(node) for node in self.nodes):
            if time.monotonic() > deadline:
                raise BrokerError(f"The broker's nodes did not join in {timeout:.0f} s.")
            time.sleep(POLL_SECONDS)

    def is_majority_running(self) -> bool:
        """
        Return whether a majority of the nodes runs; a minority serves no client.
        """
        return 2 * sum(node.is_running() for node in self.nodes) > len(self.nodes)

    def stop(self) -> None:
        """
        End all nodes in good order.
        """
        for node in self.nodes:
            node.stop()

    def sync_changes_to_disk(self) -> None:
        """
        Return once what was declared, bound, granted or removed outlives a power cut.
        """
        for node in self.nodes:
            if node.is_running():
                node.sync_changes_to_disk()

    def _has_joined(self, node: BrokerNode) -> bool:
        session = requests.Session()
        session.auth, session.trust_env = node.admin, False
        try:
            answer = session.get(f"{node.management_url}/api/nodes", timeout=ANSWER_SECONDS)
            rows = answer.json()
        except (requests.RequestException, ValueError):
            return False
        running = {row["name"] for row in rows if row.get("running")}
        return running == {each.node_name for each in self.nodes}
