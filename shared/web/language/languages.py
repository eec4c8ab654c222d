"""
French first, through gettext: the source strings are French, catalogues hold the other languages.

Catalogues are read from their .po files at start, so that no compiled copy can go stale. A language
is in the footer's switch because the application has a catalogue of its own for it.
"""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, abort, current_app, redirect, request, session
from flask_babel import Babel, Domain, get_domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from shared.web.language.typography import whole_number, with_elisions, with_french_spaces

FRENCH = "fr"
GROUPED = 1_000
"""The least number whose digits stand in groups: « 1 058 enfants »."""
NAMES = {"fr": "Français", "en": "English"}
_THEME = Path(__file__).parents[1] / "translations"


class French(NullTranslations):
    """The source language: only its typography is added, and its plural, which begins at two."""

    def ugettext(self, message: str) -> str:
        return with_french_spaces(message)

    def ungettext(self, one: str, several: str, number: int) -> str:
        chosen = with_french_spaces(one if number < 2 else several)
        return chosen if number < GROUPED else chosen.replace("%(num)d", whole_number(number))

    def upgettext(self, context: str, message: str) -> str:
        return with_french_spaces(message)


class Catalogues(Domain):
    """An application's own .po files, each with the theme's sentences beneath."""

    def __init__(self, own: Path) -> None:
        super().__init__(domain="messages")
        self._own = own

    @property
    def translations_by_language(self) -> dict[str, NullTranslations]:
        return _load_catalogues(self._own)

    def gettext(self, string: str, **values: object) -> str:
        """Say a sentence in the language of this request; « de » and « que » before a vowel too."""
        said: str = self.get_translations().ugettext(string)
        return with_elisions_here(said, values) % values if values else said

    def ngettext(self, singular: str, plural: str, num: int, **values: object) -> str:
        """Say the sentence of a number in the language of this request."""
        values.setdefault("num", num)
        said: str = self.get_translations().ungettext(singular, plural, num)
        return with_elisions_here(said, values) % values

    def get_translations(self) -> NullTranslations:
        return self.translations_by_language.get(
            language_here(), self.translations_by_language[FRENCH]
        )


def install(app: Flask) -> None:
    """Let templates speak, and let people choose the language."""
    catalogues = Catalogues(Path(app.root_path) / "translations")
    app.extensions["preau_languages"] = catalogues
    babel = Babel()
    babel.init_app(
        app,
        default_locale=FRENCH,
        default_timezone="Europe/Paris",
        locale_selector=_chosen_language,
    )
    babel.domain_instance = catalogues
    app.jinja_env.globals.update(
        language_here=language_here,
        other_languages=_other_languages,
        french=lang_attribute_of_french,
        gettext=_gettext_in_templates,
        ngettext=_ngettext_in_templates,
    )
    app.add_url_rule("/langue/<language>", "language", _choose_language)


def with_elisions_here(sentence: str, values: Mapping[str, object]) -> str:
    """Elide « de » and « que » in a sentence with `%(values)s` where this request is in French."""
    return with_elisions(sentence, values) if language_here() == FRENCH else sentence


@pass_eval_context
def _gettext_in_templates(context: EvalContext, string: str, /, **values: object) -> str:
    """Say a sentence of a template, its values escaped; as Jinja does, `%%` stands for « % »."""
    said = with_elisions_here(get_domain().get_translations().ugettext(string), values)
    return (Markup(said) if context.autoescape else said) % values


@pass_eval_context
def _ngettext_in_templates(
    context: EvalContext, singular: str, plural: str, num: int, /, **values: object
) -> str:
    values.setdefault("num", num)
    said = get_domain().get_translations().ungettext(singular, plural, num)
    said = with_elisions_here(said, values)
    return (Markup(said) if context.autoescape else said) % values


def language_here() -> str:
    """Return the language of this request as in `<html lang>`."""
    return str(get_locale() or FRENCH)


def lang_attribute_of_french() -> Markup:
    """Mark an element as French on pages of another language: what providers and the town write."""
    return Markup("") if language_here() == FRENCH else Markup(f' lang="{FRENCH}"')


def words_in_french(text: str) -> str:
    """Return words of the town within a sentence, marked as French on pages of another language."""
    if language_here() == FRENCH:
        return text
    return Markup('<span lang="{}">{}</span>').format(FRENCH, with_french_spaces(text))


def text_of_town(row: object, name: str) -> str:
    """Return what the town file says: in the language of this request if it does, else French."""
    return getattr(row, f"{name}_{language_here()}", "") or with_french_spaces(getattr(row, name))


def _chosen_language() -> str:
    language = session.get("language", FRENCH)
    return language if language in _catalogues_here() else FRENCH


def _other_languages() -> list[tuple[str, str]]:
    return [(code, NAMES.get(code, code)) for code in _catalogues_here() if code != language_here()]


def _catalogues_here() -> dict[str, NullTranslations]:
    catalogues: Catalogues = current_app.extensions["preau_languages"]
    return catalogues.translations_by_language


def _choose_language(language: str) -> Response:
    if language not in _catalogues_here():
        abort(404)
    session["language"] = language
    return redirect(local_path_or_first_page(request.args.get("retour", "/")))  # type: ignore[return-value]


def local_path_or_first_page(path: str) -> str:
    """Return a path of this site; anything that could lead elsewhere becomes the first page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if plain and path.isprintable() else "/"


@cache
def _load_catalogues(own: Path) -> dict[str, NullTranslations]:
    translations: dict[str, NullTranslations] = {FRENCH: French()}
    for path in sorted(own.glob("*/LC_MESSAGES/messages.po")):
        language = path.parts[-3]
        translations[language] = _load_catalogue(path)
        beneath = _THEME / language / "LC_MESSAGES" / "messages.po"
        if beneath.exists():
            translations[language].add_fallback(_load_catalogue(beneath))
    return translations


def _load_catalogue(path: Path) -> Translations:
    with path.open("rb") as file:
        catalogue = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
