"""Lists of school enrolments: requests to decide, waivers before and after the commission."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.children.rules.distinct_names import Named, listed_names
from services.enrolment.desk.page_parts.list_columns import FAMILY_NAME, name_column
from services.enrolment.desk.school_year.enrolments import labels
from services.enrolment.models import School, SchoolEnrolment, SchoolRequest, SchoolWaiver
from services.enrolment.school_year.enrolments.queries.enrolments import CertificateContent
from services.enrolment.school_year.enrolments.queries.requests import AddressAnswer
from services.enrolment.school_year.schools.queries.pupils import PupilCard
from shared.web.agents.lists.columns import DAY, NUMBER, Column, List
from shared.web.language.translated_labels import State


@dataclass(frozen=True)
class Asked:
    """A request to decide, with its child and what its addresses lead to."""

    row: SchoolRequest
    card: PupilCard
    answers: Sequence[AddressAnswer]


@dataclass(frozen=True)
class Enrolled:
    """A decided enrolment with what its certificate says."""

    row: SchoolEnrolment
    content: CertificateContent


@dataclass(frozen=True)
class WaiverLine:
    """A waiver with its child; `rank` is its place before the commission, None once decided."""

    row: SchoolWaiver
    card: PupilCard
    school: str
    motives: tuple[str, ...]
    rank: int | None


def requests_list(lines: Sequence[Asked], schools: Mapping[str, School]) -> List[Asked]:
    """Return the list of requests to decide, in order of arrival."""
    names = _listed_names_by_child([line.card for line in lines])

    def school_of_addresses(line: Asked) -> str:
        if len(line.answers) != 1:
            return _("deux adresses")
        return labels.answer_in_words(line.answers[0].answer, dict(schools))

    def note_of_age_and_level(line: Asked) -> str:
        shift = labels.levels_child_is_ahead(line.row, line.card)
        return labels.age_note(shift) if shift else ""

    columns: list[Column[Asked]] = [
        name_column(
            lambda line: names[line.card.child_id],
            lambda line: url_for("school_requests.show_one", request_id=line.row.id),
        ),
        Column("naissance", _l("Naissance"), lambda line: line.card.birth_date, DAY),
        Column("niveau", _l("Niveau"), lambda line: line.row.level, filtered=True),
        Column("annee", _l("Année"), lambda line: line.row.school_year, filtered=True),
        Column("demande", _l("Demandé le"), lambda line: line.row.submitted_at.date(), DAY),
        Column("age", _l("Âge"), note_of_age_and_level, filtered=True),
        Column("ecole", _l("École"), school_of_addresses, filtered=True),
    ]
    return List(_l("Inscriptions scolaires"), columns, index=FAMILY_NAME)


def certificates_list() -> List[Enrolled]:
    """Return the list of the enrolments of a school year."""
    columns: list[Column[Enrolled]] = [
        name_column(
            lambda line: (line.content["last_name"], line.content["first_name"]),
            lambda line: url_for("school_certificates.show_one", enrolment_id=line.row.id),
        ),
        Column("numero", _l("Numéro"), lambda line: line.row.number),
        Column("ecole", _l("École"), lambda line: line.content["school"], filtered=True),
        Column("niveau", _l("Niveau"), lambda line: line.row.level, filtered=True),
        Column("du", _l("À partir du"), lambda line: line.row.holds_from, DAY),
        Column(
            "etat",
            _l("État"),
            lambda line: str(_state_of_certificate(line)[2]),
            filtered=True,
            state=_state_of_certificate,
        ),
    ]
    return List(_l("Certificats d’inscription"), columns, index=FAMILY_NAME, keep=("annee",))


def waivers_list(lines: Sequence[WaiverLine]) -> List[WaiverLine]:
    """Return the list of waivers: in the order of the commission, then those that are decided."""
    names = _listed_names_by_child([line.card for line in lines])
    columns: list[Column[WaiverLine]] = [
        name_column(
            lambda line: names[line.card.child_id],
            lambda line: url_for("school_waivers.show_one", waiver_id=line.row.id),
        ),
        Column("rang", _l("Rang"), lambda line: line.rank, NUMBER),
        Column("points", _l("Points"), lambda line: line.row.points, NUMBER),
        Column("ecole", _l("École demandée"), lambda line: line.school, filtered=True),
        Column("motifs", _l("Motifs"), lambda line: line.motives, filtered=True),
        Column(
            "etat",
            _l("État"),
            lambda line: str(labels.WAIVER_STATES[line.row.state][2]),
            filtered=True,
            state=lambda line: labels.WAIVER_STATES[line.row.state],
        ),
    ]
    return List(_l("Dérogations"), columns, index=FAMILY_NAME, keep=("graine",))


def _state_of_certificate(line: Enrolled) -> State:
    if line.row.withdrawn_at:
        return "red", "remove", _("retiré")
    if line.row.admitted_on:
        return "green", "check", _("admis")
    return "blue", "waiting", _("pas encore admis")


def _listed_names_by_child(cards: Sequence[PupilCard]) -> dict[str, tuple[str, str]]:
    return listed_names(
        {Named(card.child_id, card.first_name, card.last_name, card.birth_date) for card in cards}
    )
