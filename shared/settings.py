"""Configuration, read once, at the entrance of a process, into one typed object."""

import os
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.register import Register
from shared.runtime.credentials import environment_with_credentials
from shared.runtime.reloading_file import ReloadingFile
from shared.runtime.signing_socket import RemoteSigningKey
from shared.town.addresses.street_list import NO_STREETS, StreetList, parse_streets


class SettingsIncomplete(Exception):
    """A process was started without a setting that it needs; the message names it."""


LINKS_FOR = timedelta(days=365)
"""Validity of links in emails and letters that were signed with a former SECRET_KEY."""


KEEPS_NOTHING = "sqlite://"
"""Database of a process that only asks, in its memory: that of operations."""


@dataclass(frozen=True)
class FormerKey:
    """A key that was replaced, and until when it was in use."""

    until: datetime
    key: str

    def __str__(self) -> str:
        return f"{self.until.timestamp():.6f}:{self.key}"


def read_former_keys(value: str) -> list[FormerKey]:
    """Read former keys as they stand in secrets: `seconds since 1970:key`, oldest first, commas."""
    parts = (each.split(":", 1) for each in value.split(",") if each)
    return [FormerKey(datetime.fromtimestamp(float(until), UTC), key) for until, key in parts]


@dataclass(frozen=True)
class MailServer:
    """The town's SMTP server; STARTTLS unless the town file disables it."""

    host: str
    port: int
    sender: str
    starttls: bool = True
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class SmsGateway:
    """The gateway that sends the town's SMS: its address, what opens it, and who signs."""

    address: str
    token: str
    sender: str = ""


@dataclass(frozen=True)
class OpenIdSecrets:
    """Identity's own at the providers of the town file; `proxy` leads out, "" without one."""

    families: str = ""
    agents: str = ""
    proxy: str = ""


@dataclass(frozen=True)
class ApiParticulierAccess:
    """Billing's token for API Particulier, "" without; `proxy` leads out, "" without one."""

    token: str = ""
    proxy: str = ""


@dataclass(frozen=True)
class Settings:
    """Configuration of one process; secrets come from its principal's own file."""

    principal: str
    register: Register
    amqp_uri: str
    database_url: str
    keys_url: str
    key_encryption_key: bytes
    token_verify_key: str
    token_signing_key: Ed25519PrivateKey | str
    """Identity's: PEM, or a key that its signer holds; "" for everybody else."""
    secret_key: str
    home: Path
    desks: ReloadingFile[Mapping[str, str]]
    """Addresses of the offices' desks by code; none before `preau apply`."""
    streets: ReloadingFile[StreetList] | None = None
    """The town's list of streets, which completes addresses on its pages."""
    former_verify_keys: Sequence[FormerKey] = ()
    """Earlier keys with which waiting orders may have been signed."""
    former_secret_keys: Sequence[FormerKey] = ()
    """Earlier keys with which links in emails and letters may have been signed."""
    payfip_service: str = "https://www.payfip.gouv.fr/tpa/services/securite"
    payfip_page: str = "https://www.payfip.gouv.fr/tpa/paiementws.web"
    portal_url: str = ""
    """Address of the families' portal, called by PayFiP; "" disables online payment."""
    live_url: str = ""
    """Address of the stream for this principal's pages; "" for none."""
    pages_url: str = ""
    """Address of the pages that may open this process's stream."""
    mail_server: MailServer | None = None
    """The SMTP server for emails; without one they wait, and operations see it in the metrics."""
    antivirus: str = ""
    """Socket or address of the daemon that scans sent files; "" where the town has none."""
    vapid_key: str = ""
    """The portal's: PEM of the key under which browsers subscribe; "" where none is set."""
    push_stand_in: str = ""
    """Origin of a push service of tests, on this machine; "" in a town."""
    sms_gateway: SmsGateway | None = None
    """Gateway that sends SMS; without one nobody is asked for a mobile."""
    openid: OpenIdSecrets = OpenIdSecrets()
    """Secrets of providers at which people sign in too; one without its secret is not used."""
    api_particulier: ApiParticulierAccess = ApiParticulierAccess()
    """Access by which billing asks for quotients where the town file names API Particulier."""
    copy: int = 1
    """Number of this process among the copies of its service, from 1: all of them differ."""
    copies: int = 1
    pes_xsd_dir: str = ""
    """The folder with the official schemas of PES v2, "" where the town has none."""

    @property
    def provider(self) -> str | None:
        """Return the provider's code where this process is a provider's, else None."""
        provider = self.register.provider_of(self.principal)
        return provider.code if provider else None

    @staticmethod
    def from_env(env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment; raises SettingsIncomplete, before anything else happens."""
        env = environment_with_credentials(env)
        home = Path(_require_variable(env, "PREAU_HOME"))
        if "KEY_ENCRYPTION_KEY_NEXT" in env:
            raise SettingsIncomplete("a change of keys was broken off: `preau apply` ends it")
        return Settings(
            principal=_require_variable(env, "PREAU_PRINCIPAL"),
            register=Register.load(home / "register.json"),
            amqp_uri=_require_variable(env, "AMQP_URI"),
            database_url=_require_driver(_require_variable(env, "DATABASE_URL")),
            keys_url=_require_driver(env.get("KEYS_URL", "sqlite://")),
            key_encryption_key=_read_encryption_key(env),
            token_verify_key=_decode_pem(env.get("TOKEN_VERIFY_KEY", "")),
            token_signing_key=_signing_key(env),
            secret_key=env.get("SECRET_KEY", ""),
            home=home,
            former_verify_keys=[
                FormerKey(each.until, _decode_pem(each.key))
                for each in read_former_keys(env.get("FORMER_VERIFY_KEYS", ""))
            ],
            former_secret_keys=read_former_keys(env.get("FORMER_SECRET_KEYS", "")),
            desks=_desk_addresses(home),
            streets=ReloadingFile(home / "streets.json", parse_streets, absent=NO_STREETS),
            payfip_service=_read_address(env, "PAYFIP_SERVICE", Settings.payfip_service),
            payfip_page=_read_address(env, "PAYFIP_PAGE", Settings.payfip_page),
            portal_url=_read_address(env, "PORTAL_URL", Settings.portal_url),
            live_url=_read_address(env, "LIVE_URL", Settings.live_url),
            pages_url=_read_address(env, "PAGES_URL", Settings.pages_url),
            mail_server=read_mail_server(env),
            antivirus=env.get("ANTIVIRUS", ""),
            vapid_key=_decode_pem(env.get("VAPID_KEY", "")),
            push_stand_in=_read_address(env, "PUSH_STAND_IN", ""),
            sms_gateway=_read_sms_gateway(env),
            openid=OpenIdSecrets(
                families=env.get("OPENID_FAMILIES_SECRET", ""),
                agents=env.get("OPENID_AGENTS_SECRET", ""),
                proxy=_read_address(env, "OPENID_PROXY", ""),
            ),
            api_particulier=ApiParticulierAccess(
                token=_read_header_value(env, "API_PARTICULIER_TOKEN"),
                proxy=_read_address(env, "API_PARTICULIER_PROXY", ""),
            ),
            copy=int(env.get("PREAU_COPY", Settings.copy)),
            copies=int(env.get("PREAU_COPIES", Settings.copies)),
            pes_xsd_dir=env.get("PES_XSD_DIR", ""),
        )


def _read_encryption_key(env: Mapping[str, str]) -> bytes:
    """
    Read the key under which a process seals; raises SettingsIncomplete where one that keeps
    something has none: what waits to be sent would lie open on its disk.
    """
    key = env.get("KEY_ENCRYPTION_KEY", "")
    if not key and env["DATABASE_URL"] != KEEPS_NOTHING:
        raise SettingsIncomplete(
            "KEY_ENCRYPTION_KEY is missing, under which all lies that is kept: `preau doctor` says"
            " what brings it back"
        )
    return b64decode(key)


def _signing_key(env: Mapping[str, str]) -> Ed25519PrivateKey | str:
    signer = env.get("SIGNER_SOCKET", "")
    return RemoteSigningKey(signer) if signer else _decode_pem(env.get("TOKEN_SIGNING_KEY", ""))


def _require_variable(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise SettingsIncomplete(f"{name} is not set")
    return value


def _require_driver(url: str) -> str:
    """Return a database address; refuses plain postgresql://, as psycopg 3 freezes eventlet."""
    if not url.startswith(("sqlite:", "postgresql+psycopg2:")):
        raise SettingsIncomplete("a database is sqlite:// or postgresql+psycopg2://")
    return url


def _desk_addresses(home: Path) -> ReloadingFile[Mapping[str, str]]:
    try:
        return ReloadingFile(home / "desks.json", _parse_addresses, absent={})
    except ValueError:
        raise SettingsIncomplete("desks.json is to hold the address of each desk") from None


def _parse_addresses(read: object) -> Mapping[str, str]:
    """Read addresses by code, without a slash at the end; raises ValueError for anything else."""
    if not isinstance(read, dict) or not all(_is_address(each) for each in read.values()):
        raise ValueError
    return {str(code): address.rstrip("/") for code, address in read.items()}


def _read_address(env: Mapping[str, str], name: str, usual: str) -> str:
    """Read one address; raises SettingsIncomplete where it is none."""
    value = env.get(name, "")
    if value and not _is_address(value):
        raise SettingsIncomplete(f"{name} is an address, http:// or https://")
    return value.rstrip("/") or usual


def _read_header_value(env: Mapping[str, str], name: str) -> str:
    """Read what goes into a header; raises SettingsIncomplete where it has no room in one."""
    value = env.get(name, "")
    if not re.fullmatch(r"[!-~]*", value):
        raise SettingsIncomplete(f"{name} is one word, without spaces or line ends")
    return value


def read_mail_server(env: Mapping[str, str]) -> MailServer | None:
    """Read MAIL_*; raises SettingsIncomplete for a server that could not be spoken to."""
    if not env.get("MAIL_HOST"):
        return None
    port, starttls = env.get("MAIL_PORT", "587"), env.get("MAIL_STARTTLS", "yes")
    if not port.isdecimal() or starttls not in ("yes", "no"):
        raise SettingsIncomplete("MAIL_PORT is a number, MAIL_STARTTLS yes or no")
    sender = _require_variable(env, "MAIL_SENDER")
    if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", sender):
        raise SettingsIncomplete("MAIL_SENDER is an e-mail address")
    return MailServer(
        host=env["MAIL_HOST"],
        port=int(port),
        sender=sender,
        starttls=starttls == "yes",
        user=env.get("MAIL_USER", ""),
        password=env.get("MAIL_PASSWORD", ""),
    )


def _read_sms_gateway(env: Mapping[str, str]) -> SmsGateway | None:
    """Read SMS_*; raises SettingsIncomplete for a gateway that could not be spoken to, or aloud."""
    address = _read_address(env, "SMS_GATEWAY", "")
    if not address:
        return None
    if not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", address):
        raise SettingsIncomplete("SMS_GATEWAY is https://, or on this machine")
    return SmsGateway(address, _require_variable(env, "SMS_TOKEN"), env.get("SMS_SENDER", ""))


def _is_address(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s;,'\"]+", value) is not None


def _decode_pem(value: str) -> str:
    return b64decode(value).decode() if value else ""
