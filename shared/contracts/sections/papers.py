"""
Section « Papiers »: papers that a family keeps once, and who learns of which (decision 0107).

The section says what is kept, until when it holds and what an agent found; the files themselves lie
beside it (services/dossier/papers). Each kind has two projections: the paper, and its date alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from marshmallow import fields

from shared.contracts.sections.fields import SectionContent, choice, list_length, text
from shared.contracts.sections.section import (
    N_,
    Content,
    Contents,
    Line,
    Projection,
    Retention,
    Said,
    Section,
)

CODE = "papers"
WAITING, ACCEPTED, REFUSED = "waiting", "accepted", "refused"
STATES = (WAITING, ACCEPTED, REFUSED)
EXPIRED = "expired"
"""The state of an accepted or waiting paper after its last day: never stored."""

MOST_KEPT = 24
"""Papers of one child, refused and expired ones included."""
ASKED_BEFORE = timedelta(days=30)
"""A family is asked for the next paper so long before the last day of the one that holds."""

REASONS = {
    "unreadable": N_("on ne peut pas le lire : photographiez-le de nouveau, à plat et en entier"),
    "wrong_paper": N_("ce n’est pas le papier demandé"),
    "wrong_child": N_("ce papier est d’une autre personne"),
    "wrong_date": N_("la date de fin n’est pas celle du papier"),
    "incomplete": N_("il manque une page, une date ou une signature"),
}
"""Why an agent refuses a paper; nothing is written freely about a family."""


@dataclass(frozen=True)
class Kind:
    """A kind of paper; `ends`: it has a last day. `sensitive` is article 9 GDPR."""

    code: str
    label: str
    needed_as: str
    held_as: str
    icon: str
    ends: bool = True
    sensitive: bool = False

    @property
    def date_only_projection(self) -> str:
        """The projection that carries the last day and no paper."""
        return f"{self.code}_date"


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            "insurance",
            N_("Attestation d’assurance"),
            N_("l’attestation d’assurance scolaire et extrascolaire"),
            "attestation d’assurance",
            "attach",
        ),
        Kind(
            "vaccinations",
            N_("Vaccinations"),
            N_("la page des vaccinations du carnet de santé"),
            "vaccinations",
            "health",
            ends=False,
            sensitive=True,
        ),
        Kind(
            "care_plan",
            N_("PAI signé"),
            N_("le PAI signé par le médecin"),
            "projet d’accueil individualisé signé",
            "health",
            sensitive=True,
        ),
    )
}


class KeptPaper(SectionContent):
    """One paper; `decided_by` is the office whose agent looked at it, "" while it waits."""

    id = text(36)
    kind = choice(*KINDS, required=True)
    valid_until = fields.Date(format="iso", allow_none=True, load_default=None)
    kept_on = fields.Date(format="iso", required=True)
    kept_by = text(36)
    state = choice(*STATES, required=True)
    reason = text(20, optional=True)
    decided_on = fields.Date(format="iso", allow_none=True, load_default=None)
    decided_by = text(40, optional=True)


class Papers(SectionContent):
    """The papers of a child, in the order in which they were kept."""

    papers = fields.List(fields.Nested(KeptPaper), required=True, validate=list_length(MOST_KEPT))


def state_of_paper_on(paper: Content, day: date) -> str:
    """Return what a paper is on a day: after its last day a paper that was not refused expired."""
    last = paper["valid_until"]
    over = last is not None and date.fromisoformat(last) < day
    return EXPIRED if over and paper["state"] != REFUSED else str(paper["state"])


def is_paper_usable(paper: Content, day: date) -> bool:
    """Say whether a paper is not refused, and not over: nobody is asked for it again."""
    return state_of_paper_on(paper, day) in (WAITING, ACCEPTED)


def paper_that_counts(papers: Iterable[Content], kind: str, day: date) -> Content | None:
    """
    Return the paper of a kind that a service goes by; None where there is none.

    The last one that an agent accepted and that still holds; while there is none, the last kept.
    """
    same = [paper for paper in papers if paper["kind"] == kind]
    accepted = [paper for paper in same if state_of_paper_on(paper, day) == ACCEPTED]
    return next(reversed(accepted or same), None)


def newest_paper(papers: Iterable[Content], kind: str) -> Content | None:
    """Return the paper of a kind that was kept last, whatever became of it."""
    return next(reversed([paper for paper in papers if paper["kind"] == kind]), None)


def kinds_with_usable_paper(papers: Iterable[Content], day: date) -> set[str]:
    """Return the kinds of which a paper is there that holds, accepted or about to be looked at."""
    return {paper["kind"] for paper in papers if is_paper_usable(paper, day)}


def next_expiry_of_papers(content: Content, day: date) -> date | None:
    """Return the first day after `day` on which a paper has expired; None where none will."""
    ends = (paper["valid_until"] for paper in content.get(CODE, ()) if paper["state"] != REFUSED)
    turns = (date.fromisoformat(last) + timedelta(days=1) for last in ends if last)
    return min((turn for turn in turns if turn > day), default=None)


def _make_paper_projection(kind: str) -> Projection:
    of = KINDS[kind]

    def compute_paper(contents: Contents, day: date) -> Content:
        paper = paper_that_counts(contents.get(CODE, {}).get(CODE, ()), kind, day)
        if paper is None:
            return {"paper": None}
        shown = ("id", "valid_until", "kept_on", "reason", "decided_on", "decided_by")
        return {
            "paper": {name: paper[name] for name in shown}
            | {"state": state_of_paper_on(paper, day)}
        }

    return Projection(
        code=kind,
        fed_by=(CODE,),
        compute=compute_paper,
        filled=lambda content: content["paper"] is not None,
        label=of.label,
        desk_label=of.label,
        icon=of.icon,
        held_as=f"{of.held_as}\u00a0: le papier, sa date de fin, sa vérification",
        carried={CODE: of.needed_as},
        sensitive=of.sensitive,
        show=_paper_lines,
    )


def _make_last_day_projection(kind: str) -> Projection:
    of = KINDS[kind]

    def compute_last_day(contents: Contents, day: date) -> Content:
        paper = paper_that_counts(contents.get(CODE, {}).get(CODE, ()), kind, day)
        if paper is None or paper["state"] != ACCEPTED:  # a date that nobody has read is none
            return {"checked": False, "valid_until": None}
        return {"checked": True, "valid_until": paper["valid_until"]}

    return Projection(
        code=of.date_only_projection,
        fed_by=(CODE,),
        compute=compute_last_day,
        filled=lambda content: bool(content["checked"]),
        label=_DATE_LABELS[kind],
        desk_label=_DATE_LABELS[kind],
        icon=of.icon,
        held_as=f"{of.held_as}\u00a0: la date de fin seule",
        carried={CODE: _DATE_CARRIED[kind]},
        sensitive=of.sensitive,
        show=_date_lines,
    )


_DATE_LABELS = {
    "insurance": N_("Attestation d’assurance, date seule"),
    "vaccinations": N_("Vaccinations, vérifiées ou non"),
    "care_plan": N_("PAI signé, date seule"),
}
_DATE_CARRIED = {
    "insurance": N_("la date de fin de l’attestation d’assurance, sans le papier"),
    "vaccinations": N_("que les vaccinations sont vérifiées, sans le papier"),
    "care_plan": N_("la date de fin du PAI signé, sans le papier"),
}
STATE_LABELS = {
    WAITING: N_("à vérifier"),
    ACCEPTED: N_("vérifié"),
    REFUSED: N_("refusé"),
    EXPIRED: N_("expiré"),
}


def _paper_lines(content: Content) -> list[Line]:
    paper = content["paper"]
    if paper is None:
        return []
    lines: list[Line] = [(Said(N_("État")), Said(STATE_LABELS[paper["state"]]))]
    if paper["valid_until"]:
        lines.append((Said(N_("Valable jusqu’au")), date.fromisoformat(paper["valid_until"])))
    return lines


def _date_lines(content: Content) -> list[Line]:
    if not content["checked"]:
        return []
    if content["valid_until"]:
        return [(Said(N_("Valable jusqu’au")), date.fromisoformat(content["valid_until"]))]
    return [(Said(N_("État")), Said(STATE_LABELS[ACCEPTED]))]


PAPERS = Section(
    code=CODE,
    content=Papers(),
    label=N_("Papiers"),
    icon="attach",
    sensitive=True,
    turns=next_expiry_of_papers,
    unless_listed=Retention(
        label_en="Papers",
        purpose="Garder les papiers que les activités demandent, fournis une seule fois",
        legal_basis="RGPD art. 6-1-e : mission d’intérêt public ; "
        "RGPD art. 9-2-g : intérêt public important",
        retention="1 month",
        reference_date="end_of_last_link",
    ),
)
PAPER_PROJECTIONS = tuple(_make_paper_projection(kind) for kind in KINDS)
DATE_PROJECTIONS = tuple(_make_last_day_projection(kind) for kind in KINDS)
