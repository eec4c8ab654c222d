"""The contracts of the two tiny services on which the kit is tried."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated

from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import Id, Version, text


@dataclass(frozen=True)
class Text:
    text: Annotated[str, text(1000)]


@dataclass(frozen=True)
class AnyText:
    text: str


@dataclass(frozen=True)
class Name:
    name: Annotated[str, text(40)]


@dataclass(frozen=True)
class Total:
    total: Version


@dataclass(frozen=True)
class Seconds:
    seconds: float


@dataclass(frozen=True)
class Signs:
    """Length that an answer shall have."""

    signs: Version


@dataclass(frozen=True)
class NameAndSigns:
    name: Annotated[str, text(40)]
    signs: Version


@dataclass(frozen=True)
class Pair:
    first: Annotated[str, text(40)]
    second: Annotated[str, text(40)]


@dataclass(frozen=True)
class WhoamiAnswer:
    subject: Id
    caller: Annotated[str, text(60)]


@dataclass(frozen=True)
class Counted:
    name: Annotated[str, text(40)]
    total: Version


@dataclass(frozen=True)
class Addressed:
    text: Annotated[str, text(200)]


@dataclass(frozen=True)
class Step:
    """The next thing that is told of a child, numbered from 0."""

    child: Annotated[str, text(40)]
    number: Version


@dataclass(frozen=True)
class ShoutRequest:
    to: Annotated[str, text(60)]
    topic: Annotated[str, text(60)]
    text: Annotated[str, text(200)]
    times: Version


@dataclass(frozen=True)
class HeardAnswer:
    texts: list[str]


echo = Method("dossier", "echo", Text, Text)
secret = Method("dossier", "secret", Empty, Text)
slow = Method("dossier", "slow", Seconds, Empty)
dies = Method("dossier", "dies", Text, Empty)
breaks = Method("dossier", "breaks", Text, Empty)
count = Method("dossier", "count", Name, Total, writes=True)
count_unkept = Method("dossier", "count_unkept", Name, Total, once=True)
at_length = Method("dossier", "at_length", Signs, AnyText)
count_at_length = Method("dossier", "count_at_length", NameAndSigns, AnyText, writes=True)
hear_at_length = Method("dossier", "hear_at_length", AnyText, Empty)
swap = Method("dossier", "swap", Pair, Total, writes=True)
whoami = Method("dossier", "whoami", Empty, WhoamiAnswer)
counted = Event("dossier", "counted", Counted)
stepped = Event("dossier", "stepped", Step, ordered_by=attrgetter("child"))
addressed = Event("dossier", "addressed", Addressed, addressed=True)
shout = Method("dossier", "shout", ShoutRequest, Empty, writes=True)
total = Method("enrolment", "total", Name, Total)
heard = Method("enrolment", "heard", Empty, HeardAnswer)
