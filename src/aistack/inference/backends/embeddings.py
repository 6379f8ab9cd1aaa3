"""Vectors and scores as answers of the OpenAI and rerank APIs."""

import base64
import math
import struct
from collections.abc import Sequence

from aistack.inference.backends.backend import BadRequest, Json, Piece, Prediction, TokenUsage
from aistack.inference.backends.requests.completions import EmbeddingRequest, RerankRequest


def embedding_response(
    prediction: Prediction, request: EmbeddingRequest, vectors: Sequence[Sequence[float]], tokens: int
) -> Piece:
    """The vectors in the order of the inputs. Raises BadRequest for more dimensions than there are."""
    data: list[Json] = []
    for at, vector in enumerate(vectors):
        if request.dimensions is not None:
            vector = _cut(vector, request.dimensions)
        encoded = (
            base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() if request.base64 else list(vector)
        )
        data.append({"object": "embedding", "index": at, "embedding": encoded})
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    event = {"object": "list", "data": data, "model": prediction.model, "usage": usage}
    return Piece(event, finish_reason="stop", usage=TokenUsage(tokens))


def rerank_response(prediction: Prediction, request: RerankRequest, scores: Sequence[float], tokens: int) -> Piece:
    """The documents, best first."""
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[: request.top]
    results: list[Json] = [{"index": at, "relevance_score": scores[at]} for at in order]
    if request.return_documents:
        results = [one | {"document": {"text": request.documents[one["index"]]}} for one in results]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    event = {"id": prediction.id, "model": prediction.model, "results": results, "usage": usage}
    return Piece(event, finish_reason="stop", usage=TokenUsage(tokens))


def _cut(vector: Sequence[float], dimensions: int) -> list[float]:
    if dimensions > len(vector):
        raise BadRequest(f"the model's vectors have {len(vector)} dimensions, not {dimensions}", "dimensions")
    kept = list(vector[:dimensions])
    length = math.sqrt(sum(one * one for one in kept)) or 1.0
    return [one / length for one in kept]
