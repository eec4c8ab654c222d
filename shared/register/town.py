"""The town itself, what it shows to everybody, and the communes that belong to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.register.retention import ACTIVITY_RETENTION


@dataclass(frozen=True, slots=True)
class Counter:
    """The place where families are received, with its hours."""

    address: str
    hours: str
    hours_en: str = ""


@dataclass(frozen=True, slots=True)
class TownNotice:
    """Notice of something out of order or unusual; `until` is its last day, None without one."""

    text: str
    text_en: str = ""
    until: date | None = None

    def is_shown_on(self, day: date) -> bool:
        return self.until is None or day <= self.until


@dataclass(frozen=True, slots=True)
class Legal:
    """Publisher of these pages, its director, and their host (LCEN, article 1-1)."""

    publisher: str
    address: str
    phone: str
    director: str
    host: str
    host_address: str
    host_phone: str


@dataclass(frozen=True, slots=True)
class Identity:
    """
    Look of the town: the tokens of its style sheet by day and by night, reckoned from one colour.

    `arms` is an SVG as text or a PNG in base64, "" without; both were made anew.
    """

    colour: str
    light: Mapping[str, str]
    dark: Mapping[str, str]
    arms_type: str = ""
    arms: str = ""


@dataclass(frozen=True, slots=True)
class OpenIdProvider:
    """
    Provider of identities by which families, or agents, may sign in; its secret is identity's.

    `factors` are values of `amr` or `acr` that stand for a second factor, `levels` those of `acr`
    that the town accepts, `email_domains` of whom an agent's address has to be.
    """

    kind: str
    issuer: str
    client_id: str
    label: str = ""
    algorithm: str = "RS256"
    factors: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    email_domains: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.label or OPENID_KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class ApiParticulier:
    """
    The State's API Particulier, where families may ask for their quotient; its token is billing's.

    `siret` is the town's own, for which it asks.
    """

    siret: str
    address: str = "https://particulier.api.gouv.fr"


FRANCECONNECT, PROCONNECT, OIDC = "franceconnect", "proconnect", "oidc"
OPENID_KINDS = {FRANCECONNECT: "FranceConnect", PROCONNECT: "ProConnect", OIDC: ""}
"""Kinds of providers, and the name of each; a town's own is called as the town file says."""


@dataclass(frozen=True, slots=True)
class Town:
    code: str
    name: str
    demo: bool
    help_phone: str
    help_hours: str
    school_year: str
    help_hours_en: str = ""
    """Hours as English pages say them; "" where the town file does not."""
    counter: Counter | None = None
    legal: Legal | None = None
    identity: Identity | None = None
    notices: tuple[TownNotice, ...] = ()
    families_openid: OpenIdProvider | None = None
    agents_openid: OpenIdProvider | None = None
    api_particulier: ApiParticulier | None = None
    activity_retention: str = ACTIVITY_RETENTION
    """How long what children do at providers is kept, after the end of its school year."""
    at_the_door: str = ""
    """What to do where somebody may not collect a child, in the town's words; "" for the usual."""

    def notices_on(self, day: date) -> tuple[TownNotice, ...]:
        return tuple(notice for notice in self.notices if notice.is_shown_on(day))


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune's membership: from a day on, up to the day on which it no longer belongs."""

    insee: str
    name: str
    member_from: date
    member_to: date | None = None
