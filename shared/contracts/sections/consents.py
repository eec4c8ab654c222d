"""
Section « Autorisations »: what guardians allow, each word with its day and the text it answers.

Every word is kept, of whoever answered for the child then. The state follows from the last word
of each guardian with authority today (decision 0107): one is enough for a usual act, and one
refusal ends it (art. 372-2 Code civil); a picture that is shown takes them all (art. 372-1).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

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
from shared.json_values import JsonMapping

CODE = "consents"
RULES = "rules"
GIVEN, REFUSED, ONE_MORE, UNSAID = "given", "refused", "one_more", "unsaid"
STATES = (GIVEN, REFUSED, ONE_MORE, UNSAID)
MOST_WORDS = 200
"""Words on one child that are kept; of more the oldest that a later one replaces goes."""


@dataclass(frozen=True)
class Act:
    """Something that guardians allow; `by_all`: it takes the word of each of them."""

    code: str
    label: str
    text: str
    version: str
    """Month of the text: a word says to which it was given, and a new text asks again."""
    by_all: bool = False


ACTS = {
    act.code: act
    for act in (
        Act(
            "image",
            N_("Photos et vidéos"),
            N_(
                "J’autorise la ville et ses services à photographier et filmer mon enfant "
                "pendant les activités, et à montrer ces images dans leurs locaux et leurs "
                "publications. Il faut l’accord de chaque parent."
            ),
            "2026-11",
            by_all=True,
        ),
        Act(
            "outing",
            N_("Sorties"),
            N_(
                "J’autorise mon enfant à sortir avec son groupe, à pied ou en transport, "
                "pendant les activités."
            ),
            "2026-11",
        ),
        Act(
            RULES,
            N_("Règlement intérieur"),
            N_("J’ai lu le règlement intérieur des services où va mon enfant, et je l’accepte."),
            "2026-11",
        ),
        Act(
            "alone",
            N_("Rentrer seul"),
            N_("J’autorise mon enfant à repartir seul à la fin d’une activité."),
            "2026-11",
        ),
    )
}


class Word(SectionContent):
    """Word of one guardian on one act, on a day."""

    act = choice(*ACTS, required=True)
    by = text(36)
    given = fields.Boolean(required=True)
    on = fields.Date(format="iso", required=True)
    version = text(20)


class Consents(SectionContent):
    """Every word, in the order in which they were said."""

    words = fields.List(fields.Nested(Word), required=True, validate=list_length(MOST_WORDS))


@dataclass(frozen=True)
class ConsentState:
    """The state of one act: `since` is the day of the word that made it so."""

    state: str
    since: str | None = None
    version: str = ""


def last_answers_that_count(
    words: Iterable[Content], act: str, guardians: Collection[str]
) -> list[Content]:
    """
    Return the last word of each of these guardians on an act, where it still counts.

    One that does not is asked for again: a no that it took back stays taken back.
    """
    latest = {word["by"]: word for word in words if word["act"] == act and word["by"] in guardians}
    return [word for word in latest.values() if _is_consent_current(word, act)]


def _is_consent_current(word: Content, act: str) -> bool:
    """Say whether a word counts: a yes to an older text does not, a no does."""
    return not word["given"] or word["version"] == ACTS[act].version


def consent_state(words: Iterable[Content], act: str, guardians: Collection[str]) -> ConsentState:
    """Return the state of an act by the last words of those who answer for the child."""
    last = last_answers_that_count(words, act, guardians)
    if not last:
        return ConsentState(UNSAID)
    refused = [word for word in last if not word["given"]]
    newest = max(refused or last, key=lambda word: word["on"])
    if refused:
        return ConsentState(REFUSED, newest["on"], newest["version"])
    if ACTS[act].by_all and len(last) < len(set(guardians)):
        return ConsentState(ONE_MORE, newest["on"], newest["version"])
    return ConsentState(GIVEN, newest["on"], newest["version"])


def with_consent_added(content: Content, word: Content) -> Content:
    """Return the content with one word more."""
    words = [*content.get("words", ()), word]
    if len(words) > MOST_WORDS:
        words = _without_oldest_replaced_words(words)
    return {"words": words}


def _without_oldest_replaced_words(words: list[Content]) -> list[Content]:
    seen: set[tuple[str, str]] = set()
    replaced: list[int] = []
    for place in range(len(words) - 1, -1, -1):
        said = words[place]["act"], words[place]["by"]
        if said in seen:
            replaced.append(place)
        seen.add(said)
    return [word for place, word in enumerate(words) if place != min(replaced, default=0)]


def _project_consents(contents: Contents, _day: date) -> Content:
    """Return the state of each act: no name, and not which guardian said what."""
    words = contents.get(CODE, {}).get("words", ())
    guardians = {row["subject"] for row in contents.get("family", {}).get("guardians", ())}
    states = {act: consent_state(words, act, guardians) for act in ACTS}
    return {
        "acts": [
            {"act": act, "state": one.state, "since": one.since, "version": one.version}
            for act, one in states.items()
            if one.state != UNSAID
        ]
    }


def consent_state_in(content: JsonMapping, act: str) -> str:
    """Return the state of an act in a projected content, where what nobody answered is missing."""
    return next((row["state"] for row in content["acts"] if row["act"] == act), UNSAID)


STATE_LABELS = {
    GIVEN: N_("oui, depuis le %(day)s"),
    REFUSED: N_("non, depuis le %(day)s"),
    ONE_MORE: N_("non : il manque l’accord d’un parent"),
    UNSAID: N_("non : personne n’a répondu"),
}


def lines_of_consents(content: JsonMapping) -> list[Line]:
    """Return a line for each act: what nobody has answered is not allowed."""
    said = {row["act"]: row for row in content["acts"]}
    return [(Said(act.label), _consent_label(said.get(act.code))) for act in ACTS.values()]


def _consent_label(row: Content | None) -> Said:
    if row is None:
        return Said(STATE_LABELS[UNSAID])
    return Said(STATE_LABELS[row["state"]], {"day": date.fromisoformat(row["since"])})


CONSENTS = Section(
    code=CODE,
    content=Consents(),
    label=N_("Autorisations"),
    icon="check",
    unless_listed=Retention(
        label_en="Consents",
        purpose="Savoir ce que les parents autorisent, et depuis quand",
        legal_basis="RGPD art. 6-1-e : mission d’intérêt public",
        retention="1 year",
        reference_date="end_of_last_link",
    ),
)

CONSENTS_PROJECTION = Projection(
    code=CODE,
    fed_by=(CODE,),
    compute=_project_consents,
    filled=lambda content: bool(content["acts"]),
    label=N_("Autorisations des parents"),
    desk_label=N_("Autorisations"),
    icon="check",
    held_as="autorisations (images, sorties, règlement, rentrer seul) et leur date",
    carried={CODE: N_("ce que vous autorisez, et depuis quand")},
    by_guardians=True,
    show=lines_of_consents,
)
