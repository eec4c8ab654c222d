"""
Engines of a town: broker, database and web server; Préau's own, or those that the town has.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from deploy.engines.broker_reconciliation import Broker
from deploy.engines.own_postgres import PostgresCluster
from deploy.engines.postgres_admin import PostgresServer
from deploy.engines.rabbitmq_cluster import BrokerCluster
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.instance.instance import LOOPBACK, Instance, InstanceError
from deploy.instance.secrets import read_secrets
from shared.files.antivirus import Antivirus

CLUSTER_NODES, CLUSTER_COPIES = 3, 2
FILES, POSTGRESQL, CLUSTER = "files", "postgresql", "cluster"


class EnginesRefused(InstanceError):
    """
    The file of engines asks for what cannot be; the message says where.
    """


@dataclass(frozen=True)
class Credentials:
    """
    An administrator's name and password, in a file of ADMIN_USER= and ADMIN_PASSWORD= lines.
    """

    file: Path

    def read_credentials(self) -> tuple[str, str]:
        """
        Return the administrator's name and password from the file; raises EnginesRefused where it
        does not hold both.
        """
        try:
            values = read_secrets(self.file)
            return values["ADMIN_USER"], values["ADMIN_PASSWORD"]
        except (OSError, KeyError) as error:
            raise EnginesRefused(
                f"{self.file} must hold ADMIN_USER= and ADMIN_PASSWORD=, and be readable: {error}"
            ) from None


@dataclass(frozen=True)
class BrokerEngine:
    """
    A RabbitMQ node or cluster: the addresses of each node in one order everywhere.
    """

    amqp: tuple[str, ...]
    management: tuple[str, ...]
    virtual_host: str = "/"
    tls: bool = False
    authority: str = ""
    administrator: Credentials | None = None

    @property
    def is_cluster(self) -> bool:
        return len(self.amqp) > 1

    def broker_addresses(self, user: str, password: str) -> str:
        """
        Addresses of the broker's nodes for a principal, as its processes read them.
        """
        scheme = "amqps" if self.tls else "amqp"
        host = "/" if self.virtual_host == "/" else quote(self.virtual_host, safe="")
        query = f"?cafile={quote(self.authority, safe='/')}" if self.authority else ""
        return ";".join(
            f"{scheme}://{user}:{password}@{place}/{host}{query}" for place in self.amqp
        )


@dataclass(frozen=True)
class DatabaseEngine:
    """
    A PostgreSQL server; `prefix` begins the name of each of Préau's databases and roles.
    """

    place: str
    tls: bool = False
    authority: str = ""
    administrator: Credentials | None = None
    prefix: str = "preau_"


@dataclass(frozen=True)
class Front:
    """
    The town's addresses, served by nginx; with a certificate where it is served over https.
    """

    portal: str
    front_desk: str
    desks: str
    """Address of the desks, with {code} in place of the provider's."""
    certificate: str = ""
    key: str = ""
    proxies: tuple[str, ...] = ()
    """Networks of the load balancers before nginx: whom they say to have asked is believed."""

    def desk_address(self, code: str) -> str:
        """
        The address of a provider's desk; the name of a host has no underscore.
        """
        return self.desks.replace("{code}", code.replace("_", "-"))


@dataclass(frozen=True)
class BackupSettings:
    """
    Settings of copies: who may open them, and how many of their parts stay
    (backups/data_and_secrets.py).
    """

    recipients: tuple[str, ...] = ()
    """Public keys of age; the private ones are not on this machine."""
    secrets_in_clear: bool = False
    nights: int = 14
    secrets_nights: int = 3
    secrets_into: str = ""


@dataclass(frozen=True)
class Engines:
    """
    Engines of a town, and the number of `copies` of each service.
    """

    instance: Instance
    own: bool
    broker_engine: BrokerEngine
    database_engine: DatabaseEngine | None = None
    front: Front | None = None
    behind_web_server: bool = False
    """nginx then has the ports that pages have otherwise, and each copy of theirs those behind."""
    copies: int = 1
    antivirus: Antivirus | None = None
    """ClamAV's daemon, always the town's own."""
    supervised: bool = False
    """True if `preau up` runs all of it, as one user; else systemd does, a user for each part."""
    backup: BackupSettings = BackupSettings()
    event_queues: Mapping[str, int] = field(default_factory=dict)
    """Into how many queues the events of a principal are shared out, where more than one."""

    @property
    def has_own_web_server(self) -> bool:
        """
        Return whether nginx is Préau's own too; a town with its own addresses has its own nginx.
        """
        return self.own and self.behind_web_server and self.front is None

    def broker_of_virtual_host(self) -> Broker:
        """
        The virtual host as its administrator sees it.
        """
        engine = self.broker_engine
        user, password = (
            engine.administrator.read_credentials()
            if engine.administrator
            else self.own_broker.nodes[0].admin
        )
        first, *others = engine.management
        return Broker(
            first, user, password, engine.virtual_host, others, authority=engine.authority
        )

    def postgres_server(self) -> PostgresServer | None:
        """
        The server of the databases; None where they are files.
        """
        engine = self.database_engine
        if engine is None:
            return None
        if engine.administrator is None:
            return self.own_database_server.administrator_of_server
        user, password = engine.administrator.read_credentials()
        return PostgresServer(
            engine.place, user, password, tls=engine.tls, authority=engine.authority
        )

    def own_engines_to_keep_running(self) -> list[BrokerNode | PostgresCluster]:
        """
        Return Préau's own engines, each to be kept running; none where the town has its own.
        """
        if not self.own:
            return []
        servers = [self.own_database_server] if self.database_engine is not None else []
        return [*self.own_broker.nodes, *servers]

    @property
    def own_broker(self) -> BrokerCluster:
        """
        Préau's own broker.
        """
        return BrokerCluster(self.instance, len(self.broker_engine.amqp))

    @property
    def own_database_server(self) -> PostgresCluster:
        """
        Préau's own database server.
        """
        return PostgresCluster(self.instance, durable=True)

    def start_own_engines(self) -> None:
        """
        Start what is Préau's own, and return when it answers; what systemd runs is not started.
        """
        if not self.supervised:
            return
        nodes = self.own_broker
        nodes.start()
        if self.database_engine is not None:
            self.own_database_server.start()
        nodes.wait_ready()

    @contextmanager
    def database_running(self) -> Iterator[None]:
        """
        Run Préau's own database server, where it has one, and leave it as it was.
        """
        with ExitStack() as stack:
            if (
                self.own
                and self.database_engine is not None
                and not self.own_database_server.is_running()
            ):
                stack.callback(self.own_database_server.stop)
                self.own_database_server.start()
            yield

    def stop_own_engines(self) -> None:
        """
        Stop what is Préau's own and not systemd's.
        """
        if not self.supervised:
            return
        self.own_broker.stop()
        if self.database_engine is not None:
            self.own_database_server.stop()

    def remove_own_engines(self) -> None:
        """
        Stop what is Préau's own, and delete what of it lies outside of the home.
        """
        self.stop_own_engines()
        if self.supervised and self.database_engine is not None:
            self.own_database_server.remove()

    def is_broker_running(self) -> bool:
        return (
            self.own_broker.is_majority_running()
            if self.supervised
            else self.broker_of_virtual_host().is_answering()
        )

    def require_all_nodes(self, broker: Broker) -> None:
        """
        Raise EnginesRefused where a node is away: what were made meanwhile would lie on the others.
        """
        nodes = len(self.broker_engine.amqp)
        if nodes > 1 and broker.count_running_nodes() < nodes:
            raise EnginesRefused(f"Of the broker's {nodes} nodes some are down: start them first.")

    def sync_broker_to_disk(self) -> None:
        """
        Return once what was changed on the broker outlives a power cut, where that is ours to see.
        """
        if self.supervised:
            self.own_broker.sync_changes_to_disk()


def make_own_engines(
    instance: Instance,
    kind: str = FILES,
    front: Front | None = None,
    antivirus: Antivirus | None = None,
    backup: BackupSettings | None = None,
    event_queues: Mapping[str, int] | None = None,
) -> Engines:
    """
    Engines started by Préau: one broker node and files, the same with a PostgreSQL server, or a
    whole cluster on this machine; found at addresses of the town's where it has a `front`.
    """
    nodes = BrokerCluster(instance, CLUSTER_NODES if kind == CLUSTER else 1).nodes
    broker = BrokerEngine(
        amqp=tuple(f"{LOOPBACK}:{node.amqp_port}" for node in nodes),
        management=tuple(node.management_url for node in nodes),
    )
    server = DatabaseEngine(f"{LOOPBACK}:{instance.postgres_port}")
    return Engines(
        instance,
        own=True,
        supervised=not instance.hosts_path.exists(),
        broker_engine=broker,
        database_engine=None if kind == FILES else server,
        front=front,
        behind_web_server=kind == CLUSTER or front is not None,
        copies=CLUSTER_COPIES if kind == CLUSTER else 1,
        antivirus=antivirus,
        backup=backup or BackupSettings(),
        event_queues=event_queues or {},
    )
