"""The stand-in's addresses: the SOAP service, its description, the payment page, the pilot."""

import json
import sys
import time
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from deploy.demo.payfip_stub import page, soap
from deploy.demo.payfip_stub.misbehaviour import Pilot, Trouble, call_notification_address
from deploy.demo.payfip_stub.operations import Operations, Refused
from deploy.demo.payfip_stub.wsdl import wsdl_of_stub

HOST = "127.0.0.1"
SERVICE, PAGE, PILOT = "/tpa/services/securite", "/tpa/paiementws.web", "/pilote"
XML, HTML, JSON = "text/xml; charset=utf-8", "text/html; charset=utf-8", "application/json"


class Stub:
    """One stand-in on a port of this machine (0: any that is free)."""

    def __init__(self, port: int = 0) -> None:
        operations = self.operations = Operations()
        handler = type("Here", (_Handler,), {"operations": operations, "pilot": Pilot(operations)})
        self._server = _Server((HOST, port), handler)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self.service, self.page, self.pilot = (self.url + path for path in (SERVICE, PAGE, PILOT))

    def serve(self) -> None:
        """Answer until `close`."""
        self._server.serve_forever(poll_interval=0.1)

    def close(self) -> None:
        """End, and give the port back."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *connection: Any) -> None:
        """Say nothing of who has hung up: a client that waits no longer is what tests are about."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*connection)


class _Handler(BaseHTTPRequestHandler):
    operations: ClassVar[Operations]
    pilot: ClassVar[Pilot]

    def do_GET(self) -> None:
        path, query = self._path, self._query
        if path == SERVICE:
            host = self.headers.get("Host", HOST)
            self._send_response(200, XML, wsdl_of_stub(f"http://{host}{SERVICE}"))
        elif path == PAGE:
            self._show_payment_page(query.get("idop", ""))
        elif path == PILOT:
            held = [
                {"idop": each.idop, "outcome": each.outcome, **each.asked}
                for each in self.operations.all_operations()
            ]
            self._send_response(200, JSON, json.dumps(held).encode())
        else:
            self._send_response(404, HTML, page.message_page("Page introuvable.").encode())

    def do_POST(self) -> None:
        if self._path == SERVICE:
            self._answer_soap(self._body)
        elif self._path == PAGE:
            self._end_payment_as_chosen(_first_values(parse_qs(self._body.decode())))
        elif self._path == PILOT:
            self.pilot.take_order(json.loads(self._body))
            self._send_response(200, JSON, b"{}")
        else:
            self._send_response(404, HTML, b"")

    def _answer_soap(self, body: bytes) -> None:
        try:
            operation, asked = soap.read_envelope(body)
        except soap.NoEnvelope:
            self._send_response(500, XML, soap.fault_envelope("X1", "TechProtocolaireErreur"))
            return
        trouble = self.pilot.next_trouble(operation)
        if trouble is not None and self._make_trouble(trouble, operation, asked):
            return
        try:
            self._send_response(
                200, XML, soap.answer_envelope(operation, self._answer_operation(operation, asked))
            )
        except Refused as refused:
            self._send_response(500, XML, soap.fault_envelope(refused.code))

    def _answer_operation(self, operation: str, asked: dict[str, str]) -> dict[str, str]:
        if operation == soap.CREATE:
            return {"idOp": self.operations.open_operation(asked)}
        if operation == soap.DETAIL:
            return self.operations.find_operation(asked.get("idOp", "")).answer_about_operation()
        numcli = asked.get("numCli", "")
        return {"libelleN1": "Banque de démonstration", "libelleN2": "Régie", "numcli": numcli}

    def _make_trouble(self, trouble: Trouble, operation: str, asked: dict[str, str]) -> bool:
        """Do what a test ordered; False where the true answer is still to be given."""
        time.sleep(trouble.wait)
        if trouble.lost:
            self._answer_operation(operation, asked)
            self.close_connection = True
        elif trouble.garbage:
            self._send_response(200, XML, b"<html>maintenance</html>")
        elif trouble.http:
            self._send_response(trouble.http, HTML, b"maintenance")
        elif trouble.breakdown:
            self._send_response(500, XML, soap.fault_envelope("T9", trouble.breakdown))
        elif trouble.fault:
            self._send_response(500, XML, soap.fault_envelope(trouble.fault))
        else:
            return False
        return True

    def _show_payment_page(self, idop: str) -> None:
        try:
            shown = page.payment_page(self.operations.find_operation(idop))
            self._send_response(200, HTML, shown.encode())
        except Refused:
            self._send_response(404, HTML, page.message_page("Ce paiement n’existe pas.").encode())

    def _end_payment_as_chosen(self, form: dict[str, str]) -> None:
        choice = form.get("choix", page.SAY_NOTHING)
        try:
            operation = self.operations.find_operation(form.get("idop", ""))
        except Refused:
            self._show_payment_page("")
            return
        if (
            choice == page.SAY_NOTHING
            or choice not in page.CHOICES
            or not operation.may_still_be_paid
        ):
            text = "Vous pouvez fermer cette page : personne n’a été prévenu."
            self._send_response(200, HTML, page.message_page(text).encode())
            return
        self.operations.end_operation(operation.idop, choice)
        call_notification_address(operation, 1)
        self.send_response(303)
        self.send_header("Location", operation.asked["urlredirect"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_response(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @property
    def _path(self) -> str:
        return urlsplit(self.path).path

    @property
    def _query(self) -> dict[str, str]:
        return _first_values(parse_qs(urlsplit(self.path).query))

    @cached_property
    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: what is asked holds addresses of people."""


def _first_values(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: each[0] for name, each in values.items()}
