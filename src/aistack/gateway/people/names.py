"""Names and e-mail addresses: what is accepted, and the form in which two of them are compared.

Two accounts whose addresses differ in case, in accents or in letters that look alike would be taken for one person, so
the second is refused. Marks that change the direction of text, and other invisible characters, are not accepted.
"""

import re
import unicodedata

from aistack.chassis.errors import InvalidInput
from aistack.gateway.people.look_alikes import TO_LATIN

NAME_CHARACTERS_MAX = 128
EMAIL_CHARACTERS_MAX = 254
KEY_CHARACTERS_MAX = 512
EMAIL = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}@[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*")
JOINERS = "\u200c\u200d"  # needed to write Persian, and in emoji
NOT_PRINTED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def checked_name(text: str, what: str = "name") -> str:
    """A name without surrounding spaces, in normal form C. Raises InvalidInput."""
    name = unicodedata.normalize("NFC", " ".join(_printed(text, what).split()))
    if not name.strip(JOINERS):
        raise InvalidInput(f"the {what} is empty")
    if len(name) > NAME_CHARACTERS_MAX:
        raise InvalidInput(f"the {what} is longer than {NAME_CHARACTERS_MAX} characters")
    return name


def checked_email(text: str) -> str:
    """An e-mail address as it is shown. Raises InvalidInput."""
    email = unicodedata.normalize("NFKC", _printed(text, "e-mail address").strip())
    if len(email) > EMAIL_CHARACTERS_MAX or not EMAIL.fullmatch(email) or any(mark in email for mark in JOINERS):
        shown = email if len(email) <= NAME_CHARACTERS_MAX else email[:NAME_CHARACTERS_MAX] + "..."
        raise InvalidInput(f"{shown!r} is not an e-mail address")
    return email


def name_key(name: str) -> str:
    """The form in which names are compared: without case, and with look-alike letters as one."""
    return _skeleton(unicodedata.normalize("NFKC", name))


def email_key(email: str) -> str:
    """The form in which e-mail addresses are compared: as names, and without accents."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", email))
    return _skeleton("".join(letter for letter in letters if not unicodedata.combining(letter)))


def _skeleton(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.casefold()).translate(TO_LATIN)
    return "".join(letter for letter in folded if letter not in JOINERS)[:KEY_CHARACTERS_MAX]


def _printed(text: str, what: str) -> str:
    if len(text) > 4 * EMAIL_CHARACTERS_MAX:
        raise InvalidInput(f"the {what} is too long")
    for letter in text:
        if unicodedata.category(letter) in NOT_PRINTED and letter not in JOINERS:
            raise InvalidInput(f"the {what} contains U+{ord(letter):04X}, a character that is not visible")
    return text
