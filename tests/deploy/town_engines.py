"""Engines as a town has them: a broker and a database server with administrators of the town's."""

import datetime
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import create_engine, text

from deploy.applied_town import Applied
from deploy.engines.own_postgres import SUPERUSER, PostgresCluster
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.instance.instance import LOOPBACK, Instance
from deploy.instance.secrets import random_secret
from deploy.provisioning.apply import compile_register_in_force, prepare_secrets
from tests.ports import PORT_BASE

TLS = """\
listeners.ssl.1 = {host}:{port}
ssl_options.cacertfile = {authority}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_none
"""
ENCRYPTED = "ssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n"


@dataclass(frozen=True)
class Certificate:
    """A certificate for this machine, and who vouches for it: itself."""

    certificate: Path
    key: Path


class TownEngines:
    """Starts both over TLS, apart from any town, and writes the file that names them."""

    def __init__(self, home: Path, port_base: int, front_port: int) -> None:
        self.instance = Instance(home / "engines", port_base)
        self.node = BrokerNode(self.instance)
        self.postgres = PostgresCluster(self.instance, durable=True)
        self.file = home / "engines.yaml"
        self._front_port = front_port

    @property
    def tls_port(self) -> int:
        """Return where the broker listens for principals."""
        return self.instance.amqp_port + 5

    def start(self) -> None:
        """Start both, make their administrators, write the file."""
        self.instance.prepare_folders()
        own = make_certificate(self.instance.home)
        conf = self.instance.broker_dir / "conf.d"
        conf.mkdir(exist_ok=True)
        (conf / "tls.conf").write_text(
            TLS.format(
                host=LOOPBACK,
                port=self.tls_port,
                authority=own.certificate,
                certificate=own.certificate,
                key=own.key,
            )
        )
        self.node.start()
        self._encrypt_database()
        self.node.wait_ready()
        broker, database = random_secret(), random_secret()
        users = "rabbit_auth_backend_internal"
        self.node.evaluate_erlang(f'{users}:add_user(<<"dsi">>, <<"{broker}">>, <<"test">>)')
        self.node.evaluate_erlang(f'{users}:set_tags(<<"dsi">>, [administrator], <<"test">>)')
        self._make_role(database)
        self.file.write_text(yaml.safe_dump(self._file(own, broker, database)), "utf-8")

    def stop(self) -> None:
        """Stop both, and leave nothing."""
        self.node.stop()
        self.postgres.remove()

    def renew_broker(self, days: float) -> None:
        """Give the broker a certificate that is over in so many days, and have it read."""
        make_certificate(self.instance.home, days)
        self.node.evaluate_erlang("ssl:clear_pem_cache()")

    def renew_database(self, days: float) -> None:
        """Give the database server a certificate, tell who vouches for it, and have it read."""
        self._write_certificate_of_database(days)
        self._tell_authority_of_database()
        superuser = self.postgres.administrator_of_server
        with superuser.cursor("postgres") as cursor:
            cursor.execute("SELECT pg_reload_conf()")

    def _write_certificate_of_database(self, days: float = 1) -> Certificate:
        theirs = make_certificate(self.postgres.directory, days)
        for path in (theirs.certificate, theirs.key):
            self.postgres.user.give_file(path)
        return theirs

    def _tell_authority_of_database(self) -> Path:
        readable = self.instance.home.parent / "postgres-authority.pem"
        readable.write_bytes((self.postgres.directory / "certificate.pem").read_bytes())
        return readable

    def _encrypt_database(self) -> None:
        self.postgres.start()
        theirs = self._write_certificate_of_database()
        with open(self.postgres.data / "postgresql.conf", "a", encoding="utf-8") as settings:
            settings.write(ENCRYPTED.format(certificate=theirs.certificate, key=theirs.key))
        self.postgres.stop()
        self.postgres.start()

    def _make_role(self, password: str) -> None:
        """Make an administrator who is no superuser."""
        superuser = self.postgres.administrator_of_server.url(
            SUPERUSER, self.postgres._superuser_password(), "postgres"
        )
        engine = create_engine(superuser, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            role = f"CREATE ROLE dsi LOGIN CREATEDB CREATEROLE PASSWORD '{password}'"
            connection.execute(text(role))
        engine.dispose()

    def _file(self, own: Certificate, broker: str, database: str) -> dict:
        home = self.instance.home.parent
        for name, password in (("broker.env", broker), ("postgres.env", database)):
            (home / name).write_text(f"ADMIN_USER=dsi\nADMIN_PASSWORD={password}\n", "utf-8")
        readable = self._tell_authority_of_database()
        place = f"{LOOPBACK}:{self.instance.postgres_port}"
        return {
            "broker": {
                "nodes": [
                    {"amqp": f"{LOOPBACK}:{self.tls_port}", "management": self.node.management_url}
                ],
                "virtual_host": "préau",
                "tls": True,
                "authority": str(own.certificate),
                "administrator": str(home / "broker.env"),
            },
            "database": {
                "place": place,
                "tls": True,
                "authority": str(readable),
                "administrator": str(home / "postgres.env"),
            },
            "front": {
                "portal": f"https://familles.ville.example:{self._front_port}",
                "front_desk": f"https://accueil.ville.example:{self._front_port}",
                "desks": f"https://{{code}}.guichets.ville.example:{self._front_port}",
                "certificate": str(own.certificate),
                "key": str(own.key),
                "proxies": [f"{LOOPBACK}/32"],
            },
            "copies": 2,
            "backup": {"secrets": "clear"},
        }


def make_certificate(folder: Path, days: float = 1) -> Certificate:
    """Write a certificate of this machine that is over in so many days, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ville.example")])
    moment = datetime.datetime.now(datetime.UTC)
    names = [x509.IPAddress(ip_address(LOOPBACK)), x509.DNSName("*.ville.example")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - datetime.timedelta(days=9))
        .not_valid_after(moment + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Certificate(folder / "certificate.pem", folder / "key.pem")
    found.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    found.key.touch(mode=0o600)
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return found


def on_engines_of_the_town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Applied:
    """Return the demo town on a town's own engines, as far as it is without reaching them."""
    administrator = tmp_path / "admin.env"
    administrator.write_text("ADMIN_USER=dsi\nADMIN_PASSWORD=secret\n", "utf-8")
    engine = {"administrator": str(administrator)}
    node = {"amqp": "rabbit.ville.example:5671", "management": "https://rabbit.ville.example:15671"}
    file = {
        "broker": {"nodes": [node], **engine},
        "database": {"place": "postgres.ville.example:5432", **engine},
        "front": {
            "portal": "https://familles.ville.example",
            "front_desk": "https://accueil.ville.example",
            "desks": "https://{code}.guichets.ville.example",
        },
        "copies": 2,
    }
    path = tmp_path / "engines.yaml"
    path.write_text(yaml.safe_dump(file), "utf-8")
    monkeypatch.setenv("PREAU_ENGINES", str(path))
    applied = Applied(Instance(tmp_path / "var", PORT_BASE + 900))
    applied.instance.prepare_folders()
    register = compile_register_in_force(applied)
    prepare_secrets(applied, register)
    applied.instance.register_path.write_text(json.dumps(register), "utf-8")
    return applied


def as_systemd_would(unit: str, folder: Path) -> "subprocess.Popen[bytes]":
    """
    Start what a unit says, with the environment and the credential that it says and nothing else.

    `folder` holds what systemd makes for a unit while it runs.
    """
    settings = [line.partition("=")[::2] for line in unit.splitlines() if "=" in line]
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    for key, value in settings:
        if key == "Environment":
            name, _, content = _unquoted(value).partition("=")
            environment[name] = content
        elif key == "LoadCredential":
            environment["CREDENTIALS_DIRECTORY"] = _hand_over(value.replace("%%", "%"), folder)
    said = dict(settings)
    for name in ("PROMETHEUS_MULTIPROC_DIR", "SIGNER_SOCKET"):
        if name in environment:
            environment[name] = environment[name].replace("/run/preau", str(folder / "run"))
    if "RuntimeDirectory" in said:
        (folder / "run" / Path(said["RuntimeDirectory"]).name).mkdir(parents=True, exist_ok=True)
    command = [_unquoted(f'"{part}"') for part in said["ExecStart"].strip('"').split('" "')]
    return subprocess.Popen(
        [part.replace("$$", "$") for part in command],
        cwd=said["WorkingDirectory"],
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def _hand_over(credential: str, folder: Path) -> str:
    """Return a folder with the credential in it, for one unit alone."""
    name, _, file = credential.partition(":")
    own = Path(tempfile.mkdtemp(dir=folder))
    shutil.copyfile(file, own / name)
    return str(own)


def _unquoted(value: str) -> str:
    return value[1:-1].replace('\\"', '"').replace("\\\\", "\\").replace("%%", "%")
