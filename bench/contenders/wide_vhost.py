"""A virtual host with no walls, for contenders that declare what they need."""

from bench.ground import Ground
from deploy.engines.broker_reconciliation import Broker
from deploy.engines.broker_topology import Topology
from deploy.instance.instance import LOOPBACK


def wide_vhost(ground: Ground, name: str) -> str:
    """Make a virtual host, its queues classic, and return the address of who may do all in it."""
    user, password = ground.node.admin
    Broker(ground.instance.management_url, user, password, name).apply_topology(Topology(), {})
    return f"amqp://{user}:{password}@{LOOPBACK}:{ground.instance.amqp_port}/{name}"
