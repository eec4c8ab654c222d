"""
A family's acts at its providers: asked at once, kept where nobody answers.

What a silent provider could not take is signed by identity and told through the outbox; it is done
once the provider is back, under the same request id, so that it cannot be done twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import select

from services.portal_gateway.cards.rules import plain
from services.portal_gateway.models import FamilyAct
from services.portal_gateway.models.seals import of_act
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session import current_visit as beside
from services.portal_gateway.session import provider_health as silence
from services.portal_gateway.store import seal, store
from shared.contracts import portal
from shared.contracts.enrolment import places
from shared.contracts.errors import Refusal
from shared.contracts.identity import sign_ins
from shared.contracts.message import Method
from shared.database import Write
from shared.dates.clock import now
from shared.person import digest_of
from shared.web.base.app import shell_here

SHORT_SECONDS = 2.0
"""How long a page waits for a provider before the act is kept."""


Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True)
class Wanted(Generic[Q, A]):
    """One act: `act_id` names the form it came from; `label` says it on later pages."""

    act_id: str
    method: Method[Q, A]
    provider: str
    request: Q
    label: str
    more: Mapping[str, Any] = field(default_factory=dict)
    """What later pages need to say it: ids, days, codes."""

    @property
    def principal(self) -> str:
        return shell_here().register.provider(self.provider).principal


@dataclass(frozen=True)
class OnItsWay:
    """The act is kept, and will be done when its provider is back."""

    act_id: str


Outcome = object
"""The provider's answer, its Refusal, or OnItsWay."""


def do(wanted: Wanted[Q, A]) -> A | Refusal | OnItsWay:
    """Do one act; the outcome is the provider's answer, its refusal, or that it is on its way."""
    [outcome] = do_all([wanted])
    return outcome


def do_all(wanted: Sequence[Wanted[Q, A]]) -> list[A | Refusal | OnItsWay]:
    """
    Do several acts in one parallel round, at several providers.

    An act that could neither be asked nor kept has NoAnswer or Unavailable as its outcome.
    """
    kept = _kept([each.act_id for each in wanted])
    asked = [each for each in wanted if each.act_id not in kept]
    calls = [
        (each.method, each.request, {"to": each.principal, "request_id": each.act_id})
        for each in asked
    ]
    answers = person.ask_all(*calls, deadline=SHORT_SECONDS) if calls else []
    silence.note(zip((each.provider for each in asked), answers, strict=True), now())
    outcomes: dict[str, A | Refusal | OnItsWay]
    outcomes = {each.act_id: OnItsWay(each.act_id) for each in wanted}
    outcomes |= {each.act_id: answer for each, answer in zip(asked, answers, strict=True)}
    silent = [each for each in asked if silence.is_silent(outcomes[each.act_id])]
    outcomes |= {act_id: OnItsWay(act_id) for act_id in _keep(silent)}
    for each in wanted:
        _say_at_counter(each, outcomes[each.act_id])
    return [outcomes[each.act_id] for each in wanted]


def _say_at_counter(wanted: Wanted[Any, Any], outcome: Outcome) -> None:
    """Let the summary of an accompanied session name what was asked, and what became of it."""
    if not isinstance(outcome, Refusal):
        state = "on_its_way" if isinstance(outcome, OnItsWay) else "done"
        beside.say(wanted.label, getattr(wanted.request, "child_id", ""), state)


def remember(wanted: Wanted[Any, places.ApplyAnswer], answer: places.ApplyAnswer) -> None:
    """Keep what was answered until the provider's card says it, for the page that shows the act."""
    with store.write() as write:
        _insert(write, wanted, answer=plain(asdict(answer)))


def _kept(act_ids: Sequence[str]) -> set[str]:
    with store.read() as read:
        rows = select(FamilyAct.act_id).where(
            FamilyAct.act_id.in_(act_ids), FamilyAct.subject == person.subject()
        )
        return set(read.scalars(rows))


def _keep(wanted: Sequence[Wanted[Any, Any]]) -> list[str]:
    """Sign and publish; return the ids of the acts that are kept now."""
    if not wanted:
        return []
    payloads = [each.method.dump_request(each.request) for each in wanted]
    digests = [
        digest_of(each.principal, each.method.name, each.act_id, payload)
        for each, payload in zip(wanted, payloads, strict=True)
    ]
    signatures = person.ask_all(*((sign_ins.sign_act, {"digest": each}) for each in digests))
    with store.write() as write:
        return [
            each.act_id
            for each, payload, signature in zip(wanted, payloads, signatures, strict=True)
            if isinstance(signature, sign_ins.SignActAnswer)
            and _tell(write, each, payload, signature.signed)
        ]


def _tell(write: Write, wanted: Wanted[Any, Any], payload: dict[str, Any], signed: str) -> bool:
    """Put the act into the outbox, once; the same form sent twice is one act."""
    if _insert(write, wanted):
        act = portal.FamilyAct(wanted.act_id, wanted.method.name, payload, signed)
        write.publish(portal.family_act, act, to=wanted.principal)
    return True


def _insert(write: Write, wanted: Wanted[Any, Any], **answered: Any) -> bool:
    content = {
        "method": wanted.method.name,
        "child_id": getattr(wanted.request, "child_id", ""),
        "application_id": getattr(wanted.request, "application_id", ""),
        "label": wanted.label,
        "more": dict(wanted.more),
        "at_counter": beside.here() is not None,
        **answered,
    }
    row = {
        "act_id": wanted.act_id,
        "subject": person.subject(),
        "provider": wanted.provider,
        "content": seal(of_act(wanted.act_id, "content"), content),
        "asked_at": now(),
    }
    kept = write.upsert(FamilyAct).values(**row).on_conflict_do_nothing()
    return bool(write.execute(kept.returning(FamilyAct.act_id)).first())
