"""Chooses the backend of a model by what the model is: a GGUF file, a folder, or a URL; `vllm:FOLDER` asks for vLLM."""

from pathlib import Path
from urllib.parse import urlsplit

from aistack.inference.backends.backend import Backend, Limits, LoadFailed

VLLM = "vllm:"


def open_backend(place: str, limits: Limits, key: str = "") -> Backend:
    """The backend for a path or a URL (`https://host/v1#NAME`); nothing is loaded yet. Raises LoadFailed."""
    if place.startswith(VLLM):
        from aistack.inference.backends.vllm.backend import VllmBackend

        return VllmBackend(Path(place.removeprefix(VLLM)).expanduser(), limits)
    if place.startswith(("http://", "https://")):
        from aistack.inference.backends.openai import OpenAiBackend

        return OpenAiBackend(place.partition("#")[0], urlsplit(place).fragment, key)
    path = Path(place).expanduser()
    if path.is_dir():
        files = sorted(path.glob("*.gguf"))
        if not files:
            return _of_folder(path, limits)
        path = files[0]
    if not path.is_file():
        raise LoadFailed(f"{place} is neither a pulled model, a file nor a URL; run: aistack models pull {path.name}")
    if path.suffix != ".gguf":
        raise LoadFailed(f"{path} is not a GGUF file; pickled weights (.bin, .pt, .pth) are never loaded")
    from aistack.inference.backends.llama_cpp.backend import LlamaCppBackend

    return LlamaCppBackend(path, limits)


def _of_folder(folder: Path, limits: Limits) -> Backend:
    if any(folder.rglob("*.onnx")):
        from aistack.inference.backends.sentence_models import SentenceModelBackend

        return SentenceModelBackend(folder)
    if any(folder.glob("*.safetensors")) or (folder / "config.json").is_file():
        from aistack.inference.backends.transformers.backend import TransformersBackend

        return TransformersBackend(folder, limits)
    raise LoadFailed(
        f"{folder} holds no model: it needs a .gguf file, .onnx weights and a tokenizer.json, or .safetensors weights "
        "and a config.json"
    )
