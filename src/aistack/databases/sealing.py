"""Secrets at rest and between services: AES-256-GCM under a key that is derived from `ENCRYPTION_KEY`.

A sealed text is `s1.KEYID.NONCE+CIPHERTEXT`. The first key seals and all keys open, so a key is rotated by putting the
new one first, sealing everything again, and removing the old one. `purpose` is authenticated data (AAD): what was
sealed for one purpose does not open for another.
"""

import base64
import hashlib
import hmac
import os
from pathlib import Path

from aistack.stack.data_paths import DataPaths
from aistack.stack.secrets import encryption_keys

VERSION = "s1"
NONCE_BYTES = 12
KEY_CHARACTERS_MIN = 32


class CannotOpen(Exception):
    """None of the keys opens a sealed text; the message says what to do."""


class Sealer:
    """`keys`: the current one first. Raises ValueError for a key that is too short."""

    def __init__(self, keys: list[str]) -> None:
        if not keys or any(len(key) < KEY_CHARACTERS_MIN for key in keys):
            raise ValueError(f"an encryption key needs at least {KEY_CHARACTERS_MIN} random characters")
        derived = [hashlib.scrypt(key.encode(), salt=b"aistack-sealing", n=2**12, r=8, p=1, dklen=32) for key in keys]
        self._keys = {hashlib.sha256(key).hexdigest()[:8]: key for key in derived}
        self._current = next(iter(self._keys))

    def seal(self, secret: bytes, purpose: str) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, secret, purpose.encode())
        return f"{VERSION}.{self._current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> bytes:
        """Raises CannotOpen."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        version, _, rest = sealed.partition(".")
        name, _, body = rest.partition(".")
        if version != VERSION or name not in self._keys:
            raise CannotOpen("it was encrypted with another key; add that key to ENCRYPTION_KEY")
        try:
            data = base64.urlsafe_b64decode(body)
            return AESGCM(self._keys[name]).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError):
            raise CannotOpen("it was modified, or encrypted for another purpose") from None

    def derived(self, purpose: str) -> bytes:
        """A key for another purpose, 32 bytes: the same until the current key is replaced."""
        return hmac.new(self._keys[self._current], purpose.encode(), hashlib.sha256).digest()

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed with the current key."""
        return sealed.startswith(f"{VERSION}.{self._current}.")


def sealer_of(encryption_key: str, data_dir: Path) -> Sealer:
    """A sealer with the configured keys, or with the one in the data folder. Raises StackError."""
    return Sealer(encryption_keys(encryption_key, DataPaths(data_dir)))
