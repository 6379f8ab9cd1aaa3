"""The encoding of text: by its byte order mark, as declared, or guessed by chardetng, Firefox's detector."""

import codecs

from aistack.rag.parsing.formats.builder import ParseError

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
# What files that declare or resemble one encoding are really in (the WHATWG encoding standard).
SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949",
             "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "tis-620": "cp874"}  # fmt: skip
# Labels of the standard that Python does not know.
LABELS = {
    label: codec
    for codec, labels in {
        "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8", "iso8859-2": "iso88592",
        "iso8859-6": "csiso88596e csiso88596i iso-8859-6-e iso-8859-6-i", "iso8859-7": "sun_eu_greek",
        "iso8859-8": "csiso88598e csiso88598i iso-8859-8-e iso-8859-8-i visual logical", "iso8859-15": "csisolatin9",
        "koi8-r": "koi koi8", "koi8-u": "koi8-ru", "mac-roman": "csmacintosh mac x-mac-roman",
        "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian", "cp874": "dos-874 windows-874",
        "gbk": "csgb2312 gb_2312 gb_2312-80 x-gbk", "big5": "cn-big5 x-x-big5", "cp932": "windows-31j x-sjis",
        "euc-jp": "cseucpkdfmtjapanese x-euc-jp", "utf-16-be": "unicodefffe",
        "euc-kr": "cseuckr csksc56011987 iso-ir-149 ks_c_5601-1989 ksc_5601 windows-949",
        "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
    }.items()
    for label in labels.split()
} | {f"x-cp125{number}": f"cp125{number}" for number in range(9)}  # fmt: skip
GUESSED_BYTES = 1 << 20


def decode(content: bytes, declared: str = "", given: str = "") -> str:
    """Decodes text with normalized line ends. `declared`, by its server or itself, is used where it fits the bytes.

    `given` is what the person who uploaded the file says; only a byte order mark outweighs it. Raises ParseError if
    the content is binary, or `given` is not known or clearly wrong.
    """
    known = codec_of(given)
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _without_controls(content.decode(encoding, "replace"))
    if known:
        text = content.decode(known, "replace")
        if _is_wrong(text):
            raise ParseError(f"the content is not in the encoding {given}; give another, or none to have it found")
        return _without_controls(text)
    encoding = known_codec(declared)
    for candidate in (encoding, _utf16_without_mark(content), "utf-8"):
        if candidate:
            try:
                return _without_controls(content.decode(candidate))
            except UnicodeDecodeError as error:
                if candidate == "utf-8" and error.reason == "unexpected end of data" and error.start > 0:
                    return _without_controls(content[: error.start].decode("utf-8"))
    if encoding and not _is_wrong(text := content.decode(encoding, "replace")):
        return _without_controls(text)
    from chardetng_py import EncodingDetector  # pyright: ignore -- no stubs

    detector = EncodingDetector()
    detector.feed(content[:GUESSED_BYTES], last=True)
    encoding = known_codec(detector.guess(tld=None, allow_utf8=False)) or "cp1252"
    return _without_controls(content.decode(encoding, "replace"))


def codec_of(given: str) -> str:
    """The codec for the name of an encoding, or nothing without a name. Raises ParseError for unknown names."""
    found = known_codec(given)
    if given and not found:
        raise ParseError(f"the encoding {given[:40]!r} is not known; give one such as utf-8, gbk, big5 or windows-1252")
    return found


def known_codec(name: str) -> str:
    """The codec to use for a declared encoding, or nothing if there is none."""
    label = name.strip().strip("\"'").lower()
    try:
        found = codecs.lookup(LABELS.get(label, label)).name if label else ""
    except (LookupError, ValueError):
        return ""
    return SUPERSETS.get(found, found) if codecs.lookup(found or "utf-8")._is_text_encoding else ""


def _is_wrong(text: str) -> bool:
    """Whether so many bytes could not be decoded that they are in another encoding."""
    return text.count("\ufffd") * 50 > len(text)


def _utf16_without_mark(content: bytes) -> str:
    """`utf-16-le`, `utf-16-be` or nothing, by the positions of zero bytes."""
    head = content[:4096]
    if len(head) < 8 or len(content) % 2:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.3 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.3 and odd < half * 0.05 else ""


def _without_controls(text: str) -> str:
    """The text with normalized line endings. Raises ParseError if control characters show that it is binary."""
    controls = sum(text.count(character) for character in ("\0", "\x01", "\x02", "\x03", "\ufffd"))
    if controls * 50 > len(text):
        raise ParseError("the content is binary, not text")
    return text.replace("\0", " ").replace("\r\n", "\n").replace("\r", "\n")
