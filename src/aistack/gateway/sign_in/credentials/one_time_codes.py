"""One-time codes of an authenticator app (TOTP, RFC 6238), and recovery codes for the day when the phone is gone."""

import hashlib
import hmac
import secrets
import time

from pyotp import random_base32
from pyotp.totp import TOTP

STEP_SECONDS = 30
DRIFT_STEPS = 1  # clocks may differ by this many steps
DIGITS = 6
RECOVERY_CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without letters and digits that look alike
RECOVERY_LETTERS = 16  # 79 bits


def new_totp_secret() -> str:
    """A new secret: 160 random bits in Base32."""
    return random_base32()


def provisioning_uri(secret: str, email: str, issuer: str) -> str:
    """The `otpauth:` address that an authenticator app reads from a QR code."""
    return TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=issuer)


def matching_step(secret: str, code: str, last_step: int, now: float | None = None) -> int | None:
    """The time step that a code belongs to; None when it is wrong, or not newer than the last one that was used."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdecimal():
        return None
    current = int((time.time() if now is None else now) // STEP_SECONDS)
    totp = TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits) and step > last_step:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Codes to print, each like `abcd-efgh-jkmn-pqrs`."""
    return [_grouped("".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LETTERS))) for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> bytes:
    """What is stored of a recovery code: its SHA-256, as nobody guesses 79 bits. Only letters and digits count."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(b"recovery code " + plain.encode("utf-8", "replace")).digest()


def is_recovery_code(text: str) -> bool:
    return sum(letter.isalnum() for letter in text) == RECOVERY_LETTERS


def _grouped(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
