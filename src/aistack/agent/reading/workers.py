"""The processes that read pictures, recordings and tables: started when there is something to read, ended when idle."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aistack.agent.settings import AgentSettings
from aistack.chassis.runtime.worker_processes import (
    WorkerCrashed,
    WorkerFailed,
    WorkerLimits,
    WorkerPool,
    WorkerTimedOut,
)

QUERY_SECONDS_MAX = 30.0
DUCKDB_MISSING = "tables need DuckDB: pip install 'aistack[databases]'"


class NotReadable(Exception):
    """A file cannot be read; the message says why, and what would help."""


class Workers:
    """At most `media_workers` processes of each kind."""

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        room = "aistack.agent.reading."
        seconds, speech = settings.media_seconds_max, settings.speech_seconds_max
        self._ocr = WorkerPool(room + "ocr_worker", self._limits(seconds))
        self._speech = WorkerPool(room + "speech_worker", self._limits(speech))
        self._tables = WorkerPool(room + "table_worker", self._limits(QUERY_SECONDS_MAX))
        self._models = settings.data_dir / "agent" / "models"

    @property
    def has_ocr(self) -> bool:
        return _is_installed("rapidocr_onnxruntime")

    @property
    def has_speech(self) -> bool:
        return _is_installed("faster_whisper")

    @property
    def has_tables(self) -> bool:
        return _is_installed("duckdb")

    async def ocr(self, path: Path, media_type: str) -> dict[str, Any]:
        """`text`, `pages`, `pages_read`. Raises NotReadable."""
        if not self.has_ocr:
            raise NotReadable("reading pictures needs OCR: pip install 'aistack[ocr]', or set AGENT_VISION_MODEL")
        pages = self._settings.ocr_pages_max
        return await self._ask(self._ocr, {"path": str(path), "media_type": media_type, "pages_max": pages})

    async def transcribe(self, path: Path) -> dict[str, Any]:
        """`text`, `language`, `seconds`, `model`. Raises NotReadable."""
        if not self.has_speech:
            raise NotReadable(
                "recordings need Whisper: pip install 'aistack[voice]', or set AGENT_TRANSCRIPTION_URL to a server"
            )
        return await self._ask(self._speech, {"path": str(path), "folder": str(self._models)})

    async def tables(self, files: Sequence[dict[str, str]], sql: str = "", rows_max: int = 0) -> dict[str, Any]:
        """The answer of `table_worker.asked`. Raises NotReadable."""
        if not self.has_tables:
            raise NotReadable(DUCKDB_MISSING)
        request: dict[str, Any] = {"files": list(files)}
        return await self._ask(self._tables, request | ({"sql": sql, "rows_max": rows_max} if sql else {}))

    async def end_idle(self) -> None:
        for pool in (self._ocr, self._speech, self._tables):
            await pool.end_idle()

    async def close(self) -> None:
        for pool in (self._ocr, self._speech, self._tables):
            await pool.close()

    def _limits(self, seconds: float) -> WorkerLimits:
        settings = self._settings
        return WorkerLimits(settings.media_workers, seconds, settings.media_memory_mib, settings.media_idle_seconds)

    async def _ask(self, pool: WorkerPool, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await pool.ask(request)
        except WorkerTimedOut:
            raise NotReadable(f"reading it took longer than {pool.limits.seconds:g} s") from None
        except WorkerCrashed:
            raise NotReadable("the process that reads it crashed; the file may be damaged or too large") from None
        except WorkerFailed as failed:
            raise NotReadable(str(failed)) from None
        if "error" in answer:
            raise NotReadable(str(answer["error"]))
        return answer


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
