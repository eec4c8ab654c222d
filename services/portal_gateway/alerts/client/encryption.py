"""
The body of a push message: Message Encryption for Web Push (RFC 8291) in aes128gcm (RFC 8188).

The browser's push service carries it and reads nothing. One record holds it: an alert is short.
"""

import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE = 4096
"""Push services refuse a body of more than 4,096 bytes."""
_LAST_RECORD = b"\x02"


class BadKeys(ValueError):
    """A browser gave keys that are none."""


def public_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a key as 65 bytes, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def read_browser_key(p256dh: bytes) -> ec.EllipticCurvePublicKey:
    """Return a browser's key; raises BadKeys for what is no point of the curve, uncompressed."""
    if len(p256dh) != 65:
        raise BadKeys
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError:
        raise BadKeys from None


def encrypt_for_browser(
    text: bytes,
    p256dh: bytes,
    auth: bytes,
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> bytes:
    """
    Return the body that this browser alone can read.

    `own` and `salt` are new each time; a test gives those of the standard's example.
    """
    own = own or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    browser_key = read_browser_key(p256dh)
    own_public = public_bytes(own.public_key())
    shared_secret = own.exchange(ec.ECDH(), browser_key)
    key_info = b"WebPush: info\0" + p256dh + own_public
    secret = _derive_key(shared_secret, salt=auth, info=key_info, length=32)
    key = _derive_key(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derive_key(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    header = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(own_public)]) + own_public
    return header + AESGCM(key).encrypt(nonce, text + _LAST_RECORD, None)


def _derive_key(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)
