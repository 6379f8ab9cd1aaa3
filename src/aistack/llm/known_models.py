"""The models that are tested with this service, with their repository, revision, size and licence."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model on a hub. `files` are required, `optional` may be missing; `megabytes` is the approximate total size.

    `sha256` holds the hashes of the files at this revision. `prompts` are put before queries and passages, and
    `pooling` is "mean" or "cls"; both are used if the model's own files do not define them.
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


KNOWN = {
    one.name: one
    for one in (
        KnownModel(
            "multilingual-e5-small", "intfloat/multilingual-e5-small", "614241f622f53c4eeff9890bdc4f31cfecc418b3",
            "a hundred languages including Chinese and English; a good default", "MIT", 490,
            sha256={
                "onnx/model.onnx": "ca456c06b3a9505ddfd9131408916dd79290368331e7d76bb621f1cba6bc8665",
                "tokenizer.json": "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
            },
            prompts=(("query", "query: "), ("passage", "passage: ")),
        ),
        KnownModel(
            "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
            "English, small and fast", "Apache-2.0", 91,
            sha256={
                "onnx/model.onnx": "6fd5d72fe4589f189f8ebc006442dbb529bb7ce38f8082112682524616046452",
                "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            },
        ),
        KnownModel(
            "bge-small-zh-v1.5", "Xenova/bge-small-zh-v1.5", "75c43b069aac4d136ba6bc1122f995fedcfd2781",
            "Chinese, small", "MIT", 97,
            sha256={
                "onnx/model.onnx": "69a0b846f4f116b5e6aabf9546ea6754d02264f3211a13a1bd69b31b8040749a",
                "tokenizer.json": "48cea5d44424912a6fd1ea647bf4fe50b55ab8b1e5879c3275f80e339e8fae26",
            },
            pooling="cls", prompts=(("query", "为这个句子生成表示以用于检索相关文章："),),
        ),
        KnownModel(
            "ms-marco-MiniLM-L6-v2", "Xenova/ms-marco-MiniLM-L-6-v2", "a09144355adeed5f58c8ed011d209bf8ee5a1fec",
            "an English reranker", "Apache-2.0", 92,
            sha256={
                "onnx/model.onnx": "c623d0bcb99f4622beb413eaef00cfbe5db20df9f1dd982da4b4f26022881870",
                "tokenizer.json": "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
            },
        ),
    )
}  # fmt: skip
