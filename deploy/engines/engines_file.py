"""
The file that says on what a town runs: `engines.yaml` in its home, or what PREAU_ENGINES names.

Without one everything is Préau's own and on this machine: one broker node, SQLite, no web server.
"""

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema
from pyrage import RecipientError, x25519

from deploy.engines.town_engines import (
    CLUSTER,
    CLUSTER_COPIES,
    FILES,
    POSTGRESQL,
    BackupSettings,
    BrokerEngine,
    Credentials,
    DatabaseEngine,
    Engines,
    EnginesRefused,
    Front,
    make_own_engines,
)
from deploy.instance.instance import ENGINES_FILE, Instance, replace_file
from deploy.instance.yaml_slips import slip_in_words
from shared.files.antivirus import Antivirus
from shared.json_values import JsonObject

OWN_CLUSTER = f"own: {CLUSTER}\n"
OWN = (FILES, POSTGRESQL, CLUSTER)
NAMING = ("PREAU_ENGINES", "PREAU_TOWN", "PES_XSD_DIR")
CLEAR = "clear"
MOST_COPIES = 8
"""Each has its ports a hundred further on (deploy/instance/instance.py)."""

MOST_EVENT_QUEUES = 8
"""Queues that share a principal's events, at most: more than its processes are of no use."""

_PLACE = validate.Regexp(re.compile(r"[A-Za-z0-9.-]+:[0-9]{2,5}\Z"), error="must be host:port")
_ADDRESS = validate.Regexp(
    re.compile(r"https?://[^\s;,'\"/]+\Z"), error="must be an address without a path"
)
_SOCKET_OR_PLACE = validate.Regexp(
    re.compile(r"(/[^\s;'\"]+|[A-Za-z0-9.-]+:[0-9]{2,5})\Z"),
    error="must be an absolute path, or host:port",
)
_ABSOLUTE = validate.Regexp(re.compile(r"/[^\s;'\"]+\Z"), error="must be an absolute path")


def _validate_public_key(text: str) -> None:
    try:
        x25519.Recipient.from_str(text)
    except RecipientError:
        raise ValidationError("must be a public key of age, such as age1…") from None


def _validate_network(text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ValidationError("must be an address, or a network such as 10.0.4.0/24") from None


_PREFIX = validate.Regexp(re.compile(r"[a-z][a-z0-9_]{0,20}\Z"), error="must be a-z, 0-9 and _")


def read_engines_file(instance: Instance, environment: Mapping[str, str] = os.environ) -> Engines:
    """
    Read what an instance runs on; raises EnginesRefused.
    """
    named = environment.get("PREAU_ENGINES")
    path = Path(named) if named else instance.home / ENGINES_FILE
    try:
        text = path.read_text("utf-8-sig")
        found = yaml.safe_load(text)
    except FileNotFoundError:
        if named:
            raise EnginesRefused(f"PREAU_ENGINES names {path}, which is not there.") from None
        return make_own_engines(instance)
    except UnicodeDecodeError:
        raise EnginesRefused(f"{path} is not UTF-8 text.") from None
    except yaml.MarkedYAMLError as error:
        line, reason = slip_in_words(error)
        raise EnginesRefused(f"{path}:{line}: {reason}") from None
    except yaml.YAMLError:
        raise EnginesRefused(f"{path} is not YAML: it holds a control character.") from None
    try:
        if isinstance(found, Mapping) and "own" in found:
            own = OwnFile().load(found)
            return make_own_engines(instance, own.pop("own"), **own)
        return Engines(instance, own=False, behind_web_server=True, **EnginesFile().load(found))
    except ValidationError as error:
        raise EnginesRefused(
            "\n".join(f"{path}: {each}" for each in _problems_in_words(error.messages))
        ) from None


def variables_naming_town_files(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """
    Environment variables that lead a process to the same town file, engines and official schemas.
    """
    return {name: environment[name] for name in NAMING if environment.get(name)}


def write_own_cluster_file(instance: Instance) -> None:
    """
    Let an instance be a cluster of Préau's own; raises EnginesRefused where it is something else.
    """
    instance.prepare_folders()
    path = instance.home / ENGINES_FILE
    if not path.exists():
        if instance.register_path.exists():
            raise EnginesRefused(
                f"{instance.home} holds a town on one machine: `make clean`, or another PREAU_HOME."
            )
        replace_file(path, OWN_CLUSTER, mode=0o644)
    if not read_engines_file(instance, {}).own:
        raise EnginesRefused(f"{path} names engines of the town's own: `preau up` runs on these.")


class NodeFile(Schema):
    """
    One node of the broker.
    """

    amqp = fields.String(required=True, validate=_PLACE)
    management = fields.String(required=True, validate=_ADDRESS)


class BrokerFile(Schema):
    """
    RabbitMQ, 4.0 or later, with its management plugin.
    """

    nodes = fields.List(fields.Nested(NodeFile), required=True, validate=validate.Length(min=1))
    virtual_host = fields.String(load_default="/", validate=validate.Length(min=1))
    tls = fields.Boolean(load_default=False)
    authority = fields.String(load_default="", validate=_ABSOLUTE)
    administrator = fields.String(required=True, validate=_ABSOLUTE)

    @post_load
    def make_engine(self, read: JsonObject, **_: object) -> BrokerEngine:
        nodes = read.pop("nodes")
        return BrokerEngine(
            amqp=tuple(node["amqp"] for node in nodes),
            management=tuple(node["management"] for node in nodes),
            **_with_administrator_credentials(read),
        )


class DatabaseFile(Schema):
    """
    PostgreSQL, 15 or later.
    """

    place = fields.String(required=True, validate=_PLACE)
    tls = fields.Boolean(load_default=False)
    authority = fields.String(load_default="", validate=_ABSOLUTE)
    administrator = fields.String(required=True, validate=_ABSOLUTE)
    prefix = fields.String(load_default=DatabaseEngine.prefix, validate=_PREFIX)

    @post_load
    def make_engine(self, read: JsonObject, **_: object) -> DatabaseEngine:
        return DatabaseEngine(**_with_administrator_credentials(read))


class FrontFile(Schema):
    """
    The addresses at which families and agents find the town.
    """

    portal = fields.String(required=True, validate=_ADDRESS)
    front_desk = fields.String(required=True, validate=_ADDRESS)
    desks = fields.String(
        required=True,
        validate=[_ADDRESS, validate.Regexp(re.compile(r".*\{code\}"), error="must hold {{code}}")],
    )
    certificate = fields.String(load_default="", validate=_ABSOLUTE)
    key = fields.String(load_default="", validate=_ABSOLUTE)
    proxies = fields.List(fields.String(validate=_validate_network), load_default=list)

    @post_load
    def make_front(self, read: JsonObject, **_: object) -> Front:
        return Front(**{**read, "proxies": tuple(read["proxies"])})


class AntivirusFile(Schema):
    """
    ClamAV's daemon, which sees each file that a person sends.
    """

    clamd = fields.String(required=True, validate=_SOCKET_OR_PLACE)

    @post_load
    def make_antivirus(self, read: JsonObject, **_: object) -> Antivirus:
        return Antivirus(read["clamd"])


class BackupFile(Schema):
    """
    Settings of copies of the town: who may open them, and how long their parts are kept.
    """

    recipients = fields.List(fields.String(validate=_validate_public_key), load_default=list)
    secrets = fields.String(load_default="", validate=validate.Equal(CLEAR))
    secrets_into = fields.String(load_default="", validate=_ABSOLUTE)
    nights = fields.Integer(
        load_default=BackupSettings.nights, strict=True, validate=validate.Range(1)
    )
    secrets_nights = fields.Integer(
        load_default=BackupSettings.secrets_nights, strict=True, validate=validate.Range(1)
    )

    @validates_schema
    def refuse_half_sealed(self, read: dict[str, object], **_: object) -> None:
        """
        Refuse what would seal secrets for nobody, or leave them in clear beside sealed ones.
        """
        if read["recipients"] and read["secrets"]:
            raise ValidationError("recipients open them: in clear they would be for all", "secrets")
        if read["secrets_into"] and not read["recipients"]:
            raise ValidationError("needs recipients: elsewhere they go sealed", "secrets_into")

    @post_load
    def make_settings(self, read: JsonObject, **_: object) -> BackupSettings:
        return BackupSettings(
            recipients=tuple(read["recipients"]),
            secrets_in_clear=bool(read["secrets"]),
            nights=read["nights"],
            secrets_nights=read["secrets_nights"],
            secrets_into=read["secrets_into"],
        )


def _event_queues_field() -> fields.Dict:
    """
    Into how many queues the events of a principal are shared out, by its name.
    """
    count = fields.Integer(strict=True, validate=validate.Range(1, MOST_EVENT_QUEUES))
    return fields.Dict(keys=fields.String(), values=count, load_default=dict)


class OwnFile(Schema):
    """
    Engines of Préau's own, and where the town is found, if not on this machine alone.
    """

    own = fields.String(required=True, validate=validate.OneOf(OWN))
    front = fields.Nested(FrontFile, load_default=None)
    antivirus = fields.Nested(AntivirusFile, load_default=None)
    backup = fields.Nested(BackupFile, load_default=None)
    event_queues = _event_queues_field()

    @validates_schema
    def refuse_queues_without_writers(self, read: dict[str, object], **_: object) -> None:
        """
        Refuse several queues of events where a database has one writer at a time.
        """
        if read["event_queues"] and read.get("own") == FILES:
            raise ValidationError("a file has one writer: needs PostgreSQL", "event_queues")


class EnginesFile(Schema):
    """
    Engines of the town's own.
    """

    broker_engine = fields.Nested(BrokerFile, required=True, data_key="broker")
    database_engine = fields.Nested(DatabaseFile, required=True, data_key="database")
    front = fields.Nested(FrontFile, required=True)
    antivirus = fields.Nested(AntivirusFile, load_default=None)
    backup = fields.Nested(BackupFile, load_default=BackupSettings())
    copies = fields.Integer(
        load_default=CLUSTER_COPIES, strict=True, validate=validate.Range(1, MOST_COPIES)
    )
    event_queues = _event_queues_field()


def _with_administrator_credentials(read: JsonObject) -> JsonObject:
    return {**read, "administrator": Credentials(Path(read["administrator"]))}


def _problems_in_words(messages: Any, where: str = "") -> Iterator[str]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            yield from _problems_in_words(value, f"{where}.{key}" if where else str(key))
    else:
        yield f"{where}: {'; '.join(str(message) for message in messages)}"
