"""Passwords: argon2id hashes (RFC 9106), made and checked in threads, a few at a time.

Length is what counts: no rule asks for digits or symbols (NIST SP 800-63B §3.1.1.2). A list of breached passwords can
be refused.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aistack.chassis.errors import InvalidInput, Unavailable
from aistack.gateway.sign_in.credentials.breached_passwords import BreachedPasswords

CHARACTERS_MIN, CHARACTERS_MAX = 12, 1024
DISTINCT_MIN = 4
MEMORY_KIB, PASSES, LANES = 12_288, 3, 1  # as OWASP recommends; little memory, as the gateway has little
CONCURRENT_MAX, WAITING_MAX = 2, 64
BUSY = "too many people sign in at this moment; try again in a few seconds"


class Passwords:
    """Hashes and checks passwords. `forbidden` are those that nobody may choose."""

    def __init__(self, forbidden: BreachedPasswords | None = None, concurrent_max: int = CONCURRENT_MAX) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._forbidden = forbidden
        self._threads = ThreadPoolExecutor(concurrent_max, "passwords")  # each thread keeps its memory
        self._waiting = 0

    async def check_new(self, password: str, *names: str) -> None:
        """Raises InvalidInput for a password that is too short, too simple, known to attackers or one of the names."""
        text = _normal(password)
        if not CHARACTERS_MIN <= len(text) <= CHARACTERS_MAX:
            raise InvalidInput(
                f"a password needs {CHARACTERS_MIN} to {CHARACTERS_MAX} characters; a few words make a good one",
                code="password-length",
            )
        folded = text.casefold()
        if len(set(text)) < DISTINCT_MIN or any(folded == name.casefold() for name in names if name):
            raise InvalidInput("this password is too easy to guess; choose another one", code="password-simple")
        if self._forbidden is not None and await asyncio.to_thread(self._forbidden.contains, text):
            raise InvalidInput(
                "this password is in a list of stolen passwords; choose another one", code="password-breached"
            )

    async def hash(self, password: str) -> str:
        """Raises Unavailable when too many hashes are being made already."""
        return await self._run(self._hash, _normal(password))

    async def verify(self, password: str, known: str | None) -> bool:
        """Whether this is the password of a hash. Takes as long without a hash, so that timing reveals no accounts.

        Raises Unavailable.
        """
        text = _normal(password)
        if len(text) > CHARACTERS_MAX:
            text, known = "", None
        return bool(await self._run(self._check, text, known or _nobody(self._hasher))) and known is not None

    def is_outdated(self, known: str) -> bool:
        """Whether a hash was made with other parameters, so that it should be made again."""
        return self._hasher.check_needs_rehash(known)

    async def _run(self, work: Callable[[str, str], str], text: str, known: str = "") -> str:
        if self._waiting >= WAITING_MAX:
            raise Unavailable(BUSY, headers={"retry-after": "2"})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, text, known)
        finally:
            self._waiting -= 1

    def _hash(self, text: str, _: str) -> str:
        return self._hasher.hash(text)

    def _check(self, text: str, known: str) -> str:
        """The known hash when it is of this text, otherwise an empty string."""
        try:
            self._hasher.verify(known, text)
        except (VerificationError, InvalidHashError):
            return ""
        return known


def _normal(password: str) -> str:
    """The same text for the same keys on all keyboards (RFC 8265 §4.2); lone surrogates become question marks."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


@lru_cache(maxsize=4)
def _nobody(hasher: PasswordHasher) -> str:
    """A hash that no password has, to check the passwords of unknown accounts against."""
    return hasher.hash("nobody has this password")
