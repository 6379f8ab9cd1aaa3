"""A tiny language model, made and trained for some seconds on the text of docs/, and adapters for it."""

import importlib.util
import json
from pathlib import Path
from typing import Any

from harness.processes import REPOSITORY, missing

VOCABULARY, HIDDEN, LAYERS, HEADS, CONTEXT = 768, 96, 3, 4, 1024
STEPS, BATCH, LENGTH, SEED = 200, 8, 48, 20
CHARACTERS = 12_000  # few enough to be learnt
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = """\
{%- if tools %}{{ '<|im_start|>system\n<tools>' + (tools | tojson) + '</tools><tool_call><|im_end|>\n' }}{% endif %}
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\n' + message.content }}
{%- for call in message.tool_calls or [] %}{{ '<tool_call>' + (call.function | tojson) + '</tool_call>' }}{% endfor %}
{{- '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""


def tiny_model(folder: Path) -> Path:
    """The model's folder, as `save_pretrained` leaves it. Raises NotInstalled."""
    for library in ("torch", "transformers", "safetensors", "llguidance", "grpc"):
        if importlib.util.find_spec(library) is None:
            missing(library)
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True)
    tokenizer = _tokenizer(folder)
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=HIDDEN * 3, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=HEADS // 2, max_position_embeddings=CONTEXT, bos_token_id=0,
        eos_token_id=[0, 2], tie_word_embeddings=True,
    )  # fmt: skip
    model: Any = LlamaForCausalLM(config)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # it is too small for more, and other tests run beside it
    try:
        _train(model, torch.tensor(tokenizer.encode(_text()[:CHARACTERS]).ids))
    finally:
        torch.set_num_threads(threads)
    model.save_pretrained(folder)
    return folder


def tiny_adapter(folder: Path, model: Path, seed: int) -> Path:
    """A LoRA adapter for it that changes what it says, in PEFT's format."""
    import torch
    from safetensors.torch import load_file, save_file

    folder.mkdir(parents=True)
    weights = load_file(str(model / "model.safetensors"))
    made = torch.Generator().manual_seed(seed)
    tensors: dict[str, Any] = {}
    for name, weight in weights.items():
        if name.endswith(("q_proj.weight", "v_proj.weight", "down_proj.weight")):
            path = f"base_model.model.{name.removesuffix('.weight')}"
            tensors[f"{path}.lora_A.weight"] = torch.randn(4, weight.shape[1], generator=made) / HIDDEN**0.5
            tensors[f"{path}.lora_B.weight"] = torch.randn(weight.shape[0], 4, generator=made) / 8
    save_file(tensors, str(folder / "adapter_model.safetensors"))
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none", "target_modules": ["q_proj", "v_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def _text() -> str:
    lines = (
        line for path in sorted((REPOSITORY / "docs").glob("*.md")) for line in path.read_text("utf-8").splitlines()
    )
    return " ".join(line for line in lines if line and line[0].isalpha())


def _tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=list(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator([_text()], trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"eos_token": SPECIAL[0], "chat_template": TEMPLATE, "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return tokenizer


def _train(model: Any, ids: Any) -> None:
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(STEPS):
        begins = torch.randint(0, len(ids) - LENGTH, (BATCH,)).tolist()
        rows = torch.stack([ids[begin : begin + LENGTH] for begin in begins])
        loss: Any = model(input_ids=rows, labels=rows).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
