"""The published keys of a JWT issuer (RFC 7517): fetched at start, every few minutes, and when one is missed."""

import time
from collections.abc import Callable

import httpx

from aistack.chassis.logs import get_log

LOOK_SECONDS = 5.0
FETCH_SECONDS = 300.0
RETRY_SECONDS = 15.0
ANSWER_SECONDS_MAX = 5.0
DOCUMENT_BYTES_MAX = 1024 * 1024


class IssuerKeys:
    """Hands the issuer's JWKS over whenever it was fetched. While the issuer is away, the keys known go on."""

    def __init__(self, url: str, publish: Callable[[bytes], None], is_missing: Callable[[], bool]) -> None:
        self._url = url
        self._publish = publish
        self._is_missing = is_missing
        self._next = 0.0

    async def refresh(self) -> None:
        """Fetches when it is time, or when a token named a key that is not known. Called every few seconds."""
        now = time.monotonic()
        if now < self._next and not (self._is_missing() and now > self._next - FETCH_SECONDS + RETRY_SECONDS):
            return
        self._next = now + RETRY_SECONDS
        try:
            async with httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX) as client:
                answer = await client.get(self._url)
            answer.raise_for_status()
            if len(answer.content) > DOCUMENT_BYTES_MAX:
                raise ValueError("the document is too large")
            self._publish(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            get_log("gateway").warning("jwks.not_fetched", url=self._url, error=str(error))
            return
        self._next = now + FETCH_SECONDS
