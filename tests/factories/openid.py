"""An OpenID provider of this machine, with real keys: Authlib's, of another maker than ours."""

import hmac
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import AccessDeniedError, OAuth2Error
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207.parameter import IssuerParameter
from authlib.oidc.core import OpenIDCode, UserInfo, UserInfoEndpoint
from authlib.oidc.rpinitiated import EndSessionEndpoint
from flask import Flask, Response, jsonify, request, session
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from werkzeug.serving import make_server

from tests.factories.identity import OPENID_SECRET
from tests.factories.push import base64url

CODE_SECONDS = 30


@dataclass
class Citizen:
    """Somebody whom the provider knows, and how well, and what it says of them."""

    sub: str
    claims: dict[str, Any] = field(default_factory=dict)
    acr: str = "eidas1"
    amr: list[str] = field(default_factory=lambda: ["pwd"])

    @property
    def name(self) -> str:
        return f"{self.claims.get('given_name', '')} {self.claims.get('family_name', '')}".strip()


@dataclass
class Registered:
    """A town as the provider has registered it: where its people may come back to."""

    client_id: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str] = field(default_factory=list)
    id_token_signed_response_alg: str = "ES256"
    signs_userinfo: bool = True
    auth_method: str = "client_secret_post"

    @property
    def client_metadata(self) -> dict[str, Any]:
        signed = self.id_token_signed_response_alg if self.signs_userinfo else None
        return {
            "post_logout_redirect_uris": self.post_logout_redirect_uris,
            "userinfo_signed_response_alg": signed,
        }

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == OPENID_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.auth_method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Issued:
    """A code or a token, of whom, for whom, and until when."""

    client: Registered
    citizen: Citizen
    scope: str
    until: float
    redirect_uri: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> str:
        return self.citizen.acr

    def get_amr(self) -> list[str]:
        return self.citizen.amr

    def is_expired(self) -> bool:
        return time.time() > self.until

    def is_revoked(self) -> bool:
        return False

    def get_client(self) -> Registered:
        return self.client

    def get_user(self) -> Citizen:
        return self.citizen


@dataclass
class Lies:
    """Untruths of the provider, or of who stands in its way; none at first."""

    claims: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    alg: str = ""
    key: Any = None
    kid: str = ""
    userinfo: dict[str, Any] = field(default_factory=dict)
    unsigned_userinfo: bool = False
    answer: Response | None = None


class OpenIdProviderStub:
    """The provider: `comes` signs in at once; where it is None, its page asks who is there."""

    def __init__(self, port: int, path: str = "/api/v2") -> None:
        self.path, self.issuer = path, f"http://127.0.0.1:{port}{path}"
        self.people: list[Citizen] = []
        self.comes: Citizen | None = None
        self.denies = False
        self.lies = Lies()
        self.asked: list[str] = []
        self.clients: dict[str, Registered] = {}
        self.codes: dict[str, Issued] = {}
        self.tokens: dict[str, Issued] = {}
        self.renew_keys()
        self._server = make_server("127.0.0.1", port, _application(self), threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def renew_keys(self) -> None:
        """Sign with other keys from now on."""
        number = f"{time.monotonic_ns()}"
        self.ec_key = ECKey.generate_key("P-256", {"kid": f"ec-{number}", "use": "sig"})
        self.rsa_key = RSAKey.generate_key(2048, {"kid": f"rsa-{number}", "use": "sig"})
        self.keys = KeySet([self.ec_key, self.rsa_key])

    def registers(self, client_id: str, *pages: str, **more: Any) -> Registered:
        """Register a town whose people come back to these pages."""
        returns = [f"{page}/connexion/ailleurs/retour" for page in pages]
        ends = [f"{page}/connexion" for page in pages]
        self.clients[client_id] = Registered(client_id, returns, ends, **more)
        return self.clients[client_id]

    def visits(self, address: str) -> dict[str, str]:
        """Follow a browser to the provider; return what it comes back with."""
        answer = requests.get(address, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def key_of(self, client: Registered) -> Any:
        return self.ec_key if client.id_token_signed_response_alg == "ES256" else self.rsa_key

    def closes(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def provider(port: int) -> Iterator[OpenIdProviderStub]:
    """Give a provider, which ends with the test."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "true"  # on this machine alone
    stub = OpenIdProviderStub(port)
    try:
        yield stub
    finally:
        stub.closes()
        del os.environ["AUTHLIB_INSECURE_TRANSPORT"]


def _application(stub: OpenIdProviderStub) -> Flask:
    app = Flask("openid_provider")
    app.secret_key = "of the provider"
    app.config["SESSION_COOKIE_NAME"] = "provider"
    server = AuthorizationServer(
        app, stub.clients.get, lambda token, asked: _keep(stub, token, asked)
    )
    server.register_grant(_make_grant(stub), [CodeChallenge(), _make_token(stub)])
    server.register_extension(_make_issuer(stub))
    server.register_endpoint(_make_userinfo(stub))
    server.register_endpoint(_make_end(stub))

    @app.before_request
    def note() -> Response | None:
        stub.asked.append(request.path.removeprefix(stub.path))
        return stub.lies.answer

    @app.get(f"{stub.path}/.well-known/openid-configuration")
    def metadata() -> Response:
        return jsonify(
            issuer=stub.issuer,
            authorization_endpoint=f"{stub.issuer}/authorize",
            token_endpoint=f"{stub.issuer}/token",
            userinfo_endpoint=f"{stub.issuer}/userinfo",
            jwks_uri=f"{stub.issuer}/jwks",
            end_session_endpoint=f"{stub.issuer}/session/end",
            authorization_response_iss_parameter_supported=True,
        )

    @app.get(f"{stub.path}/jwks")
    def jwks() -> Response:
        return jsonify(stub.keys.as_dict(private=False))

    @app.route(f"{stub.path}/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        return _authorize(stub, server)

    @app.post(f"{stub.path}/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get(f"{stub.path}/userinfo")
    def userinfo() -> Any:
        return server.create_endpoint_response("userinfo")

    @app.get(f"{stub.path}/session/end")
    def end() -> Any:
        return server.create_endpoint_response("end_session") or "Vous êtes déconnecté."

    return app


def _authorize(stub: OpenIdProviderStub, server: AuthorizationServer) -> Any:
    """Ask who is there, unless that is known and nobody wants to be asked anew."""
    chosen = request.form.get("sub") or session.get("sub", "")
    if request.method == "GET" and request.args.get("prompt") == "login":
        chosen = ""
    citizen = stub.comes or next((each for each in stub.people if each.sub == chosen), None)
    try:
        grant = server.get_consent_grant(end_user=citizen)
    except OAuth2Error as error:
        return Response(error.error, status=400)
    if stub.denies:
        return server.handle_error_response(
            None, AccessDeniedError(redirect_uri=grant.redirect_uri, state=request.args["state"])
        )
    if citizen is None:
        buttons = "".join(
            f'<p><button name="sub" value="{escape(each.sub)}">{escape(each.name)}</button></p>'
            for each in stub.people
        )
        head = '<!doctype html><html lang="fr"><title>Fournisseur</title><h1>Qui êtes-vous ?</h1>'
        return f'{head}<form method="post">{buttons}</form>'
    session["sub"] = citizen.sub
    return server.create_authorization_response(grant=grant, grant_user=citizen)


def _keep(stub: OpenIdProviderStub, token: Mapping[str, Any], asked: Any) -> None:
    until = time.time() + 60
    stub.tokens[token["access_token"]] = Issued(asked.client, asked.user, token["scope"], until)


def _make_grant(stub: OpenIdProviderStub) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]  # noqa: RUF012

        def save_authorization_code(self, code: str, asked: Any) -> None:
            given = asked.payload
            stub.codes[code] = Issued(
                asked.client,
                asked.user,
                given.scope,
                time.time() + CODE_SECONDS,
                redirect_uri=given.redirect_uri,
                nonce=given.data.get("nonce", ""),
                code_challenge=given.data.get("code_challenge", ""),
                code_challenge_method=given.data.get("code_challenge_method", ""),
            )

        def query_authorization_code(self, code: str, client: Registered) -> Issued | None:
            issued = stub.codes.get(code)
            return (
                issued if issued and issued.client is client and not issued.is_expired() else None
            )

        def delete_authorization_code(self, issued: Issued) -> None:
            stub.codes = {code: each for code, each in stub.codes.items() if each is not issued}

        def authenticate_user(self, issued: Issued) -> Citizen:
            return issued.citizen

    return Grant


def _make_token(stub: OpenIdProviderStub) -> OpenIDCode:
    class Token(OpenIDCode):
        def exists_nonce(self, nonce: str, asked: Any) -> bool:
            return any(each.nonce == nonce for each in stub.codes.values())

        def resolve_client_private_key(self, client: Registered) -> Any:
            return stub.key_of(client)

        def get_encode_header(self, client: Registered) -> dict[str, str]:
            alg = client.id_token_signed_response_alg
            return {"alg": alg, "kid": stub.key_of(client).kid}

        def get_client_claims(self, client: Registered) -> dict[str, Any]:
            return {"iss": stub.issuer, "aud": client.client_id, "exp": int(time.time()) + 60}

        def generate_user_info(self, user: Citizen, scope: str) -> UserInfo:
            return UserInfo(sub=user.sub)

        def encode_id_token(self, token: dict[str, Any], asked: Any) -> str:
            honest = super().encode_id_token(token, asked)
            return _with_lies(stub, honest) if stub.lies != Lies() else honest

    return Token()


def _with_lies(stub: OpenIdProviderStub, honest: str) -> str:
    lies = stub.lies
    read = jwt.decode(honest, stub.keys, algorithms=["ES256", "RS256"])
    claims = {k: v for k, v in {**read.claims, **lies.claims}.items() if k not in lies.without}
    header = {**read.header, "alg": lies.alg or read.header["alg"]}
    header["kid"] = lies.kid or header["kid"]
    key = lies.key or stub.keys
    if isinstance(key, bytes):  # a public key as a shared one: no library signs so
        parts = [base64url(json.dumps(each).encode()) for each in (header, claims)]
        signed = hmac.new(key, ".".join(parts).encode(), sha256).digest()
        return ".".join([*parts, base64url(signed)])
    return jwt.encode(header, claims, None if lies.alg == "none" else key, [header["alg"]])


def _make_issuer(stub: OpenIdProviderStub) -> IssuerParameter:
    class Issuer(IssuerParameter):
        def get_issuer(self) -> str:
            return stub.issuer

    return Issuer()


def _make_userinfo(stub: OpenIdProviderStub) -> UserInfoEndpoint:
    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string: str) -> Issued | None:
            return stub.tokens.get(token_string)

    class Userinfo(UserInfoEndpoint):
        def get_issuer(self) -> str:
            return stub.issuer

        def generate_user_info(self, user: Citizen, scope: str) -> UserInfo:
            return UserInfo({"sub": user.sub, **user.claims, **stub.lies.userinfo})

        def resolve_private_key(self) -> Any:
            return stub.keys

        def __call__(self, asked: Any) -> Any:
            status, body, headers = super().__call__(asked)
            if stub.lies.unsigned_userinfo:
                return 200, {"sub": stub.comes and stub.comes.sub}, []
            return status, body, headers

    protector = ResourceProtector()
    protector.register_token_validator(Validator())
    return Userinfo(resource_protector=protector)


def _make_end(stub: OpenIdProviderStub) -> type[EndSessionEndpoint]:
    class End(EndSessionEndpoint):
        def get_server_jwks(self) -> Any:
            return stub.keys

        def end_session(self, asked: Any) -> None:
            session.clear()

    return End
