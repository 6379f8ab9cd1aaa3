"""Requests for several answers: those for each prompt of a list, and more than one choice, computed side by side.

The answer is the one that a single request would get: choices are numbered prompt by prompt, as in the OpenAI API, and
the tokens of a prompt count once.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, cast

from aistack.inference.backends.backend import BadRequest, Json, Piece, Prediction, TokenUsage
from aistack.inference.backends.requests.fields import choices
from aistack.inference.backends.side_by_side import side_by_side

ANSWERS_MAX, CHOICES_MAX = 128, 16

Predict = Callable[[Prediction], AsyncGenerator[Piece]]


@dataclass(frozen=True, slots=True)
class Part:
    """A request for one prompt. `first_index` is that of its first choice; `repeats` is set where another part has the
    same prompt.
    """

    prediction: Prediction
    first_index: int
    repeats: bool = False


def answers(prediction: Prediction, choices_max: int, predict: Predict) -> AsyncGenerator[Piece]:
    """The answer to a chat or a completion by a model that gives up to `choices_max` choices at once.

    `predict` answers a single prompt. Raises BadRequest; its pieces raise PredictFailed as soon as one of them does.
    """
    parts = _parts(prediction, choices_max)
    return predict(parts[0].prediction) if len(parts) == 1 else _several(prediction, parts, predict)


def _parts(prediction: Prediction, choices_max: int) -> list[Part]:
    """One part a prompt if the model can give all of its choices at once, otherwise one a choice. Raises BadRequest."""
    prompts = _prompts(prediction)
    count = choices(prediction.body, CHOICES_MAX)
    if len(prompts) * count > ANSWERS_MAX:
        raise BadRequest(f"{len(prompts)} prompts and n = {count} ask for more than {ANSWERS_MAX} answers", "prompt")
    if count <= choices_max:
        bodies = [prompt | {"n": count} if count > 1 else prompt for prompt in prompts]
        return [Part(_with(prediction, body), at * count) for at, body in enumerate(bodies)]
    return [
        Part(_with(prediction, prompt | _choice(prediction.body, choice)), at * count + choice, repeats=choice > 0)
        for at, prompt in enumerate(prompts)
        for choice in range(count)
    ]


def _choice(body: Json, choice: int) -> Json:
    """What one choice of several changes of the body. With the same seed all would be alike."""
    seed = body.get("seed")
    return {"n": 1, "seed": seed + choice} if isinstance(seed, int) else {"n": 1}


def _prompts(prediction: Prediction) -> list[Json]:
    """What each prompt changes of the body."""
    given: object = prediction.body.get("prompt")
    if prediction.task != "COMPLETION" or not isinstance(given, list):
        return [{}]
    listed = cast(list[Any], given)
    if not listed or not isinstance(listed[0], str | list):
        return [{}]  # the tokens of one prompt
    return [{"prompt": one} for one in listed]


def _with(prediction: Prediction, changes: Json) -> Prediction:
    return replace(prediction, body=prediction.body | changes) if changes else prediction


async def _several(prediction: Prediction, parts: list[Part], predict: Predict) -> AsyncGenerator[Piece]:
    """The pieces of all parts as they come, then their total usage."""
    merged = _Merged(prediction)
    async with aclosing(side_by_side([predict(part.prediction) for part in parts])) as received:
        async for index, piece in received:
            if (taken := merged.take(parts[index], piece)) is not None:
                yield taken
    yield merged.last()


class _Merged:
    def __init__(self, prediction: Prediction) -> None:
        self._streamed = prediction.streamed
        self._usage = TokenUsage()
        self._choices: list[Json] = []
        self._head: Json = {}
        self._counted: Json | None = None  # the event that holds the usage, where that is one of its own
        self._reason = ""

    def take(self, part: Part, piece: Piece) -> Piece | None:
        """What is sent of a part's piece now."""
        if piece.usage is not None:
            self._count(piece.usage, repeats=part.repeats)
        self._reason = piece.finish_reason or self._reason
        event = piece.event
        if event is None:
            return piece if piece.text and self._streamed else None
        for choice in event.get("choices") or ():
            choice["index"] += part.first_index
        if not self._streamed:
            self._head = self._head or event
            self._choices += event.get("choices") or ()
            return None
        if not event.get("choices"):
            self._counted = event
            return None
        return replace(piece, finish_reason="", usage=None)

    def last(self) -> Piece:
        usage = self._usage
        if self._streamed:
            event = None if self._counted is None else self._counted | {"usage": usage.as_json()}
            return Piece(event, finish_reason=self._reason, usage=usage)
        ordered = sorted(self._choices, key=lambda choice: choice["index"])
        event = self._head | {"choices": ordered, "usage": usage.as_json()}
        return Piece(event, tokens=usage.completion, finish_reason=self._reason, usage=usage)

    def _count(self, usage: TokenUsage, *, repeats: bool) -> None:
        held = self._usage
        self._usage = TokenUsage(
            held.prompt + (0 if repeats else usage.prompt),
            held.completion + usage.completion,
            held.cached + (0 if repeats else usage.cached),
            held.reasoning + usage.reasoning,
        )
