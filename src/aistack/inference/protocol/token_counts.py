"""How many tokens a StreamPredictResponse carries: its `tokens`, else one for a text, and the total at the end."""

from aistack.inference.protocol.wire_format import Malformed, fields

CHUNK, USAGE, REASONING, TOKENS = 2, 101, 103, 104
COMPLETION_TOKENS = 2
USAGE_TAG = b"\xaa\x06"  # field 101, bytes
TOKENS_TAG = b"\xc0\x06"  # field 104, a number
CHUNK_TAG = 0x12


def token_counts(message: bytes) -> tuple[int, int]:
    """The tokens of one response, and the completion's total where it says so (else 0).

    A message that is no StreamPredictResponse counts as one token.
    """
    if TOKENS_TAG not in message and USAGE_TAG not in message:
        return _texts(message), 0
    tokens = total = texts = 0
    try:
        for number, value in fields(message):
            if number in (CHUNK, REASONING) and value:
                texts = 1
            elif number == TOKENS and isinstance(value, int):
                tokens = value
            elif number == USAGE and isinstance(value, bytes):
                total = next((part for key, part in fields(value) if key == COMPLETION_TOKENS), 0)
    except Malformed:
        return 1, 0
    return tokens or texts, total if isinstance(total, int) else 0


def _texts(message: bytes) -> int:
    """1 when a message without counts has a text. Most begin with a short trace_id and the text after it."""
    at = 0
    if len(message) > 2 and message[0] == 0x0A and message[1] < 0x80:
        at = 2 + message[1]
    if at < len(message) and message[at] == CHUNK_TAG:
        return 1
    try:
        return int(any(number in (CHUNK, REASONING) and value for number, value in fields(message)))
    except Malformed:
        return 1
