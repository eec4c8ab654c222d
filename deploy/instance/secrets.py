"""
Secrets of each principal: one file `secrets/<principal>.env` of KEY=value lines.

Files are 0600 in a directory of mode 0700, and are replaced whole, never edited in place.
"""

import base64
import fcntl
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes, token_hex

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.instance.instance import PRIVATE, Instance, replace_file, try_file_lock
from deploy.instance.kept_json import back_from_copy
from deploy.instance.user_error import UserError

RANDOM_BYTES = 32
SIGNING_KEY, VERIFY_KEY = "TOKEN_SIGNING_KEY", "TOKEN_VERIFY_KEY"
ENCRYPTION_KEY, NEXT_ENCRYPTION_KEY = "KEY_ENCRYPTION_KEY", "KEY_ENCRYPTION_KEY_NEXT"
SECRET_KEY = "SECRET_KEY"
VAPID_KEY = "VAPID_KEY"
"""The portal's: browsers subscribe under it, and another one reaches none of them."""
FORMER_VERIFY_KEYS, FORMER_SECRET_KEYS = "FORMER_VERIFY_KEYS", "FORMER_SECRET_KEYS"
"""Names of settings with former keys, each after the end of its use; shared.settings reads them."""
SIGNER, SIGNING_FILE = "identity", "identity_signer"
"""The signer, and the file of the key alone: where systemd runs the town, another user's."""

_PRINCIPAL = re.compile(r"[a-z0-9_]+")
_KEY = re.compile(r"[A-Z][A-Z0-9_]*")


class KeysBusy(UserError):
    """
    The keys under which things lie are being changed, or copied with what lies under them.
    """


class SecretsError(UserError):
    """
    A secrets file cannot be read or written as asked; the message never holds a value.
    """


class Secrets:
    """
    The secrets files of one instance.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def read_values(self, principal: str) -> dict[str, str]:
        """
        The values of a principal; empty if it has none yet.
        """
        path = self.instance.secrets_path(_checked_name(principal))
        try:
            found = read_secrets(path)
        except FileNotFoundError:
            return {}
        except (SecretsError, UnicodeDecodeError) as error:
            raise SecretsError(f"{path}: {error} {_back_from_copy(path)}") from None
        if not found:  # none is written without a value
            raise SecretsError(f"{path} is empty. {_back_from_copy(path)}")
        return found

    def require_kept_keys(self, principals: Iterable[str]) -> None:
        """
        Raise SecretsError where one that stores sections has lost the key under which they lie.

        Another one would open nothing of what is there, and what came later would lie under it.
        """
        for principal in principals:
            if not self.read_values(principal).get(ENCRYPTION_KEY):
                path = self.instance.secrets_path(principal)
                raise SecretsError(
                    f"{path} has lost {ENCRYPTION_KEY}, without which nobody reads what"
                    f" {principal} keeps, and it does not start. {_back_from_copy(path)}"
                )

    def principals_with_secrets(self) -> list[str]:
        """
        Return the names of principals with secrets.
        """
        return sorted(path.stem for path in self.instance.secrets_dir.glob("*.env"))

    @contextmanager
    def hold_keys_unchanged(self, *, change: bool = False) -> Iterator[None]:
        """
        Let nobody change the keys under which things lie meanwhile; with `change`, be who does.

        Raises KeysBusy where a change, or a copy, is under way.
        """
        self.instance.secrets_dir.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        with open(self.instance.secrets_dir / ".keys", "w", encoding="ascii") as lock:
            how = fcntl.LOCK_EX if change else fcntl.LOCK_SH
            if not try_file_lock(lock, how):
                raise KeysBusy("Keys are being changed, or the town is being copied: try again.")
            yield

    def ensure_values(self, principal: str, **wanted: str | Callable[[], str]) -> dict[str, str]:
        """
        Keep what the principal has and add what it lacks; return all its values.

        A wanted value is the text itself or, for a secret, the function that makes it:
        `ensure_values("billing", BROKER_PASSWORD=random_secret, TOWN="demo")`.
        """
        with self._locked_for_writing():
            values = self.read_values(principal)
            missing = {key: value for key, value in wanted.items() if key not in values}
            if missing:
                values |= {k: v if isinstance(v, str) else v() for k, v in missing.items()}
                self._replace_file(principal, values)
        return values

    def update_values(self, principal: str, **values: str) -> dict[str, str]:
        """
        Set these values, whatever they were; the others stay. For what follows from elsewhere,
        such as an address after a change of port.
        """
        with self._locked_for_writing():
            before = self.read_values(principal)
            after = before | values
            if after != before:
                self._replace_file(principal, after)
        return after

    def drop_value(self, principal: str, name: str) -> None:
        """
        Forget one value.
        """
        with self._locked_for_writing():
            values = self.read_values(principal)
            if values.pop(name, None) is not None:
                self._replace_file(principal, values)

    def rename_value(self, principal: str, name: str, to: str) -> None:
        """
        Let a value stand under another name, in place of what stood there.
        """
        with self._locked_for_writing():
            values = self.read_values(principal)
            values[to] = values.pop(name)
            self._replace_file(principal, values)

    def ensure_token_keys(self, principals: Iterable[str]) -> None:
        """
        Let identity sign person tokens, and everybody verify them.

        The verifying key is derived each time, so that no interruption leaves two halves apart.
        """
        held = self.ensure_values(SIGNING_FILE, **{SIGNING_KEY: new_token_signing_key})
        signer = self.read_values(SIGNER)
        known = {VERIFY_KEY: token_verify_key(held[SIGNING_KEY])}
        if FORMER_VERIFY_KEYS in signer:
            known[FORMER_VERIFY_KEYS] = signer[FORMER_VERIFY_KEYS]
        for principal in {SIGNER, *principals}:
            self.update_values(principal, **known)

    def ensure_encryption_keys(self, principals: Iterable[str]) -> None:
        """
        Give each principal that stores sections the key under which its subjects' keys lie.
        """
        for principal in principals:
            self.ensure_values(principal, **{ENCRYPTION_KEY: new_encryption_key})

    def _replace_file(self, principal: str, values: dict[str, str]) -> None:
        for key, value in values.items():
            if not _KEY.fullmatch(key) or "\n" in value or "\r" in value:
                raise SecretsError(f"{principal}: {key!r} does not make a line KEY=value.")
        lines = (f"{key}={value}\n" for key, value in sorted(values.items()))
        path = self.instance.secrets_path(_checked_name(principal))
        replace_file(path, "".join(lines), mode=0o600)

    @contextmanager
    def _locked_for_writing(self) -> Iterator[None]:
        """
        One writer at a time, or two commands would each invent a password.
        """
        directory = self.instance.secrets_dir
        directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        directory.chmod(PRIVATE)
        with open(directory / ".lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def read_secrets(path: Path) -> dict[str, str]:
    """
    The values of a file of KEY=value lines; raises OSError and SecretsError.
    """
    return dict(_parse_values(path.read_text("utf-8"), path.name))


def _back_from_copy(path: Path) -> str:
    return back_from_copy(f"{path.parent.name}/{path.name}")


def random_secret() -> str:
    """
    32 random bytes in hexadecimal: nothing to quote in an address, and no command line takes them
    for an option, as it would take what begins with a hyphen.
    """
    return token_hex(RANDOM_BYTES)


def new_encryption_key() -> str:
    """
    An AES-256 key, base64.
    """
    return base64.b64encode(token_bytes(RANDOM_BYTES)).decode("ascii")


def new_token_signing_key() -> str:
    """
    A new Ed25519 private key: its PEM, base64 on one line.
    """
    key = Ed25519PrivateKey.generate()
    return _pem_in_base64_line(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def new_push_key() -> str:
    """
    A new private key of the curve P-256, which push services ask for: its PEM, base64 on one line.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    return _pem_in_base64_line(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def token_verify_key(signing_key: str) -> str:
    """
    The public half of `new_token_signing_key()`, in the same form.
    """
    key = load_pem_private_key(base64.b64decode(signing_key), password=None)
    public = key.public_key()
    return _pem_in_base64_line(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _pem_in_base64_line(pem: bytes) -> str:
    return base64.b64encode(pem).decode("ascii")


def _checked_name(principal: str) -> str:
    """
    Return a principal that may be a file name: no dot, no slash; raises SecretsError.
    """
    if not _PRINCIPAL.fullmatch(principal):
        raise SecretsError(f"{principal!r} is not a principal: only a-z, 0-9 and _.")
    return principal


def _parse_values(text: str, file_name: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        key, separator, value = line.partition("=")
        if not separator or not _KEY.fullmatch(key):
            raise SecretsError(f"{file_name}, line {number}: not a line KEY=value.")
        yield key, value
