"""A pool of parsing processes: started on demand, limited in time and memory, and ended when idle."""

from pathlib import Path
from typing import Any

from aistack.chassis.runtime.worker_processes import WorkerCrashed, WorkerLimits, WorkerPool, WorkerTimedOut
from aistack.rag.parsing.formats.builder import ParseError
from aistack.rag.settings import RagSettings

MODULE = "aistack.rag.intake.parse_worker"


class ParsePool(WorkerPool):
    """At most `parse_workers` processes. Use it from one event loop."""

    def __init__(self, settings: RagSettings) -> None:
        self.settings = settings
        limits = WorkerLimits(
            settings.parse_workers, settings.parse_seconds_max, settings.parse_memory_mib, settings.parse_idle_seconds
        )
        super().__init__(MODULE, limits)

    async def parse(self, path: Path, name: str, *, text_only: bool = False) -> dict[str, Any]:
        """The result of `parse_worker.parsed` for the file; `text_only` without chunks. Raises ParseError."""
        settings = self.settings
        request = {
            "path": str(path),
            "name": name,
            "pages_max": settings.pages_max,
            "text_characters_max": settings.text_characters_max,
            "ocr_pages_max": settings.ocr_pages_max,
            "chunk_tokens": settings.chunk_tokens,
            "chunk_overlap_tokens": settings.chunk_overlap_tokens,
            "text_only": text_only,
        }
        try:
            answer = await self.ask(request)
        except WorkerTimedOut:
            raise ParseError(f"parsing took longer than {settings.parse_seconds_max:g} s") from None
        except WorkerCrashed:
            raise ParseError("the parsing process crashed; the file may be damaged, malicious or too large") from None
        if "error" in answer:
            raise ParseError(answer["error"])
        return answer
