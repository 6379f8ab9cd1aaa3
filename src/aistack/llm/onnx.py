"""Embedding models in a folder: ONNX weights, a tokenizer, and the files of sentence-transformers.

They run with onnxruntime and tokenizers; torch is not needed. The files are those that model hubs publish:
`model.onnx` (or `onnx/model*.onnx`), `tokenizer.json`, `1_Pooling/config.json`, `sentence_bert_config.json`,
`config_sentence_transformers.json` with the prompts for queries and passages.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aistack.llm.embeddings import EmbedderFailed, Kind, normalized

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Input = str | Sequence[int]  # a text, or the ids of its tokens as the model takes them
WEIGHTS = (
    "model.onnx",
    "onnx/model.onnx",
    "model_quantized.onnx",
    "onnx/model_quantized.onnx",
    "onnx/model_int8.onnx",
    "onnx/model_fp16.onnx",
)
TOKENS_MAX = 512
BATCH_TOKENS = 1024  # tokens of one run including padding; more takes memory and is slower
PASSAGE_PROMPTS = ("passage", "document", "corpus")
HASHED_BYTES = 1 << 20


class UnknownToken(Exception):
    """A token id that the vocabulary lacks; `at` is the position of its input."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


class TokenIds:
    """Token ids in place of what a tokenizer makes of a text."""

    overflowing: Sequence[Any] = ()

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = ids
        self.attention_mask = [1] * len(ids)
        self.type_ids = [0] * len(ids)


class OnnxEmbedder:
    """The model in a folder. It is loaded on first use."""

    def __init__(self, folder: Path) -> None:
        """Raises EmbedderFailed if the folder contains no model."""
        self.folder = folder
        self._weights = weights_in(folder)
        self._pooling = _json(folder / "1_Pooling" / "config.json")
        self._prompts: dict[str, str] = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
        tokens_max = _json(folder / "sentence_bert_config.json").get("max_seq_length") or TOKENS_MAX
        self._tokens_max = max(8, min(int(tokens_max), TOKENS_MAX))
        self._thread = ThreadPoolExecutor(1, "embedder")
        self._session: Any = None
        self._tokenizer: Any = None
        self._name = f"{folder.name} {_digest(self._weights)}"

    @property
    def name(self) -> str:
        return self._name

    async def embed(self, texts: Sequence[Input], kind: Kind) -> "NDArray[np.float32]":
        """Token ids are embedded as they are, without a prompt and special tokens."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._embed, list(texts), kind)

    async def token_counts(self, texts: Sequence[Input]) -> list[int]:
        """The tokens of each text, with those that `embed` would cut off; see `tokens_max`.

        Raises UnknownToken for an id that the model's vocabulary lacks.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._token_counts, list(texts))

    @property
    def tokens_max(self) -> int:
        """The tokens of a text that are embedded; what follows them is not."""
        return self._tokens_max

    async def close(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, wait=True)

    def _load(self) -> None:
        if self._session is None:
            self._session, self._tokenizer = load_model(self.folder, self._weights, self._tokens_max)

    def _token_counts(self, texts: list[Input]) -> list[int]:
        self._load()
        known = self._tokenizer.get_vocab_size()
        for at, one in enumerate(texts):
            if not isinstance(one, str) and max(one) >= known:
                raise UnknownToken(at, f"{max(one)} is not a token id of this model; they are below {known}")
        encoded = self._encoded(texts, "")
        return [len(one.ids) + sum(len(rest.ids) for rest in one.overflowing) for one in encoded]

    def _encoded(self, texts: list[Input], prompt: str) -> list[Any]:
        found = iter(self._tokenizer.encode_batch([prompt + one for one in texts if isinstance(one, str)]))
        return [next(found) if isinstance(one, str) else TokenIds(one) for one in texts]

    def _embed(self, texts: list[Input], kind: Kind) -> "NDArray[np.float32]":
        import numpy as np

        self._load()
        encoded = self._encoded(texts, self._prompt(kind))
        rows: list[NDArray[np.float32] | None] = [None] * len(texts)
        for batch in batches_of([len(one.ids) for one in encoded]):
            for at, vector in zip(batch, self._run([encoded[at] for at in batch]), strict=True):
                rows[at] = vector
        return normalized(np.stack([row for row in rows if row is not None]))

    def _prompt(self, kind: Kind) -> str:
        names = ("query",) if kind == "query" else PASSAGE_PROMPTS
        return next((self._prompts[name] for name in names if name in self._prompts), "")

    def _run(self, encoded: list[Any]) -> "NDArray[np.float32]":
        import numpy as np

        inputs = padded(self._session, encoded)
        mask = inputs["attention_mask"]
        try:
            outputs = self._session.run(None, {one.name: inputs[one.name] for one in self._session.get_inputs()})
        except Exception as error:
            raise EmbedderFailed(f"the model in {self.folder} failed: {error}") from error
        names = [one.name for one in self._session.get_outputs()]
        if "sentence_embedding" in names:
            return np.asarray(outputs[names.index("sentence_embedding")], dtype=np.float32)
        hidden = np.asarray(outputs[0], dtype=np.float32)
        if hidden.ndim == 2:
            return hidden
        if self._pooling.get("pooling_mode_cls_token"):
            return hidden[:, 0]
        weights = mask[:, :, None].astype(np.float32)
        return (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)


def weights_in(folder: Path) -> Path:
    """The weights file of a folder. Raises EmbedderFailed if the folder lacks weights or a tokenizer."""
    weights = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if weights is None or not (folder / "tokenizer.json").is_file():
        raise EmbedderFailed(f"{folder} contains no model: it needs tokenizer.json and one of {', '.join(WEIGHTS)}")
    return weights


def load_model(folder: Path, weights: Path, tokens_max: int) -> tuple[Any, Any]:
    """The session and the tokenizer. Raises EmbedderFailed."""
    import onnxruntime  # pyright: ignore[reportMissingTypeStubs] -- it has none
    from tokenizers import Tokenizer

    options: Any = onnxruntime.SessionOptions()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- no stubs
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # the arena never frees memory
    try:
        session: Any = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))  # pyright: ignore[reportUnknownMemberType] -- loose stubs
    except Exception as error:
        raise EmbedderFailed(f"the model in {folder} cannot be loaded: {error}") from error
    tokenizer.enable_truncation(tokens_max)
    tokenizer.no_padding()
    return session, tokenizer


def padded(session: Any, encoded: list[Any]) -> dict[str, Any]:
    """The model's inputs, `(n, longest)` int64 each, always with `attention_mask`."""
    import numpy as np

    length = max(1, *(len(one.ids) for one in encoded))
    parts = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
    names = {one.name for one in session.get_inputs()} | {"attention_mask"}
    inputs = {name: np.zeros((len(encoded), length), dtype=np.int64) for name in parts if name in names}
    for name, matrix in inputs.items():
        for row, one in enumerate(encoded):
            values = getattr(one, parts[name])
            matrix[row, : len(values)] = values
    return inputs


def batches_of(lengths: list[int]) -> list[list[int]]:
    """Batches of text positions, with texts of similar length together and at most `BATCH_TOKENS` tokens each."""
    batches: list[list[int]] = []
    for at in sorted(range(len(lengths)), key=lambda at: lengths[at]):
        if batches and (len(batches[-1]) + 1) * lengths[at] <= BATCH_TOKENS:
            batches[-1].append(at)
        else:
            batches.append([at])
    return batches


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EmbedderFailed(f"{path} cannot be read: {error}") from None


def _digest(path: Path) -> str:
    """A hash of the file's size and its first and last megabyte."""
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(HASHED_BYTES))
        size = file.seek(0, 2)
        file.seek(max(0, size - HASHED_BYTES))
        digest.update(file.read(HASHED_BYTES) + str(size).encode())
    return digest.hexdigest()[:16]
