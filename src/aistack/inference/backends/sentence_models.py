"""Embedding models and rerankers in ONNX format, as `aistack models pull` leaves them in a folder."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path

from aistack.inference.backends.admission import Admission
from aistack.inference.backends.backend import BadRequest, LoadFailed, Memory, Piece, PredictFailed, Prediction, Task
from aistack.inference.backends.embeddings import embedding_response, rerank_response
from aistack.inference.backends.requests.completions import embedding_request, input_type, rerank_request
from aistack.llm.embeddings import EmbedderFailed
from aistack.llm.onnx import OnnxEmbedder, UnknownToken, weights_in
from aistack.llm.reranker import Reranker

OVERHEAD = 128 << 20


class SentenceModelBackend:
    """The model in a folder. Texts are embedded as passages, or as queries when the body says `input_type: query`."""

    def __init__(self, folder: Path) -> None:
        """Raises LoadFailed if the folder contains no model."""
        try:
            self._weights = weights_in(folder)
        except EmbedderFailed as error:
            raise LoadFailed(str(error)) from None
        self._folder = folder
        self._model: OnnxEmbedder | Reranker | None = None
        self._reranks = _kind(folder) == "rerank"
        self._admission = Admission(1, 1)
        self._steps = 0

    @property
    def kind(self) -> str:
        return "onnx"

    @property
    def tasks(self) -> frozenset[Task]:
        return frozenset(("RERANK",) if self._reranks else ("EMBEDDING",))

    @property
    def alive(self) -> bool:
        return self._model is not None

    @property
    def context(self) -> int:
        """The most tokens of one text; 0 for a model that is not loaded, or reranks."""
        return self._model.tokens_max if isinstance(self._model, OnnxEmbedder) else 0

    def memory(self) -> Memory:
        total = self._weights.stat().st_size + OVERHEAD
        return Memory(total, f"takes about {total >> 20} MB of memory")

    async def load(self) -> None:
        try:
            self._model = Reranker(self._folder) if self._reranks else OnnxEmbedder(self._folder)
        except EmbedderFailed as error:
            raise LoadFailed(str(error)) from None

    async def close(self) -> None:
        model, self._model = self._model, None
        if model is not None:
            await model.close()

    async def metrics(self) -> dict[str, str]:
        return {
            "steps": str(self._steps),
            "running": str(self._admission.running),
            "waiting": str(self._admission.waiting),
        }

    async def predict(self, prediction: Prediction) -> AsyncGenerator[Piece]:
        if prediction.task not in self.tasks:
            raise BadRequest(f"{prediction.model} cannot do {prediction.task.lower()}", "model", "unsupported_task")
        model = self._model
        try:
            async with self._admission.place(1, prediction.priority):
                self._steps += 1
                if isinstance(model, Reranker):
                    request = rerank_request(prediction.body)
                    yield rerank_response(prediction, request, await model.scores(request.query, request.documents), 0)
                elif isinstance(model, OnnxEmbedder):
                    yield await self._embed(model, prediction)
                else:
                    raise PredictFailed(503, "model_not_loaded", f"{prediction.model} is not loaded")
        except EmbedderFailed as error:
            raise PredictFailed(500, "engine_failed", str(error)) from None

    async def _embed(self, model: OnnxEmbedder, prediction: Prediction) -> Piece:
        kind, body = input_type(prediction.body)
        request = embedding_request(body)
        try:
            counts = await model.token_counts(request.inputs)
        except UnknownToken as error:
            raise BadRequest(str(error), f"/input/{error.at}") from None
        if max(counts) > model.tokens_max:
            raise BadRequest(
                f"{prediction.model} embeds at most {model.tokens_max} tokens; the longest input has {max(counts)}",
                f"/input/{counts.index(max(counts))}",
                "context_length_exceeded",
            )
        vectors = (await model.embed(request.inputs, "query" if kind == "query" else "passage")).tolist()
        return embedding_response(prediction, request, vectors, sum(counts))


def _kind(folder: Path) -> str:
    try:
        return str(json.loads((folder / "aistack.json").read_text("utf-8")).get("kind", ""))
    except (OSError, ValueError):
        return ""
