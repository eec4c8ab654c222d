"""A stand-in for API Particulier on this machine, from what the State publishes of it."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.dates.clock import today

TOKEN, SIRET = "of.the.town", "21280085200017"
PATH = "/v3/dss/quotient_familial/identite"
PROOF = "PREUVE-4F7K"
CANARIES = ("Canari-Allocataire", "Canari-Enfant", "1 rue du Canari")
"""Details of the household, answered whatever was asked for, and to be left where they came."""


@dataclass
class Answer:
    """An answer instead of the truth, after a while; `body` is sent as it is."""

    status: int = 200
    body: bytes = b"{}"
    wait: float = 0.0
    media_type: str = "application/json"
    location: str = ""

    @staticmethod
    def error(status: int, code: str, **more: Any) -> "Answer":
        error = {"code": code, "title": "", "detail": "", "source": None, "meta": {}, **more}
        return Answer(status, json.dumps({"errors": [error]}).encode())

    @staticmethod
    def quotient(**changed: Any) -> "Answer":
        return Answer(body=json.dumps(whole_answer(**changed)).encode())


@dataclass
class State:
    """The service as tests see it: whom it knows, what it was asked, what it says instead."""

    address: str
    files: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """A quotient by birth name and birth date, as the fund writes them."""
    instead: deque[Answer] = field(default_factory=deque)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def knows(self, birth_name: str, born_on: date, **quotient: Any) -> None:
        self.files[birth_name.upper(), born_on.isoformat()] = quotient


def whole_answer(**changed: Any) -> dict[str, Any]:
    """Return all that the State publishes of an answer; `changed` is of the quotient itself."""
    day = today()
    quotient = {
        "fournisseur": "CNAF",
        "valeur": 742,
        "annee": day.year,
        "mois": day.month,
        "annee_calcul": day.year,
        "mois_calcul": day.month,
        **changed,
    }
    person = {"nom_naissance": CANARIES[0], "nom_usage": None, "prenoms": "ANNE", "sexe": "F"}
    child = {**person, "nom_naissance": CANARIES[1], "date_naissance": None}
    return {
        "data": {
            "quotient_familial": quotient,
            "allocataires": [{**person, "date_naissance": "1987-06-27"}],
            "enfants": [child],
            "adresse": {"numero_libelle_voie": CANARIES[2], "pays": "FRANCE"},
        },
        "links": {},
        "meta": {},
    }


@contextmanager
def api_particulier(port: int = 0) -> Iterator[State]:
    """Run the stand-in, and end it."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    server.daemon_threads = True
    state = State(f"http://127.0.0.1:{server.server_port}")
    server.state = state  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        state: State = self.server.state  # type: ignore[attr-defined]
        asked = parse_qs(urlsplit(self.path).query)
        state.asked.append(asked)
        state.headers.append(dict(self.headers))
        answer = state.instead.popleft() if state.instead else self._true_answer(state, asked)
        time.sleep(answer.wait)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        self.wfile.write(answer.body)

    def _true_answer(self, state: State, asked: Mapping[str, list[str]]) -> Answer:
        if urlsplit(self.path).path != PATH:
            return Answer(404, b"<h1>Not found</h1>", media_type="text/html")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Answer.error(401, "00101")
        if asked.get("recipient") != [SIRET]:
            return Answer.error(422, "00203", source={"parameter": "recipient"})
        if not _is_well_formed(asked):
            return Answer.error(422, "00366")
        day = "-".join(
            asked[f"{part}DateNaissance"][0].zfill(2) for part in ("annee", "mois", "jour")
        )
        known = state.files.get((asked["nomNaissance"][0].upper(), day))
        if known is None:
            return Answer.error(404, "35003")
        body = whole_answer(**known)
        if self.headers.get("X-Generate-Proof") == "proof-only":
            link = f"{state.address}/verification"
            body["meta"] = {"pdf_verification_link": link, "pdf_verification_code": PROOF}
        return Answer(body=json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing: what is asked is who somebody is."""


def _is_well_formed(asked: Mapping[str, list[str]]) -> bool:
    """Say whether parameters are as the State asks for them, the birthplace among them."""
    country = asked.get("codeCogInseePaysNaissance", [""])[0]
    place = ("nomCommuneNaissance", "codeCogInseeDepartementNaissance")
    in_place = all(name in asked for name in place) == (country == "99100")
    return (
        in_place
        and "nomNaissance" in asked
        and 1 <= len(asked.get("prenoms[]", [])) <= 3
        and asked.get("sexeEtatCivil") in (["F"], ["M"])
        and len(country) == 5
        and asked.get("nomUsage") != asked["nomNaissance"]
    )
