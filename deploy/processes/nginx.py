"""
Configuration of nginx: the town's addresses, each with the copies of pages and stream behind it.

A copy that does not answer is left out for some seconds; what had not yet been sent to it is asked
of the next one, and so is whatever only reads.
"""

import os
import signal
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from deploy.engines.town_engines import Engines, Front
from deploy.instance.instance import LOOPBACK, Instance, replace_file
from deploy.processes.public_addresses import Page
from shared.files.types import LARGEST_SENT, MOST_FILES
from shared.web.base.headers import TWO_YEARS

NGINX, CONFIGURATION, PID = "/usr/sbin/nginx", "nginx.conf", "nginx.pid"
STREAM = "/flux"
LARGEST_REQUEST = f"{MOST_FILES * LARGEST_SENT // 1024**2 + 2}m"
"""More than any page takes: what is too large is refused by the page, in words."""

# Its master stays in the foreground: the supervisor, or systemd, is what it belongs to.
OWN = """\
daemon off;
user {user};
pid {folder}/{pid};
error_log stderr warn;
worker_processes 2;
events {{
    worker_connections 4096;
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;

{servers}}}
"""

# No path of a request is written down: some hold what only its reader may know. With less than
# "crit" nginx writes the whole request beside each error, as when a page starts anew behind it.
SERVER = """\
upstream preau_{name} {{
{members}}}
{stream_upstream}server {{
    listen {listen};
{certificate}    server_name {host};
    access_log off;
    error_log stderr crit;
    server_tokens off;
    client_max_body_size {largest};
    client_header_timeout 15s;
    client_body_timeout 15s;
{proxies}    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto {scheme};
    proxy_connect_timeout 2s;
    proxy_next_upstream error timeout http_502 http_503;
    location / {{
        proxy_pass http://preau_{name};
        proxy_read_timeout 60s;
    }}
{stream_location}}}
"""
STREAM_LOCATION = """\
    location = {path} {{
        proxy_pass http://preau_{name}_live;
        proxy_buffering off;
        proxy_read_timeout 1h;
    }}
"""
# The last address that no proxy of the town's own has; a visitor's own header is before it.
BEHIND_PROXIES = """\
{networks}    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
"""
# One header, on nginx's own pages too: of two a browser reads the first. Each suite of TLS 1.2 is
# authenticated and keeps what was said secret from who takes the key later.
CERTIFICATE = """\
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers {suites};
    ssl_prefer_server_ciphers on;
    ssl_session_tickets off;
    proxy_hide_header Strict-Transport-Security;
    add_header Strict-Transport-Security "max-age={seconds}; includeSubDomains" always;
"""
SUITES = ":".join(
    f"ECDHE-{signed}-{cipher}"
    for cipher in ("AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-GCM-SHA256")
    for signed in ("ECDSA", "RSA")
)
TO_HTTPS = """\
server {{
    listen 80;
    listen [::]:80;
    server_name {hosts};
    access_log off;
    return 301 https://$host$request_uri;
}}
"""


def server_blocks(engines: Engines, pages: Iterable[Page]) -> str:
    """
    Return what belongs into nginx's http block: for each office one server.
    """
    found = list(pages)
    text = "".join(_server_block(page, engines.front) for page in found)
    if hosts := _hosts_led_to_https(engines.front, found):
        text += TO_HTTPS.format(hosts=" ".join(hosts))
    return text


def ports_listened_to(engines: Engines, pages: Iterable[Page]) -> list[int]:
    """
    Return the ports at which nginx serves these pages, and that which leads to https.
    """
    found = list(pages)
    ports = {_port_of_page(page, engines.front) for page in found}
    return sorted(ports | ({80} if _hosts_led_to_https(engines.front, found) else set()))


def write_own_configuration(engines: Engines, pages: Iterable[Page]) -> None:
    """
    Write what Préau's own nginx reads; one that runs takes it over without letting a page go.
    """
    path = engines.instance.web_server_dir / CONFIGURATION
    text = own_configuration(engines, pages)
    if path.exists() and path.read_text("utf-8") == text:
        return
    replace_file(path, text)
    running = _running_pid(engines.instance)
    if running is not None:
        os.kill(running, signal.SIGHUP)


def own_configuration(engines: Engines, pages: Iterable[Page]) -> str:
    """
    Return what an nginx reads that serves the town's pages and nothing else.
    """
    folder = engines.instance.web_server_dir
    indented = server_blocks(engines, pages).replace("\n", "\n    ").rstrip(" ")
    return OWN.format(
        # As root its workers would become somebody who cannot enter the home.
        user=_owner_of_home(engines.instance),
        folder=folder,
        pid=PID,
        servers=f"    {indented}",
    )


def _server_block(page: Page, front: Front | None) -> str:
    name = page.name
    secured = front is not None and bool(front.certificate)
    stream = bool(page.stream_ports)
    return SERVER.format(
        name=name,
        members="".join(_upstream_members(page.ports)),
        stream_upstream=_stream_upstream(page) if stream else "",
        listen=_listen_directive(page, front),
        certificate=CERTIFICATE.format(
            certificate=front.certificate, key=front.key, suites=SUITES, seconds=TWO_YEARS
        )
        if front is not None and secured
        else "",
        host=urlsplit(page.address).hostname,
        largest=LARGEST_REQUEST,
        proxies=_believed_proxies(front),
        scheme=_scheme_seen_by_pages(page, front),
        stream_location=STREAM_LOCATION.format(path=STREAM, name=name) if stream else "",
    )


def _believed_proxies(front: Front | None) -> str:
    if front is None or not front.proxies:
        return ""
    networks = "".join(f"    set_real_ip_from {network};\n" for network in front.proxies)
    return BEHIND_PROXIES.format(networks=networks)


def _scheme_seen_by_pages(page: Page, front: Front | None) -> str:
    """Return what a page is given: https also where a load balancer holds the certificate."""
    is_ended_before = front is not None and front.proxies and not front.certificate
    return urlsplit(page.address).scheme if is_ended_before else "$scheme"


def _listen_directive(page: Page, front: Front | None) -> str:
    """
    Return the `listen` directive: loopback, or for everybody at the port of the address.
    """
    port = _port_of_page(page, front)
    if front is None:
        return f"{LOOPBACK}:{port}"
    if front.certificate:
        return f"{port} ssl;\n    listen [::]:{port} ssl;\n    http2 on"
    return f"{port};\n    listen [::]:{port}"


def _port_of_page(page: Page, front: Front | None) -> int:
    if front is None:
        return page.public_port
    return urlsplit(page.address).port or (443 if front.certificate else 80)


def _hosts_led_to_https(front: Front | None, pages: Iterable[Page]) -> list[str]:
    """Return those of which port 80 is: where one has a port of its own, it may be another's."""
    if front is None or not front.certificate:
        return []
    addresses = [urlsplit(page.address) for page in pages]
    return [str(each.hostname) for each in addresses if each.port in (None, 443)]


def _stream_upstream(page: Page) -> str:
    return (
        f"upstream preau_{page.name}_live {{\n{''.join(_upstream_members(page.stream_ports))}}}\n"
    )


def _upstream_members(ports: Iterable[int]) -> Iterator[str]:
    for port in ports:
        yield f"    server {LOOPBACK}:{port} max_fails=1 fail_timeout=2s;\n"


def _owner_of_home(instance: Instance) -> str:
    return instance.home.owner()


def _running_pid(instance: Instance) -> int | None:
    try:
        number = int((instance.web_server_dir / PID).read_text("ascii"))
        os.kill(number, 0)
    except (OSError, ValueError):
        return None
    return number
