"""Rerankers (cross-encoders): ONNX models in a folder that score pairs of a query and a passage.

The files are those that model hubs publish: `model.onnx` (or `onnx/model*.onnx`) with one logit per pair, and
`tokenizer.json`.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aistack.llm.embeddings import EmbedderFailed, require_libraries
from aistack.llm.onnx import TOKENS_MAX, batches_of, load_model, padded, weights_in


class Reranker:
    """The model in a folder. It is loaded on first use."""

    def __init__(self, folder: Path) -> None:
        """Raises EmbedderFailed if the folder contains no model."""
        require_libraries()
        self.folder = folder
        self._weights = weights_in(folder)
        self._thread = ThreadPoolExecutor(1, "reranker")
        self._loaded: tuple[Any, Any] | None = None

    async def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """The relevance of each passage; higher is better. Raises EmbedderFailed."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._scores, query, list(passages))

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, wait=True)

    def _scores(self, query: str, passages: list[str]) -> list[float]:
        import numpy as np

        if self._loaded is None:
            self._loaded = load_model(self.folder, self._weights, TOKENS_MAX)
        session, tokenizer = self._loaded
        encoded = tokenizer.encode_batch([(query, passage) for passage in passages])
        found = [0.0] * len(passages)
        for batch in batches_of([len(one.ids) for one in encoded]):
            inputs = padded(session, [encoded[at] for at in batch])
            try:
                named = {one.name: inputs[one.name] for one in session.get_inputs()}
                outputs = np.asarray(session.run(None, named)[0], dtype=np.float32)
            except Exception as error:
                raise EmbedderFailed(f"the reranker in {self.folder} failed: {error}") from error
            if outputs.shape[0] != len(batch) or not np.isfinite(outputs).all():
                raise EmbedderFailed(f"the reranker in {self.folder} gave invalid scores")
            for at, row in zip(batch, outputs.reshape(len(batch), -1), strict=True):
                found[at] = float(row[-1])  # with several logits, the last one means "relevant"
        return found
