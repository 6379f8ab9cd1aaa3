"""Identifiers as words: `OrderDetails`, `order_details` and `orderDetails2` alike."""

import re

WORD = re.compile(r"[A-Za-z]+|\d+|[\u3040-\u30ff\u3400-\u9fff]+")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def parts_of(identifier: str) -> list[str]:
    """Its words in lower case; a run of Chinese is one."""
    return [word.lower() for word in WORD.findall(CAMEL.sub(" ", identifier))]
