"""Secrets at rest and between services: AES-256-GCM under a key that is derived from `ENCRYPTION_KEY`.

A sealed text is `s1.KEYID.NONCE+CIPHERTEXT`. The first key seals, all of them open, so a key is rotated by putting the
new one first, sealing everything again, and taking the old one away. `purpose` is bound in: what was sealed for one use
does not open for another.
"""

import base64
import hashlib
import os
from pathlib import Path

from aistack.stack.data_paths import DataPaths
from aistack.stack.secrets import encryption_keys

VERSION = "s1"
NONCE_BYTES = 12
KEY_CHARACTERS_MIN = 32


class CannotOpen(Exception):
    """None of the keys opens this; the message says what to do."""


class Sealer:
    """`keys` are the present one first. Raises ValueError for one that is too short."""

    def __init__(self, keys: list[str]) -> None:
        if not keys or any(len(key) < KEY_CHARACTERS_MIN for key in keys):
            raise ValueError(f"an encryption key has at least {KEY_CHARACTERS_MIN} random characters")
        derived = [hashlib.scrypt(key.encode(), salt=b"aistack-sealing", n=2**12, r=8, p=1, dklen=32) for key in keys]
        self._keys = {hashlib.sha256(key).hexdigest()[:8]: key for key in derived}
        self._present = next(iter(self._keys))

    def seal(self, secret: bytes, purpose: str) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self._keys[self._present]).encrypt(nonce, secret, purpose.encode())
        return f"{VERSION}.{self._present}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, purpose: str) -> bytes:
        """Raises CannotOpen."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        version, _, rest = sealed.partition(".")
        name, _, body = rest.partition(".")
        if version != VERSION or name not in self._keys:
            raise CannotOpen("it was sealed with another key; put the key that was in force into ENCRYPTION_KEY")
        try:
            data = base64.urlsafe_b64decode(body)
            return AESGCM(self._keys[name]).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError):
            raise CannotOpen("it was changed, or sealed for another use") from None

    def is_present(self, sealed: str) -> bool:
        """Whether the key that seals now sealed it."""
        return sealed.startswith(f"{VERSION}.{self._present}.")


def sealer_of(encryption_key: str, data_dir: Path) -> Sealer:
    """The sealer of a stack's services: with the keys that are given, or the data folder's own. Raises StackError."""
    return Sealer(encryption_keys(encryption_key, DataPaths(data_dir)))
