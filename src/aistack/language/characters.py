"""Folds characters that readers take for the same: width, accents, traditional and simplified Chinese, Arabic forms.

It follows Lucene's ICUFoldingFilter, ASCIIFoldingFilter and ArabicNormalizer. The table of Chinese characters is
OpenCC's. Characters that are not visible (soft hyphens, zero-width and direction marks) are removed.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
SOUTHEAST_ASIAN = "\u0e00-\u0edf\u1000-\u109f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer: written without spaces
CJK = HAN + KANA + HANGUL
MARKS = (  # combining characters, which \\w does not match
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
    "\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a51\u0a81-\u0acd\u0b01-\u0b57\u0b82-\u0bcd\u0c00-\u0c56\u0c81-\u0cd6"
    "\u0d00-\u0d57\u0dca-\u0ddf"
)
INVISIBLE = "\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\u0640"
HYPHENS = "\u2010\u2011\u2012\u2212\ufe58\ufe63\uff0d"
APOSTROPHES = "\u2018\u2019\u02bc\u02b9\uff07"
DIGIT_ZEROS = (0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0x1040)
ARABIC = str.maketrans("أإآٱىیکۀۂة٫٬", "ااااييكههه.,")
LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŋ": "n",
     "ŧ": "t", "ĸ": "k", "ſ": "s", "ё": "е"}
)  # fmt: skip

_SOFT_HYPHEN_AT_LINE_END = re.compile(r"\u00ad[ \t]*\r?\n[ \t]*")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_SYMBOLS = re.compile("[®™©℠]")  # before NFKC, which writes ™ as TM
_THOUSANDS_SPACE = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_HAN = re.compile(f"[{HAN}]")
_INDIC = re.compile("[\u0900-\u0dff]")


def normalized(text: str) -> str:
    """The text with one form for each character, as terms are made from it. Case is kept; lengths may change."""
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", _SOFT_HYPHEN_AT_LINE_END.sub("", text))
    text = unicodedata.normalize("NFKC", _SYMBOLS.sub(" ", _THOUSANDS_SPACE.sub("", text)))
    return text.translate(_table()) if not text.isascii() else text


def simplified(text: str) -> str:
    """The text with simplified for traditional Chinese characters."""
    return text.translate(_simplified()) if _HAN.search(text) else text


def folded(word: str) -> str:
    """A word in lower case without accents and vowel marks; scripts in which marks are letters keep them."""
    word = word.lower()
    if word.isascii() or _INDIC.search(word):
        return word
    word = word.translate(LATIN)
    kept = (
        one if "\u0400" <= one <= "\u052f" else _without_marks(one) for one in unicodedata.normalize("NFC", word)
    )  # й is a letter of its own
    return "".join(kept)


def _without_marks(character: str) -> str:
    decomposed = unicodedata.normalize("NFD", character)
    return "".join(one for one in decomposed if not unicodedata.combining(one))


@cache
def _simplified() -> dict[int, str]:
    lines = files("aistack.language").joinpath("simplified.txt").read_text("utf-8").splitlines()
    pairs = "".join(line for line in lines if not line.startswith("#"))
    return {ord(pairs[at]): pairs[at + 1] for at in range(0, len(pairs), 2)}


@cache
def _table() -> dict[int, str]:
    digits = {zero + digit: str(digit) for zero in DIGIT_ZEROS for digit in range(10)}
    signs = dict.fromkeys(map(ord, HYPHENS), "-") | dict.fromkeys(map(ord, APOSTROPHES), "'")
    return _simplified() | {code: chr(other) for code, other in ARABIC.items()} | digits | signs
