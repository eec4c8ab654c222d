"""Names of the days of the week, 1 (Monday) to 7."""

from flask_babel import lazy_gettext as _l

from shared.web.language.translated_labels import Label

WEEKDAYS: dict[int, Label] = {
    1: _l("lundi"),
    2: _l("mardi"),
    3: _l("mercredi"),
    4: _l("jeudi"),
    5: _l("vendredi"),
    6: _l("samedi"),
    7: _l("dimanche"),
}
