"""
Sentences for use outside the portal: service and day, never a child, a name or health. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.portal_gateway.alerts.rules.categories import (
    BILLS,
    ENROLMENT,
    MESSAGES,
    WEEK,
)
from shared.text import without_accents
from shared.web.language import typography
from shared.web.language.day_phrases import days_in_words

FRENCH, ENGLISH = "fr", "en"
LANGUAGES = (FRENCH, ENGLISH)
LONGEST_SMS = 160

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The signs of GSM 03.38; one other sign halves what an SMS holds, and doubles its price."""

_PLAIN = str.maketrans(
    {"’": "'", "«": '"', "»": '"', "\u00a0": " ", "\u202f": " ", "…": "...", "–": "-"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """Text that a device shows: a title, and one sentence."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Alert:
    """
    One alert: the same `key` is sent once; `words` by language, `path` leads to more.
    """

    key: str
    category: str
    words: Mapping[str, Words]
    path: str


_ORDINARY = {
    MESSAGES: ("/messages", "Un service vous a écrit.", "A service has written to you."),
    BILLS: (
        "/factures",
        "Du nouveau dans vos factures.",
        "There is something new in your bills.",
    ),
    ENROLMENT: (
        "/nouvelles",
        "Du nouveau pour une inscription.",
        "There is something new about an enrolment.",
    ),
    WEEK: (
        "/nouvelles",
        "Du nouveau pour votre semaine.",
        "There is something new for your week.",
    ),
}


def alert_of_news_in_category(category: str, key: str, town: str) -> Alert:
    """Return the alert of a category: that there is something new, and of which sort."""
    path, french, english = _ORDINARY[category]
    words = {FRENCH: Words(town, french), ENGLISH: Words(town, english)}
    return Alert(key, category, words, path)


def closure_alert_words(
    service: str, days: Sequence[date], lifted: bool, today: date
) -> Mapping[str, Words]:
    """Say that a service closed on some days, or that it is open after all."""
    french, english = (days_in_words(days, language, today) for language in LANGUAGES)
    if lifted:
        return {
            FRENCH: Words(service, f"L’annulation est levée : {french}."),
            ENGLISH: Words(service, f"Takes place after all: {english}."),
        }
    return {
        FRENCH: Words(service, f"Annulé : {french}."),
        ENGLISH: Words(service, f"Cancelled: {english}."),
    }


def reminder_alert_words(
    service: str, days: Sequence[date], until: datetime, today: date
) -> Mapping[str, Words]:
    """Say on which days nothing is booked at a service, and until when it may be."""
    french, english = (days_in_words(days, language, today) for language in LANGUAGES)
    before = {
        language: f"{typography.day(until, language, today)}, {typography.hour(until, language)}"
        for language in LANGUAGES
    }
    return {
        FRENCH: Words(
            service, f"Rien n’est réservé : {french}. À réserver avant {before[FRENCH]}."
        ),
        ENGLISH: Words(service, f"Nothing is booked: {english}. Book before {before[ENGLISH]}."),
    }


def due_bill_alert_words(service: str, due_on: date, today: date) -> Mapping[str, Words]:
    """Say until when a bill is to be paid to a service: neither how much nor for whom."""
    french, english = (typography.day(due_on, language, today) for language in LANGUAGES)
    return {
        FRENCH: Words(service, f"Une facture est à régler. Dernier jour : {french}."),
        ENGLISH: Words(service, f"A bill is to be paid. Last day: {english}."),
    }


def mobile_code_words(town: str, code: str) -> Mapping[str, Words]:
    """Say the code that proves a mobile, and to keep it to oneself."""
    return {
        FRENCH: Words(town, f"votre code est {code}, pendant 10 minutes. Ne le dites à personne."),
        ENGLISH: Words(town, f"your code is {code}, for 10 minutes. Tell it to nobody."),
    }


def sms_text(words: Words, address: str) -> str:
    """Return one SMS, in signs that every telephone has, with where to read more; 160 at most."""
    end = f" {address}" if address else ""
    text = gsm_text(f"{words.title} : {words.text}")
    return text[: LONGEST_SMS - len(end)].rstrip() + end


def gsm_text(text: str) -> str:
    """Return a text in the signs of GSM 03.38: « fermé », but « fete » for « fête »."""
    return "".join(_gsm_sign(sign) for sign in text.translate(_PLAIN))


def _gsm_sign(sign: str) -> str:
    if sign in _GSM:
        return sign
    plain = without_accents(sign)[:1]
    return plain if plain in _GSM else "?"
