"""French as it is printed: spaces, days, hours, deadlines, telephone numbers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, render_template_string
from flask_babel import gettext, ngettext
from markupsafe import Markup

from services.portal_gateway.pages.home.views import is_evening
from shared.web.language import languages, typography
from shared.web.language.languages import French


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Qui sait quoi ?", "Qui sait quoi\u202f?"),
        ("Aide : 8 h 30", "Aide\u00a0: 8\u00a0h\u00a030"),
        ("« Retrait »", "«\u00a0Retrait\u00a0»"),
        ("reçu n° 118", "reçu n°\u00a0118"),
        ("280 caractères", "280\u00a0caractères"),
        ("dans les 8 semaines, 5 Mo", "dans les 8\u00a0semaines, 5\u00a0Mo"),
        ("Nourriture, en €", "Nourriture, en\u00a0€"),
        ("pour 20 minutes", "pour 20\u00a0minutes"),
        ("12:30", "12:30"),
    ],
)
def test_french_spaces_do_not_break(typed: str, printed: str) -> None:
    assert typography.with_french_spaces(typed) == printed


def test_days_and_hours_are_said_as_one_says_them() -> None:
    today = date(2026, 11, 24)
    half_past_five = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)

    assert typography.day(today, "fr", today) == "mardi 24\u00a0novembre"
    assert typography.day(date(2027, 1, 1), "fr", today) == "vendredi 1er\u00a0janvier 2027"
    assert typography.long_date(date(2018, 5, 3), "fr") == "3\u00a0mai 2018"
    assert typography.hour(half_past_five) == "17\u00a0h\u00a030"
    assert typography.hour(datetime(2026, 7, 1, 6, tzinfo=UTC)) == "8\u00a0h"
    assert typography.moment(half_past_five, "fr", today) == "aujourd’hui à\u00a017\u00a0h\u00a030"
    yesterday = half_past_five - timedelta(days=1)
    assert typography.moment(yesterday, "fr", today) == "hier à\u00a017\u00a0h\u00a030"


def test_from_a_thousand_on_what_is_counted_stands_in_groups_of_digits() -> None:
    one, several = "%(num)d enfant", "%(num)d enfants"
    counted = {
        number: French().ungettext(one, several, number) % {"num": number}
        for number in (1, 999, 1_058)
    }

    assert [words.replace("\u00a0", " ") for words in counted.values()] == [
        "1 enfant",
        "999 enfants",
        "1\u202f058 enfants",
    ]


def test_deadlines_are_said_as_one_says_them() -> None:
    noon = datetime(2026, 11, 24, 11, tzinfo=UTC)

    def said(day: int, hour: int, language: str = "fr") -> str:
        return typography.deadline_words(datetime(2026, 11, day, hour, tzinfo=UTC), language, noon)

    assert said(24, 17) == "ce\u00a0soir 18\u00a0h"
    assert said(24, 13) == "aujourd’hui 14\u00a0h"
    assert said(25, 8) == "demain 9\u00a0h"
    assert said(26, 17) == "jeudi 26\u00a0novembre, 18\u00a0h"
    assert said(24, 17, "en") == "tonight 18:00"


def test_a_day_with_its_number_has_its_article_where_something_lasts_until_then() -> None:
    def until(moment: datetime, language: str = "fr") -> str:
        said = typography.deadline_words(moment, language, datetime(2026, 11, 30, 12, tzinfo=UTC))
        return typography.up_to(said, language).replace("\u00a0", " ")

    first = datetime(2026, 12, 1, 17, tzinfo=UTC)
    days = [until(first + timedelta(days=ahead)) for ahead in range(-1, 8)]

    assert days[:3] == [
        "jusqu’à ce soir 18 h",
        "jusqu’à demain soir 18 h",
        "jusqu’au mercredi 2 décembre, 18 h",
    ]
    assert all(each.startswith("jusqu’au ") for each in days[2:])
    assert until(datetime(2027, 1, 1, 8, tzinfo=UTC)) == "jusqu’au vendredi 1er janvier 2027, 9 h"
    assert until(first, "en") == "until tomorrow 18:00"
    assert typography.up_to("dim. 18 h", "fr") == "jusqu’à dim. 18 h"


def test_a_deadline_on_the_night_the_clock_changes_is_said_in_the_hour_of_that_day() -> None:
    saturday = datetime(2026, 10, 24, 12, tzinfo=UTC)
    sunday_at_six = datetime(2026, 10, 25, 17, tzinfo=UTC)

    assert typography.deadline_words(sunday_at_six, "fr", saturday) == "demain\u00a0soir 18\u00a0h"


def test_an_evening_read_on_the_night_the_clock_changes_is_still_that_day() -> None:
    before_midnight_in_paris = datetime(2026, 10, 24, 21, 59, tzinfo=UTC)

    said = typography.moment(before_midnight_in_paris, "fr", date(2026, 10, 24))

    assert said == "aujourd’hui à\u00a023\u00a0h\u00a059"


def test_figures_are_grouped_by_three() -> None:
    assert [typography.whole_number(each) for each in (52, 1217)] == ["52", "1\u202f217"]


def test_telephone_numbers_are_grouped_and_dialled() -> None:
    assert typography.phone_number("0237.00 1122") == "02\u00a037\u00a000\u00a011\u00a022"
    assert typography.phone_number("+44 20 7946 0000") == "+44\u00a020\u00a07946\u00a00000"
    assert typography.dialled_number("02 37 00 11 22") == "0237001122"


def test_bonsoir_begins_at_six_in_paris() -> None:
    assert not is_evening(datetime(2026, 11, 24, 16, 59, tzinfo=UTC))
    assert is_evening(datetime(2026, 11, 24, 17, 0, tzinfo=UTC))


def test_a_line_opens_with_a_capital_and_leaves_those_behind_it() -> None:
    assert typography.with_capital("lundi 23 novembre") == "Lundi 23 novembre"
    assert typography.with_capital("monday, Friday and Sunday") == "Monday, Friday and Sunday"
    assert typography.with_capital("") == ""


def test_a_line_goes_on_with_a_small_letter() -> None:
    assert typography.without_capital("Les factures, les prix") == "les factures, les prix"
    assert typography.without_capital("") == ""


def test_hours_say_from_when_to_when() -> None:
    starts = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)

    said = typography.hour_range(starts, starts + timedelta(minutes=110))

    assert said == "11\u00a0h\u00a030\u00a0– 13\u00a0h\u00a020"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Manon", "de Manon"),
        ("Inès", "d’Inès"),
        ("Élodie", "d’Élodie"),
        ("adam", "d’adam"),
        ("Yves", "d’Yves"),
        ("Yanis", "de Yanis"),
        ("Hélène", "d’Hélène"),
        ("Henri", "d’Henri"),
        ("Hugo", "de Hugo"),
        ("", "de "),
    ],
)
def test_whose_something_is_is_elided_before_a_vowel(name: str, said: str) -> None:
    assert typography.name_with_de(name) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Emma", "Le dossier d’Emma"),
        ("Manon", "Le dossier de Manon"),
        ("Louis & Inès", "Le dossier de Louis &amp; Inès"),
        (Markup("<b>Inès</b>"), "Le dossier d’<b>Inès</b>"),
    ],
    ids=["vowel", "consonant", "escaped", "marked"],
)
def test_a_page_in_french_elides_before_the_name_that_it_fills_in(name: str, said: str) -> None:
    page = "{{ _('Le dossier de %(name)s', name=name) }}"

    with _site().test_request_context():
        assert render_template_string(page, name=name) == said
        assert render_template_string("{{ _('Dès 20 %%') }}") == "Dès 20\u00a0%"


def test_a_sentence_with_a_number_is_elided_as_well_and_one_of_no_name_is_left_alone() -> None:
    one, several = "%(num)d repas de %(name)s", "%(num)d repas de %(name)s, dit-on"

    with _site().test_request_context():
        assert ngettext(one, several, 2, name="Adam") == "2 repas d’Adam, dit-on"
        assert gettext("plus de %(amount)s que %(who)s", amount="12", who="Inès") == (
            "plus de 12 qu’Inès"
        )


def _site() -> Flask:
    site = Flask(__name__)
    site.secret_key = "for this test alone"
    languages.install(site)
    return site
