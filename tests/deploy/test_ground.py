"""
The ground stands: a private broker, a private database and secrets.
"""

import base64
import os
import re
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import amqp
import jwt
import pytest
import requests
from amqp.exceptions import AccessRefused
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from deploy.engines.own_postgres import PostgresCluster
from deploy.engines.postgres_admin import PostgresError
from deploy.engines.rabbitmq_node import (
    ADMIN,
    ADMIN_FILE,
    LOG_IN_MEMORY,
    BrokerError,
    BrokerNode,
)
from deploy.instance.instance import LOOPBACK, MARKER, PROJECT, Instance, InstanceError
from deploy.instance.secrets import Secrets, SecretsError, new_encryption_key, random_secret
from deploy.instance.user_error import UserError
from deploy.provisioning.databases import require_french_order
from tests.ports import PORT_BASE

FIRST_BASE, SECOND_BASE, THIRD_BASE = PORT_BASE + 440, PORT_BASE + 480, PORT_BASE + 520

pytestmark = pytest.mark.timeout(120)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# The instance


def test_an_instance_is_found_through_two_variables(tmp_path: Path) -> None:
    instance = Instance.from_environment(
        {"PREAU_HOME": str(tmp_path / "here"), "PREAU_PORT_BASE": "9000"}
    )

    assert instance.secrets_path("billing") == tmp_path / "here" / "secrets" / "billing.env"
    assert instance.pages_url("portal") == "http://localhost:9010"
    assert instance.pages_port("enrolment", 3) == 9023
    assert Instance.from_environment(instance.environment) == instance


def test_without_variables_the_instance_lies_in_the_project() -> None:
    assert Instance.from_environment({}) == Instance(PROJECT / "var", 8600)


def test_a_relative_home_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert Instance.from_environment({"PREAU_HOME": "here"}).home == tmp_path / "here"


@pytest.mark.parametrize("base", ["eight thousand", "80", "65000", "-9000", "²"])
def test_a_port_base_that_cannot_be_is_refused_by_name(base: str) -> None:
    with pytest.raises(InstanceError, match="PREAU_PORT_BASE"):
        Instance.from_environment({"PREAU_PORT_BASE": base})


def test_a_directory_with_other_things_in_it_never_becomes_a_home(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", "utf-8")

    with pytest.raises(InstanceError, match=r"thesis\.txt"):
        Instance(tmp_path).prepare_folders()
    assert not (tmp_path / MARKER).exists()


# The broker


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BrokerNode, BrokerNode]]:
    """
    Two instances side by side.
    """
    first = BrokerNode(Instance(tmp_path_factory.mktemp("first"), FIRST_BASE))
    second = BrokerNode(Instance(tmp_path_factory.mktemp("second"), SECOND_BASE))
    try:
        for node in (first, second):
            node.start()
        for node in (first, second):
            node.wait_ready()
        yield first, second
    finally:
        for node in (first, second):
            node.stop()


@contextmanager
def channel(node: BrokerNode, user: str, password: str) -> Iterator[Any]:
    """
    Sign in to the broker and open a channel that waits for confirmations.
    """
    place = f"{LOOPBACK}:{node.instance.amqp_port}"
    with amqp.Connection(
        place, userid=user, password=password, connect_timeout=5, confirm_publish=True
    ) as connection:
        yield connection.channel()


def enter(node: BrokerNode, user: str, password: str) -> None:
    with channel(node, user, password):
        pass


def test_the_administrator_signs_in_to_the_broker(brokers: tuple[BrokerNode, BrokerNode]) -> None:
    node, _ = brokers

    enter(node, *node.admin)
    who = requests.get(f"{node.instance.management_url}/api/whoami", auth=node.admin, timeout=5)

    assert who.json()["name"] == ADMIN
    assert who.json()["tags"] == ["administrator"]


def test_there_is_no_guest_on_the_broker(brokers: tuple[BrokerNode, BrokerNode]) -> None:
    node, _ = brokers

    with pytest.raises(AccessRefused):
        enter(node, "guest", "guest")
    who = requests.get(
        f"{node.instance.management_url}/api/whoami", auth=("guest", "guest"), timeout=5
    )
    assert who.status_code == requests.codes.unauthorized
    users = "rabbit_auth_backend_internal:list_users()"
    asked = f"[binary_to_list(proplists:get_value(user, U)) || U <- {users}]"
    assert node.evaluate_erlang(asked) == f'["{ADMIN}"]'


def test_what_queues_wrote_last_is_bounded_in_the_broker_s_memory(
    brokers: tuple[BrokerNode, BrokerNode],
) -> None:
    asked = "maps:get(wal_max_size_bytes, ra_system:fetch(quorum_queues))"

    assert [int(node.evaluate_erlang(asked)) for node in brokers] == [LOG_IN_MEMORY] * 2


def test_the_broker_listens_on_loopback_alone(brokers: tuple[BrokerNode, BrokerNode]) -> None:
    for node in brokers:
        base = node.instance.port_base
        seen = {address for address, port in listeners() if base <= port < base + 5}
        assert seen == {"0100007F"}  # 127.0.0.1 as the kernel writes it

    metrics = requests.get(brokers[0].instance.prometheus_url, timeout=5)
    assert "rabbitmq_build_info" in metrics.text


def listeners() -> Iterator[tuple[str, int]]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text("ascii").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == "0A":
                yield local.split(":")[0], int(local.split(":")[1], 16)


def test_the_brokers_password_is_for_its_owner_alone(
    brokers: tuple[BrokerNode, BrokerNode],
) -> None:
    instance = brokers[0].instance

    assert mode(instance.secrets_path(ADMIN_FILE)) == 0o600
    assert mode(instance.broker_dir / "rabbitmq.conf") == 0o600
    assert mode(instance.broker_dir) == 0o700


def test_two_instances_share_nothing(brokers: tuple[BrokerNode, BrokerNode]) -> None:
    first, second = brokers
    assert first.node_name != second.node_name

    with pytest.raises(AccessRefused):
        enter(second, *first.admin)

    first.rabbitmqctl("add_vhost", "ours")
    hosts = "[binary_to_list(V) || V <- rabbit_vhost:list_names()]"
    assert '"ours"' in first.evaluate_erlang(hosts)
    assert '"ours"' not in second.evaluate_erlang(hosts)


def test_a_broker_killed_and_started_again_keeps_its_data(
    brokers: tuple[BrokerNode, BrokerNode],
) -> None:
    bystander, node = brokers
    with channel(node, *node.admin) as sending:
        sending.queue_declare("kept", durable=True, auto_delete=False)
        sending.basic_publish(amqp.Message("told once", delivery_mode=2), routing_key="kept")
    node.sync_changes_to_disk()

    node.kill()
    assert not node.is_running()
    node.start()
    node.wait_ready()

    with channel(node, *node.admin) as receiving:
        assert receiving.basic_get("kept", no_ack=True).body == "told once"
    assert bystander.is_running()


def test_a_pid_file_left_behind_names_nobody(tmp_path: Path) -> None:
    node = BrokerNode(Instance(tmp_path, THIRD_BASE))
    node.instance.prepare_folders()
    other = subprocess.Popen(["sleep", "60"])
    try:
        node.pid_path.write_text(f"{other.pid} 1", "ascii")

        assert not node.is_running()
        node.stop()

        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_node_that_was_started_while_the_one_before_was_ended_is_known(tmp_path: Path) -> None:
    node = BrokerNode(Instance(tmp_path, THIRD_BASE))
    node.instance.prepare_folders()
    before, after = (subprocess.Popen(["sleep", "60"]) for _ in range(2))
    try:
        node.pid_path.write_text(_named(before), "ascii")
        watch = threading.Thread(
            target=lambda: (before.wait(), node.pid_path.write_text(_named(after), "ascii"))
        )
        watch.start()

        node.kill()

        watch.join()
        assert node.pid() == after.pid
    finally:
        for process in (before, after):
            process.kill()
            process.wait()


def _named(process: subprocess.Popen[bytes]) -> str:
    """Return what the file of a node says that this process is."""
    fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return f"{process.pid} {fields[19]}"


def test_a_taken_port_is_named_before_the_broker_starts(tmp_path: Path) -> None:
    node = BrokerNode(Instance(tmp_path, THIRD_BASE))
    port = node.instance.management_port
    taken = pytest.raises(BrokerError, match=f"{port} is taken")
    with socket.create_server((LOOPBACK, port)), taken:
        node.start()
    assert not node.is_running()


def test_a_broker_that_is_down_takes_no_command(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="not running"):
        BrokerNode(Instance(tmp_path, THIRD_BASE)).rabbitmqctl("list_users")


def test_a_failed_command_does_not_repeat_a_password(
    brokers: tuple[BrokerNode, BrokerNode],
) -> None:
    with pytest.raises(BrokerError) as refused:
        brokers[0].rabbitmqctl("authenticate_user", ADMIN, "wrong-but-secret")
    assert "wrong-but-secret" not in str(refused.value)


def test_a_node_evaluates_what_it_is_asked_and_says_what_it_cannot(
    brokers: tuple[BrokerNode, BrokerNode],
) -> None:
    first, second = brokers

    assert first.evaluate_erlang("node()") == first.node_name
    assert second.evaluate_erlang("1 + 1") == "2"
    for wrong in ("1 +", "nobody:here()", "throw(thrown)"):
        with pytest.raises(BrokerError, match="erl_call"):
            first.evaluate_erlang(wrong)


# PostgreSQL


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    cluster = PostgresCluster(Instance(tmp_path_factory.mktemp("cluster"), FIRST_BASE))
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def dossier(postgres: PostgresCluster) -> Iterator[str]:
    """
    A database with one table, made by its owner.
    """
    postgres.create_database("dossier")
    execute(
        postgres.owner_url("dossier"),
        "CREATE TABLE child (id bigint GENERATED BY DEFAULT AS IDENTITY, name text)",
        "INSERT INTO child (name) VALUES ('Zoé')",
    )
    yield "dossier"
    postgres.drop_database("dossier")


def execute(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """
    Run statements in one transaction; the rows of the last one, if it has any.
    """
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                done = connection.execute(text(statement))
            return [tuple(row) for row in done] if done.returns_rows else []
    finally:
        engine.dispose()


def test_a_page_that_an_index_leads_to_costs_a_service_as_good_as_one_read_in_turn(
    postgres: PostgresCluster, dossier: str
) -> None:
    assert execute(postgres.url(dossier), "SHOW random_page_cost") == [("1.1",)]


def test_the_runtime_role_reads_and_writes(postgres: PostgresCluster, dossier: str) -> None:
    rows = execute(
        postgres.url(dossier),
        "INSERT INTO child (name) VALUES ('Aël'), ('Noé')",
        "UPDATE child SET name = 'Naël' WHERE name = 'Aël'",
        "DELETE FROM child WHERE name = 'Noé'",
        "SELECT name FROM child ORDER BY id",
    )
    assert rows == [("Zoé",), ("Naël",)]


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE child",
        "DROP TABLE child",
        "ALTER TABLE child DISABLE TRIGGER ALL",
        "CREATE TABLE other (id bigint)",
        "CREATE TEMPORARY TABLE other (id bigint)",
        "CREATE SCHEMA other",
        "ALTER DEFAULT PRIVILEGES FOR ROLE dossier_owner GRANT TRUNCATE ON TABLES TO dossier",
        "SET ROLE dossier_owner",
    ],
)
def test_the_runtime_role_neither_truncates_nor_owns(
    postgres: PostgresCluster, dossier: str, statement: str
) -> None:
    with pytest.raises(DBAPIError, match=r"must be (owner|member)|permission denied"):
        execute(postgres.url(dossier), statement)
    assert execute(postgres.url(dossier), "SELECT name FROM child") == [("Zoé",)]


def test_a_service_cannot_enter_the_database_of_another(
    postgres: PostgresCluster, dossier: str
) -> None:
    postgres.create_database("billing")
    try:
        elsewhere = postgres.url("billing").rpartition("/")[0] + f"/{dossier}"
        with pytest.raises(DBAPIError, match="permission denied for database"):
            execute(elsewhere, "SELECT 1")
    finally:
        postgres.drop_database("billing")


def test_a_cluster_that_crashes_comes_back_with_what_was_committed(
    postgres: PostgresCluster, dossier: str
) -> None:
    postgres.stop("immediate")
    assert not postgres.is_running()
    postgres.start()

    assert execute(postgres.url(dossier), "SELECT name FROM child") == [("Zoé",)]


def test_a_database_is_dropped_under_an_open_connection(postgres: PostgresCluster) -> None:
    postgres.create_database("fleeting")
    engine = create_engine(postgres.url("fleeting"))
    with pytest.raises(DBAPIError), engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        postgres.drop_database("fleeting")
        connection.execute(text("SELECT 1"))
    engine.dispose()

    postgres.create_database("fleeting")
    assert execute(postgres.url("fleeting"), "SELECT 1") == [(1,)]
    postgres.drop_database("fleeting")


def test_a_database_made_twice_keeps_what_lies_in_it(
    postgres: PostgresCluster, dossier: str
) -> None:
    postgres.create_database(dossier)

    assert execute(postgres.url(dossier), "SELECT name FROM child") == [("Zoé",)]


def test_what_the_server_refuses_is_said_without_a_password(postgres: PostgresCluster) -> None:
    with pytest.raises(PostgresError, match="reserved") as refused:
        postgres.create_database("pg_dossier")
    assert "PASSWORD" not in str(refused.value)
    with pytest.raises(PostgresError, match="not a database name"):
        postgres.create_database("x; DROP DATABASE dossier")


def test_a_server_that_cannot_sort_in_french_is_refused_in_a_sentence(
    postgres: PostgresCluster,
) -> None:
    renamed = 'ALTER COLLATION pg_catalog."{}" RENAME TO "{}"'
    with postgres.administrator_of_server.cursor("postgres") as cursor:
        cursor.execute(renamed.format("fr-x-icu", "fr-away"))
        try:
            with pytest.raises(UserError, match="built without ICU"):
                require_french_order(postgres.administrator_of_server)
        finally:
            cursor.execute(renamed.format("fr-away", "fr-x-icu"))
    require_french_order(postgres.administrator_of_server)


# Secrets


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return Secrets(Instance(tmp_path))


def test_a_secrets_file_is_for_its_owner_alone(secrets: Secrets) -> None:
    before = os.umask(0)  # the file does not count on it
    try:
        secrets.ensure_values("billing", BROKER_PASSWORD=random_secret)
        secrets.update_values("billing", AMQP_URI="amqp://somewhere")
    finally:
        os.umask(before)

    assert mode(secrets.instance.secrets_path("billing")) == 0o600
    assert mode(secrets.instance.secrets_dir) == 0o700


def test_a_secret_once_made_stays(secrets: Secrets) -> None:
    made = secrets.ensure_values("billing", BROKER_PASSWORD=random_secret, TOWN="demo")
    again = secrets.ensure_values(
        "billing", BROKER_PASSWORD=random_secret, TOWN="other", MORE="x=y #z"
    )

    assert len(made["BROKER_PASSWORD"]) == 64
    assert again == made | {"MORE": "x=y #z"}
    assert secrets.read_values("billing") == again
    assert secrets.read_values("dossier") == {}


def test_no_command_takes_a_secret_for_an_option_nor_an_address_for_its_end() -> None:
    # rabbitmqctl once refused a password that began with a hyphen: one in 64 did.
    assert re.fullmatch("[0-9a-f]+", random_secret())


def test_what_would_not_be_one_line_is_refused_without_being_shown(secrets: Secrets) -> None:
    with pytest.raises(SecretsError) as refused:
        secrets.update_values("billing", NOTE="private\nAMQP_URI=forged")
    assert "private" not in str(refused.value)
    with pytest.raises(SecretsError, match="not a principal"):
        secrets.read_values("../register")
    assert secrets.read_values("billing") == {}


def test_a_broken_secrets_file_is_refused_with_its_line(secrets: Secrets) -> None:
    secrets.ensure_values("billing", BROKER_PASSWORD=random_secret)
    path = secrets.instance.secrets_path("billing")
    path.write_text(path.read_text("utf-8") + "hunter2\n", "utf-8")

    with pytest.raises(SecretsError, match=r"billing\.env, line 2") as refused:
        secrets.read_values("billing")
    assert "hunter2" not in str(refused.value)


def test_identity_alone_signs_and_everybody_verifies(secrets: Secrets) -> None:
    secrets.ensure_token_keys(["dossier", "portal"])
    signing = secrets.read_values("identity_signer")["TOKEN_SIGNING_KEY"]
    token = jwt.encode({"sub": "somebody"}, base64.b64decode(signing), algorithm="EdDSA")

    for principal in ("identity", "dossier", "portal"):
        key = base64.b64decode(secrets.read_values(principal)["TOKEN_VERIFY_KEY"])
        assert jwt.decode(token, key, algorithms=["EdDSA"]) == {"sub": "somebody"}
    for principal in ("identity", "dossier"):
        assert "TOKEN_SIGNING_KEY" not in secrets.read_values(principal)

    secrets.ensure_token_keys(["dossier", "enrolment_ens"])
    assert secrets.read_values("identity_signer")["TOKEN_SIGNING_KEY"] == signing
    assert secrets.read_values("enrolment_ens") == secrets.read_values("dossier")


def test_each_principal_that_stores_sections_has_its_own_key(secrets: Secrets) -> None:
    secrets.ensure_encryption_keys(["dossier", "enrolment_ens"])
    keys = [secrets.read_values(p)["KEY_ENCRYPTION_KEY"] for p in ("dossier", "enrolment_ens")]

    assert keys[0] != keys[1]
    assert [len(base64.b64decode(key)) for key in keys] == [32, 32]
    assert len(new_encryption_key()) == len(keys[0])
