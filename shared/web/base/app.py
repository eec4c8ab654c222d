"""
Base of every web endpoint of Préau: one Flask class and one function that configures it.

    app = Site(__name__)
    configure_app(app, Shell(principal=…, register=…, secret_key=…, layout="theme/desk.html", …))
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, Flask, Request, current_app, g, request
from flask_babel import lazy_gettext as _l

from shared.dates.clock import now
from shared.register import Office, Provider, Register
from shared.runtime.logs import configure_logs, log_error
from shared.runtime.trace import traced
from shared.web.base import (
    assets,
    errors,
    flashes_kept_on_refresh,
    headers,
    request_log,
    sign_in_limits,
    town_look,
)
from shared.web.forms import uploads
from shared.web.language import filters, languages
from shared.web.language.translated_labels import Label
from shared.web.session import cookies, csrf

LARGEST_FORM = 256 * 1024
MOST_FIELDS = 500


@dataclass(frozen=True)
class Tab:
    """One entry of the main navigation; `label` is marked for translation where it is written."""

    endpoint: str
    label: Label
    icon: str
    also: tuple[str, ...] = ()
    """Endpoints (or their prefixes up to a dot) that belong under this entry."""
    kind: str = ""
    """The kind of change that moves its count, where it has one."""
    count: int = 0
    """Number of items that wait behind it."""

    @property
    def current(self) -> bool:
        endpoint = request.endpoint or ""
        return endpoint == self.endpoint or any(endpoint.startswith(prefix) for prefix in self.also)


@dataclass(frozen=True)
class TabGroup:
    """Entries of one kind of work, under one word."""

    label: Label
    tabs: tuple[Tab, ...]

    @property
    def current(self) -> bool:
        return any(tab.current for tab in self.tabs)

    @property
    def entry_with_count(self) -> Tab | None:
        """Return the entry of the group that has a count, if one has."""
        return next((tab for tab in self.tabs if tab.kind), None)


@dataclass(frozen=True)
class LawPage:
    """A page that the law wants linked from every other one, at the portal; its path and name."""

    path: str
    label: Label


LAW_PAGES = (
    LawPage("/accessibilite", _l("Accessibilité : non conforme")),
    LawPage("/mentions-legales", _l("Mentions légales")),
    LawPage("/donnees-personnelles", _l("Données personnelles")),
)


@dataclass(frozen=True)
class Shell:
    """The frame around every page of one endpoint."""

    principal: str
    register: Register
    secret_key: str
    layout: str
    """The template that pages extend: "theme/portal.html" or "theme/desk.html"."""
    who: Callable[[], str | None]
    """Full name of the person who is signed in; None before."""
    home: str
    """Endpoint of the first page."""
    sign_in: str = ""
    """Endpoint of the page on which one signs in, where the header leads there."""
    sign_out: str = ""
    """Endpoint that ends the session (POST)."""
    account: str = ""
    """Endpoint behind the person's name, where there is such a page."""
    help: str = ""
    """Endpoint of the help page, where there is one."""
    rights: str = ""
    """Endpoint of what a person may ask of its data, for who is signed in, where there is one."""
    messages: str = ""
    """Endpoint of conversations, where they have a place in the header."""
    unread_messages: Callable[[], int] = int
    """Number of unread messages."""
    prices: str = ""
    """Endpoint of the prices that are open to everybody, where there are some."""
    manifest: str = ""
    """Endpoint of what a telephone shows of these pages among its applications; "" for none."""
    news: str = ""
    """Endpoint of what is new, where there is such a page."""
    unread: Callable[[], int] = int
    """Number of unread news."""
    antivirus: str = ""
    """Socket or address of the town's antivirus, which sees each sent file; "" without one."""
    live: str = ""
    """Address of the stream of changes, without its path; "" where pages do without."""
    position: Callable[[], str] = str
    """Position of this page, from which its stream continues; "" before signing in."""
    elsewhere: str = ""
    """Endpoint from which an agent goes on to another desk, where there is one."""
    banner: str = ""
    """Template under the header of every page, where there is something to say."""
    portal: str = ""
    """Address of the families' portal, "" in the portal itself: there are the law's pages."""
    law_pages: tuple[LawPage, ...] = ()
    tabs: tuple[Tab, ...] = ()
    groups: tuple[TabGroup, ...] = ()
    """The entries by kind of work, where there are too many for one row."""
    provider: str | None = None
    """Code of the provider whose desk this is."""

    def registered_provider(self) -> Provider | None:
        """Return the provider whose desk this is, as the register has it now; None elsewhere."""
        return self.register.provider(self.provider) if self.provider else None

    def office(self) -> Office | None:
        """Return whose desk this is: a provider, or the town's front desk."""
        return self.register.office_of(self.principal)


class BoundedRequest(Request):
    """A request whose form cannot grow without limit; files come where a view takes them."""

    max_form_memory_size = LARGEST_FORM
    max_form_parts = MOST_FIELDS

    def _get_file_stream(self, *_args: object, **_options: object) -> BytesIO:
        """Keep what was sent in memory: a paper lies in no temporary file."""
        return BytesIO()


class Site(Flask):
    """A Flask application that never writes to its log what a family typed."""

    request_class = BoundedRequest

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Do all that one click causes under an id of its own."""
        with traced():
            return super().wsgi_app(environ, start_response)

    def log_exception(self, exc_info: Any) -> None:
        """Log what failed and where, without the exception's text, which may hold personal data."""
        log_error("web_failure", exc_info[1], endpoint=request.endpoint, reference=g.reference)


def configure_app(app: Flask, shell: Shell) -> None:
    """Give an application the theme, its filters and its defences; once, when it is made."""
    if not shell.secret_key:
        raise ValueError("a web endpoint needs SECRET_KEY")
    configure_logs(shell.principal)
    app.secret_key = shell.secret_key
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.extensions["preau_shell"] = shell
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    theme = Blueprint(
        "theme",
        "shared.web",
        static_folder="static",
        template_folder="templates",
        static_url_path="/theme",
    )
    app.register_blueprint(theme)
    request_log.install(app, shell.principal)
    parts = (
        assets,
        town_look,
        cookies,
        languages,
        filters,
        flashes_kept_on_refresh,
        uploads,
        csrf,
        sign_in_limits,
        headers,
        errors,
    )
    for part in parts:
        part.install(app)
    app.context_processor(_template_context)


def shell_here() -> Shell:
    """Return the shell of the running application."""
    shell: Shell = current_app.extensions["preau_shell"]
    return shell


def _template_context() -> dict[str, object]:
    shell = shell_here()
    return {
        "shell": shell,
        "town": shell.register.now.town,
        "me": shell.who(),
        "page_made_at": now(),
    }
