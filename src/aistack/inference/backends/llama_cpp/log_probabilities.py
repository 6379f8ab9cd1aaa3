"""Log probabilities of tokens: what the engine is asked for, and what it gives in the form of each endpoint."""

from aistack.inference.backends.backend import Json


class LogProbabilities:
    """Those of one answer. The engine gives them only beside at least one likely token, which is cut off again."""

    def __init__(self, body: Json, *, chat: bool) -> None:
        """Changes the body that the engine gets, if it asks for them."""
        self._chat = chat
        self._offset = 0
        field = "top_logprobs" if chat else "logprobs"
        self._top = int(body.get(field) or 0)
        self._wanted = bool(body.get("logprobs")) if chat else body.get("logprobs") is not None
        if self._wanted:
            body[field] = max(1, self._top)

    def of_choice(self, choice: Json) -> list[Json]:
        """The entries of the chat API in an event of the engine."""
        given: Json = choice.get("logprobs") or {}
        entries: list[Json] = given.get("content") or []
        return [one | {"top_logprobs": one["top_logprobs"][: self._top]} for one in entries] if self._wanted else []

    def written(self, entries: list[Json]) -> Json | None:
        """The entries as an answer, or a piece of one, has them."""
        if not entries:
            return None
        if self._chat:
            return {"content": entries}
        offsets: list[int] = []
        for one in entries:
            offsets.append(self._offset)
            self._offset += len(one["token"])
        return {
            "tokens": [one["token"] for one in entries],
            "token_logprobs": [one["logprob"] for one in entries],
            "top_logprobs": [{top["token"]: top["logprob"] for top in one["top_logprobs"]} for one in entries],
            "text_offset": offsets,
        }
