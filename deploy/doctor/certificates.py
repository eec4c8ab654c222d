"""
Checks of certificates: of the town's addresses, of its engines and its mail server, and of who
vouches for engines.

Préau issues none: each is renewed by who runs what shows it. nginx reads certificate and key when
it starts or is told to: with a pair that does not fit it goes on with the former one, and does not
start any more. An authority is read anew at each connection.
"""

import ssl
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from deploy.applied_town import Applied
from deploy.doctor.finding import Finding, duration_in_words
from deploy.doctor.shown_certificates import (
    Shown,
    shown_by_mail_server,
    shown_by_postgres,
    shown_over_tls,
)
from deploy.engines.town_engines import Front
from deploy.instance.secrets import read_secrets
from shared.settings import SettingsIncomplete, read_mail_server

NOTICE = timedelta(days=21)
"""Automatic renewal happens a month before: three weeks before, it has failed."""
RELOAD = "nginx -t && systemctl reload nginx"
LETS_ENCRYPT = "/etc/letsencrypt/"
HTTPS = 443
BROKER, MANAGEMENT = "the broker", "the broker’s management"
DATABASE = "the database server"


def check_certificates(applied: Applied) -> Iterator[Finding]:
    moment = datetime.now(UTC)
    engines = applied.engines_of_town
    if engines.front is not None:
        register = applied.register_in_force() or {"providers": []}
        yield from check_front(engines.front, [row["code"] for row in register["providers"]])
    for path, users in _authorities(applied).items():
        yield from check_authority(path, " and ".join(users), moment)
    yield from check_engines(applied, moment)
    yield from check_mail_server(applied, moment)


def ends_of_certificates(applied: Applied) -> dict[Path, datetime | None]:
    """Return when what each file holds is over; None for one that cannot be read."""
    front = applied.engines_of_town.front
    named = [front.certificate] if front is not None and front.certificate else []
    ends = {Path(name): _end_of_chain(Path(name)) for name in named}
    for path in _authorities(applied):
        ends[path] = min(_ends_of_authorities(path).values(), default=None)
    return ends


def _authorities(applied: Applied) -> dict[Path, list[str]]:
    """Return each file that says who vouches for an engine, with the engines it is for."""
    engines, users = applied.engines_of_town, defaultdict(list)
    for engine, whose in ((engines.broker_engine, BROKER), (engines.database_engine, DATABASE)):
        if engine is not None and engine.authority:
            users[Path(engine.authority)].append(whose)
    return users


def check_front(front: Front, codes: list[str]) -> Iterator[Finding]:
    """Yield findings of the certificate with which families and agents are shown pages."""
    moment = datetime.now(UTC)
    if front.certificate:
        yield from check_expiry(front, moment)
        yield from check_pair_of_front(front, codes)
    yield from check_shown_by_front(front, codes, moment)


def check_expiry(front: Front, moment: datetime) -> Iterator[Finding]:
    """Yield a finding if the certificate of the town's addresses is over, or soon will be."""
    path = Path(front.certificate)
    end = _end_of_chain(path)
    if end is None:
        yield Finding(f"The certificate {path} cannot be read.", f"ls -l {path}")
        return
    by_hand = f"ls -l {path} {front.key}  # put another and its key there, then: {RELOAD}"
    mend = f"certbot renew && {RELOAD}" if front.certificate.startswith(LETS_ENCRYPT) else by_hand
    if when := _when_over(end, moment):
        yield Finding(f"The certificate {path} of the town’s addresses {when}.", mend)


def check_authority(path: Path, users: str, moment: datetime) -> Iterator[Finding]:
    """
    Yield a finding for each authority of a file that is over, or soon will be.

    Where another of the same name is beside it the later one counts: so it is replaced in time.
    """
    ends = _ends_of_authorities(path)
    if not ends:
        yield Finding(f"The authority {path} of {users} cannot be read.", f"ls -l {path}")
    for name, end in ends.items():
        if when := _when_over(end, moment):
            yield Finding(
                f"The authority {name} in {path}, by which the town knows {users}, {when}: from"
                " then on no service reaches what it vouches for.",
                f"ls -l {path}  # put beside it, or in its place, the one that vouches from now on:"
                " each service reads the file at its next connection",
            )


def check_engines(applied: Applied, moment: datetime) -> Iterator[Finding]:
    """Yield findings where an engine shows a certificate that is over, or that nobody takes."""
    for each in _shown_by_engines(applied):
        yield from _findings_of_server(each, moment)


def is_engine_refused(applied: Applied) -> bool:
    """Return whether services refuse the broker, all of its nodes, or the database server."""
    by_engine = defaultdict(list)
    for each in _shown_by_engines(applied):
        by_engine[each.whose].append(each.shown is not None and bool(each.shown.refusal))
    return any(all(refused) for refused in by_engine.values())


@dataclass(frozen=True)
class Server:
    """A server with what it shows, and the command that has it show another certificate."""

    whose: str
    place: str
    shown: Shown | None
    mend: str


def _shown_by_engines(applied: Applied) -> Iterator[Server]:
    """Yield each place at which an engine is reached by TLS."""
    engines = applied.engines_of_town
    broker, database = engines.broker_engine, engines.database_engine
    pages = [page for page in map(urlsplit, broker.management) if page.scheme == "https"]
    places = [(BROKER, *_split_place(place)) for place in broker.amqp if broker.tls]
    places += [(MANAGEMENT, str(page.hostname), page.port or HTTPS) for page in pages]
    trusted = ssl.create_default_context(cafile=_readable(broker.authority))
    for whose, host, port in places:
        mend = f"rabbitmqctl eval 'ssl:clear_pem_cache().'  # on {host}, once it has another one"
        yield Server(whose, f"{host}:{port}", shown_over_tls(host, port, trusted), mend)
    if database is not None and database.tls:
        host, port = _split_place(database.place)
        trusted = ssl.create_default_context(cafile=_readable(database.authority))
        trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT  # nor does PostgreSQL's client ask for it
        mend = f"psql --command 'SELECT pg_reload_conf()'  # on {host}, once it has another one"
        yield Server(DATABASE, database.place, shown_by_postgres(host, port, trusted), mend)


def check_mail_server(applied: Applied, moment: datetime) -> Iterator[Finding]:
    """Yield a finding where the mail server shows a certificate that keeps e-mails waiting."""
    try:
        server = read_mail_server(read_secrets(applied.instance.secrets_path("identity")))
    except (OSError, SettingsIncomplete):
        return  # identity says it, and does not start
    if server is None or not server.starttls:
        return
    shown = shown_by_mail_server(server.host, server.port, ssl.create_default_context())
    place = f"{server.host}:{server.port}"
    mend = f"openssl s_client -starttls smtp -connect {place}  # tell who runs it"
    yield from _findings_of_server(Server("the mail server", place, shown, mend), moment)


def _findings_of_server(server: Server, moment: datetime) -> Iterator[Finding]:
    """Yield what is to say of what a server shows; that it does not answer is said elsewhere."""
    shown = server.shown
    if shown is None:
        return
    if when := _when_over(shown.end, moment):
        what = f"The certificate that {server.whose} shows at {server.place} {when}."
        yield Finding(what, server.mend)
    elif shown.refusal:
        yield Finding(
            f"{server.whose.capitalize()} at {server.place} shows a certificate that the town does"
            f" not take ({shown.refusal}): no service reaches it.",
            f"openssl s_client -connect {server.place} -showcerts  # compare with the authority",
        )


def check_shown_by_front(front: Front, codes: list[str], moment: datetime) -> Iterator[Finding]:
    """
    Yield a finding where people are shown one that is over, or soon will be.

    Not where it is the file's own, of which it is said already: nginx has read that one.
    """
    kept = _end_of_chain(Path(front.certificate)) if front.certificate else None
    by_end = defaultdict(list)
    for place, shown in _shown_by_addresses(front, codes):
        by_end[shown.end].append(place)
    for end, places in by_end.items():
        when, where = _when_over(end, moment), ", ".join(places)
        if when and kept is not None and kept > end:
            yield Finding(
                f"{where} still shows a certificate that {when}, and {front.certificate}"
                f" is good until {kept:%Y-%m-%d}: nginx has not read it.",
                RELOAD,
            )
        elif when and not front.certificate:
            yield Finding(
                f"{where} shows a certificate that {when}.",
                f"openssl s_client -connect {places[0]}  # renew it where https ends, at the load"
                " balancer",
            )


def _shown_by_addresses(front: Front, codes: list[str]) -> Iterator[tuple[str, Shown]]:
    """Yield host and port of each address of the town that shows a certificate, and which."""
    addresses = [front.portal, front.front_desk, *map(front.desk_address, codes)]
    split = [parts for parts in map(urlsplit, addresses) if parts.scheme == "https"]
    places = list(dict.fromkeys((str(parts.hostname), parts.port or HTTPS) for parts in split))
    with ThreadPoolExecutor(max_workers=8) as pool:
        for (host, port), shown in zip(
            places, pool.map(lambda place: shown_over_tls(*place), places), strict=True
        ):
            if shown is not None:
                yield f"{host}:{port}", shown


def _when_over(end: datetime, moment: datetime) -> str:
    """Return since when it is over, or in what time it will be; "" while that is far off."""
    if end <= moment:
        return f"is over since {end:%Y-%m-%d}"
    if end <= moment + NOTICE:
        return f"is over in {duration_in_words((end - moment).total_seconds())}"
    return ""


def _split_place(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host, int(port)


def _readable(authority: str) -> str | None:
    """Return the file of who vouches; None, for whom Debian trusts, where there is none."""
    return authority if authority and _ends_of_authorities(Path(authority)) else None


def check_pair_of_front(front: Front, codes: list[str]) -> Iterator[Finding]:
    """
    Yield findings where the key is another certificate's, and where this one lacks an address.

    A key that this user may not read is looked at by nobody here: under systemd it is root's.
    """
    try:
        certificate = x509.load_pem_x509_certificates(Path(front.certificate).read_bytes())[0]
    except (OSError, ValueError):
        return  # said before
    try:
        fits = _is_key_of_certificate(Path(front.key), certificate)
    except OSError:
        fits = True
        yield Finding(f"The key {front.key} cannot be read.", f"ls -l {front.key}")
    if not fits:
        yield Finding(
            f"{front.key} is not the key of the certificate {front.certificate}: nginx goes on with"
            " those of before, and does not start any more.",
            f"ls -l {front.certificate} {front.key}  # put those of one order there, {RELOAD}",
        )
    named = _names_of_certificate(certificate)
    addresses = [front.portal, front.front_desk, *(front.desk_address(code) for code in codes)]
    hosts = [str(urlsplit(address).hostname) for address in addresses]
    if lacking := [host for host in hosts if not _is_named(host, named)]:
        yield Finding(
            f"The certificate {front.certificate} is not for {', '.join(lacking)}: browsers refuse"
            " to open that address.",
            f"openssl x509 -noout -ext subjectAltName -in {front.certificate}",
        )


def _is_key_of_certificate(path: Path, certificate: x509.Certificate) -> bool:
    """
    Return whether a key is that of a certificate; True where it may not be looked at.

    Raises OSError where it cannot be read otherwise.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (PermissionError, TypeError):  # TypeError: it has a passphrase
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return key.public_key() == certificate.public_key()


def _names_of_certificate(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in names.get_values_for_type(x509.DNSName)]


def _is_named(host: str, names: list[str]) -> bool:
    """Return whether a browser takes a host for one of these: a star stands for one label."""
    return host in names or f"*.{host.partition('.')[2]}" in names


def _end_of_chain(path: Path) -> datetime | None:
    """Return when the first certificate of a file is over; None where it cannot be read."""
    return min((each.not_valid_after_utc for each in _read_certificates(path)), default=None)


def _ends_of_authorities(path: Path) -> dict[str, datetime]:
    """Return when each authority of a file is over, by its name; none where it cannot be read."""
    ends: dict[str, datetime] = {}
    for each in _read_certificates(path):
        name = each.subject.rfc4514_string()
        ends[name] = max(each.not_valid_after_utc, ends.get(name, each.not_valid_after_utc))
    return ends


def _read_certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return []
