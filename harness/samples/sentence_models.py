"""Tiny sentence models with random weights, loaded by the same code as real ones."""

import json
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from harness.samples.bert_onnx import random_weights, write_encoder

WORDS = [
    "the",
    "a",
    "of",
    "in",
    "is",
    "and",
    "cat",
    "dog",
    "kitten",
    "puppy",
    "car",
    "engine",
    "wheel",
    "road",
    "river",
    "mountain",
    "city",
    "king",
    "queen",
    "ship",
    "sea",
    "wind",
    "plate",
    "flow",
    "boundary",
    "layer",
    "lease",
    "service",
    "gateway",
    "key",
    "alpha",
    "beta",
    "gamma",
    "delta",
]


def sentence_model(
    folder: Path, *, hidden: int = 16, seed: int = 1, prompts: dict[str, str] | None = None, scores: bool = False
) -> Path:
    """A model of random weights: equal texts get equal vectors (or `scores`), and that is all it knows."""
    (folder / "1_Pooling").mkdir(parents=True)
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = [chr(code) for code in range(97, 123)] + [f"##{chr(code)}" for code in range(97, 123)]
    vocabulary = {word: number for number, word in enumerate([*marks, *WORDS, *letters])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    write_encoder(folder / "model.onnx", random_weights(len(vocabulary), hidden, 1, 64, seed), heads=2, logits=scores)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": True}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64}))
    if prompts:
        (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    return folder
