"""Embeddings: the protocol of an embedder, and one for OpenAI-compatible servers (`/v1/embeddings`)."""

import asyncio
import base64
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["query", "passage"]

ATTEMPTS_MAX = 3
RETRY_SECONDS = 0.5
REMOTE_BATCH = 64
REMOTE_SECONDS_MAX = 60.0


class EmbedderFailed(Exception):
    """The embedder cannot be used. The message says why and what to do."""


class Embedder(Protocol):
    """Turns texts into vectors of one length. A different `name` means different vectors."""

    @property
    def name(self) -> str: ...

    async def embed(self, texts: Sequence[str], kind: Kind) -> "NDArray[np.float32]":
        """`(n, d) float32`, each row of length 1. Raises EmbedderFailed."""
        ...

    async def close(self) -> None: ...


def prompts_in(folder: Path) -> dict[str, str]:
    """What a model's folder puts before queries and passages; empty if it says nothing usable."""
    try:
        found: Any = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))["prompts"]
        return {str(kind): str(text) for kind, text in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def require_libraries() -> None:
    """Raises EmbedderFailed if the libraries that run local models are not installed."""
    missing = [name for name in ("onnxruntime", "tokenizers", "usearch") if find_spec(name) is None]
    if missing:
        raise EmbedderFailed(f"an embedder needs {', '.join(missing)}; install with: pip install 'aistack[semantic]'")


class RemoteEmbedder:
    """A model of an OpenAI-compatible server. `url` is its base URL (`.../v1`) or that of its embeddings."""

    def __init__(self, url: str, model: str, key: str) -> None:
        """Raises EmbedderFailed if neither `model` nor the URL's query names a model."""
        parts = urlsplit(url)
        self._model = model or parse_qs(parts.query).get("model", [""])[0]
        if not self._model:
            raise EmbedderFailed(f"no model is set for {url}; set embedder_model")
        base = url.partition("?")[0].rstrip("/")
        self._url = base if base.endswith("/embeddings") else f"{base}/embeddings"
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.AsyncClient(headers=headers, timeout=REMOTE_SECONDS_MAX, trust_env=False)

    @property
    def name(self) -> str:
        return f"{self._url} {self._model}"

    async def embed(self, texts: Sequence[str], kind: Kind) -> "NDArray[np.float32]":
        import numpy as np

        parts = [await self._request(texts[at : at + REMOTE_BATCH]) for at in range(0, len(texts), REMOTE_BATCH)]
        if len({part.shape[1] for part in parts}) > 1:
            raise EmbedderFailed(f"{self._url} sent vectors of different lengths")
        return np.concatenate(parts)

    async def close(self) -> None:
        await self._http.aclose()

    async def _request(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        body = {"model": self._model, "input": [text or " " for text in texts], "encoding_format": "base64"}
        problem = ""
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                await asyncio.sleep(RETRY_SECONDS * 2**attempt)
            try:
                response = await self._http.post(self._url, json=body)
            except httpx.HTTPError as error:
                problem = f"did not answer ({type(error).__name__}: {error})"
                continue
            if response.is_success:
                return _vectors(response, len(texts), self._url)
            problem = f"answered with status {response.status_code}: {response.text[:200]}"
            if response.status_code < 500 and response.status_code != 429:
                break
        raise EmbedderFailed(f"the embedder at {self._url} {problem}")


def _vectors(response: httpx.Response, count: int, url: str) -> "NDArray[np.float32]":
    """The vectors of a response. Raises EmbedderFailed unless they match the texts, have one length, and are finite."""
    import numpy as np

    try:
        rows: list[dict[str, Any]] = sorted(response.json()["data"], key=lambda one: int(one["index"]))
        found = np.stack([_vector(one["embedding"]) for one in rows])
        if [int(one["index"]) for one in rows] != list(range(count)) or found.ndim != 2 or not found.shape[1]:
            raise ValueError(f"{len(rows)} vectors for {count} texts")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EmbedderFailed(f"the embedder at {url} sent invalid vectors: {error}") from None
    return normalized(found)


def _vector(given: Any) -> "NDArray[np.float32]":
    import numpy as np

    if isinstance(given, str):
        return np.frombuffer(base64.b64decode(given, validate=True), dtype="<f4")
    return np.asarray(given, dtype=np.float32)


def normalized(vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """The rows scaled to length 1, `(n, d) float32`. Raises EmbedderFailed if a number is not finite."""
    import numpy as np

    if not np.isfinite(vectors).all():
        raise EmbedderFailed("the model gave vectors with NaN or infinite values")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
