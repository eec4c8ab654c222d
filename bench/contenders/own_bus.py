"""Our own client and entrypoint: register, `user_id`, token, right, contracts at both ends."""

from base64 import b64decode
from datetime import timedelta

from bench.contenders import PAYLOAD, expect_payload
from bench.contenders.own_service import Base, Echoed, EchoService, echo
from bench.ground import Ground
from deploy.applied_town import DEMO_TOWN, Applied
from deploy.engines.broker_topology import topology_of_register
from deploy.instance.secrets import SIGNING_FILE, SIGNING_KEY
from deploy.provisioning.apply import prepare_secrets
from deploy.register.compiler import compile_register, write_register
from deploy.register.town_file.town import read_town
from shared.bus.client import Client
from shared.bus.service_declarations import register_rows_of
from shared.contracts.errors import Refusal
from shared.database.engines import open_engine
from shared.person import issue_token
from shared.register import parse_register
from shared.runtime.ids import new_id
from shared.settings import Settings

DEADLINE_SECONDS = 30.0
"""A queue of a thousand requests is not a callee that fell silent."""

CLASS = f"{EchoService.__module__}:{EchoService.__name__}"


class OwnBus:
    """The demo town's register with the echo in the dossier's place, and its service running."""

    name = "ours"

    def __init__(self, ground: Ground) -> None:
        self._applied = Applied(ground.instance)
        self._prepare_broker(ground)
        self._create_tables()
        ground.start(
            self.name,
            "shared.bus.runner",
            CLASS,
            env=self._applied.environment_of_principal("dossier"),
        )

    def connect(self) -> "OwnAsker":
        return OwnAsker(
            Settings.from_env(self._applied.environment_of_principal("portal")), self._token()
        )

    def _prepare_broker(self, ground: Ground) -> None:
        answering, hearing = register_rows_of([EchoService])
        register = compile_register(read_town(DEMO_TOWN), [*answering, *hearing], {})
        passwords = prepare_secrets(self._applied, register)
        write_register(register, ground.instance.register_path)
        self._applied.broker_as_administrator().apply_topology(
            topology_of_register(parse_register(register)), passwords
        )

    def _create_tables(self) -> None:
        engine = open_engine(self._applied.environment_of_principal("dossier")["DATABASE_URL"])
        Base.metadata.create_all(engine)
        engine.dispose()

    def _token(self) -> str:
        key = b64decode(self._applied.secrets.read_values(SIGNING_FILE)[SIGNING_KEY]).decode()
        return issue_token(key, new_id(), "portal", "family", lifetime=timedelta(hours=1))


class OwnAsker:
    """A process of the portal, as one of gunicorn's: threads, and a reply slot of its own."""

    def __init__(self, settings: Settings, token: str) -> None:
        self._client = Client(settings)
        self._token = token

    def ask(self) -> None:
        request = Echoed(**PAYLOAD)
        answer = self._client.ask(echo, request, token=self._token, deadline=DEADLINE_SECONDS)
        expect_payload(vars(answer))

    def ask_many(self, count: int) -> None:
        request = Echoed(**PAYLOAD)
        calls = [self._client.prepare_call(echo, request, token=self._token) for _ in range(count)]
        for answer in self._client.ask_all(calls, DEADLINE_SECONDS):
            if isinstance(answer, Refusal):
                raise answer
            expect_payload(vars(answer))

    def close(self) -> None:
        self._client.close()
