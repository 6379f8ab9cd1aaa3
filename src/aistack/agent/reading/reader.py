"""Reads uploaded files, each once: what was read is kept with the file."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aistack.agent.reading import remote
from aistack.agent.reading.table_text import table_text
from aistack.agent.reading.workers import NotReadable, Workers
from aistack.agent.settings import AgentSettings
from aistack.agent.uploads.intake import Intake
from aistack.agent.uploads.tables import READY
from aistack.agent.uploads.upload_store import content_key
from aistack.chassis.errors import GatewayFailed, NotFound, Problem
from aistack.chassis.identity import on_callers_behalf
from aistack.llm.chat import ChatModel
from aistack.rag.client import RagClient
from aistack.stores.records import AnyRow

PLAIN_BYTES_MAX = 20_000_000
SCANNED = "no text"  # of PDF files, as the rag service says it


@dataclass(frozen=True, slots=True)
class Reading:
    """`text` is what a file says. `details` has the method, and what of the file was not read, in `left_out`.

    `error` says why there is no text.
    """

    text: str = ""
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    error: str = ""


class Reader:
    """Reads for the run's principal, who has been checked to hold the file."""

    def __init__(self, intake: Intake, models: Callable[[str], ChatModel | None]) -> None:
        self.intake = intake
        self.workers = Workers(intake.settings)
        self._models = models
        self._rag: RagClient | None = None

    @property
    def settings(self) -> AgentSettings:
        return self.intake.settings

    async def read(self, row: AnyRow) -> Reading:
        """What a file says. Never raises for a file that cannot be read; only texts are kept, failures are not."""
        kept = await self.intake.store.text_of(row.id)
        if kept is not None:
            return Reading(kept.text, kept.details)
        if row.state != READY:
            return Reading(error="it was never completely received")
        try:
            async with self._local(row) as path:
                reading = await self._read(row, path)
        except NotReadable as reason:
            return Reading(error=str(reason))
        await self.intake.store.save_text(row.id, reading.text, reading.details)
        if row.kind in ("audio", "video") and not self.settings.keep_audio:
            with contextlib.suppress(NotFound):
                await self.intake.drop_content(row)
        return reading

    async def ask_tables(self, rows: Sequence[AnyRow], sql: str, rows_max: int) -> dict[str, Any]:
        """The result of a statement over the tables of files. Raises NotReadable."""
        async with AsyncExitStack() as held:
            paths = [await held.enter_async_context(self._local(row)) for row in rows]
            copies = [held.enter_context(self.intake.staging.file()).path for _ in rows]
            files = [_table_file(*one) for one in zip(rows, paths, copies, strict=True)]
            return await self.workers.tables(files, sql, rows_max)

    async def close(self) -> None:
        await self.workers.close()
        if self._rag is not None:
            await self._rag.__aexit__(None, None, None)

    async def _read(self, row: AnyRow, path: Path) -> Reading:
        match row.kind:
            case "image":
                return await self._read_image(row, path)
            case "audio" | "video":
                return await self._read_speech(row, path)
            case "table":
                return await self._read_table(row, path)
            case "document" | "text":
                return await self._read_document(row, path)
            case _:
                raise NotReadable(f"files of type {row.media_type} are kept, but cannot be read")

    async def _read_image(self, row: AnyRow, path: Path) -> Reading:
        about = f"{row.details.get('width')} x {row.details.get('height')} pixels"
        if self.settings.vision_model:
            model = self._models(self.settings.vision_model)
            if model is None:
                raise NotReadable("the vision model cannot be reached; check AGENT_VISION_MODEL")
            text = await remote.described(path, row.media_type, model)
            return Reading(text, {"method": "vision", "model": model.model, "size": about})
        found = await self.workers.ocr(path, row.media_type)
        colours = ", ".join(row.details.get("colours", ()))
        head = f"Image of {about}; main colours {colours}. Its text, read by OCR (nothing else of it is known):"
        return Reading(f"{head}\n{found['text'] or '(no text)'}", {"method": "ocr", "size": about})

    async def _read_speech(self, row: AnyRow, path: Path) -> Reading:
        settings = self.settings
        if settings.transcription_url:
            secret = settings.secret if settings.identity else ""
            is_own = bool(settings.gateway_url) and settings.transcription_url.startswith(settings.gateway_url)
            headers = on_callers_behalf(secret, settings.service, "models") if is_own else {}
            found = await remote.transcribed(
                path, row.name, settings.transcription_url, settings.transcription_key, settings.transcription_model,
                settings.speech_seconds_max, headers,
            )  # fmt: skip
        else:
            found = await self.workers.transcribe(path)
        details = {key: found[key] for key in ("language", "seconds", "model") if found.get(key) is not None}
        note = {"left_out": "the pictures of the video"} if row.kind == "video" else {}
        return Reading(found["text"] or "(no speech)", {"method": "transcription"} | details | note)

    async def _read_table(self, row: AnyRow, path: Path) -> Reading:
        with self.intake.staging.file() as copy:
            try:
                found = await self.workers.tables([_table_file(row, path, copy.path)])
            except NotReadable as reason:
                with contextlib.suppress(NotReadable):  # what is no table may still be text
                    reading = await self._read_document(row, path)
                    return Reading(reading.text, reading.details | {"table_error": str(reason)})
                raise
        return Reading(*table_text(found["tables"]))

    async def _read_document(self, row: AnyRow, path: Path) -> Reading:
        try:
            found = await self._by_rag(row, path)
        except Problem as problem:
            is_scan = problem.code != "unreadable-file" or SCANNED in problem.detail
            if row.media_type == "application/pdf" and self.workers.has_ocr and is_scan:
                return await self._read_scan(row, path)
            if problem.code == "unreadable-file":
                raise NotReadable(problem.detail) from None
            if row.kind == "text" or row.media_type.startswith("text/"):
                return await self._read_plain(path)
            raise NotReadable(f"the rag service reads documents, and does not answer: {problem.detail}") from None
        return found

    async def _by_rag(self, row: AnyRow, path: Path) -> Reading:
        settings = self.settings
        if not settings.gateway_url:
            raise GatewayFailed("no gateway is set")
        if self._rag is None:
            self._rag = RagClient(settings.gateway_url, settings.api_key, settings.media_seconds_max * 2)
        secret = settings.secret if settings.identity else ""
        headers = on_callers_behalf(secret, settings.service, "rag")
        found = await self._rag.parse(path, row.name, dict(headers))
        details: dict[str, Any] = {"method": "text", "pages": found.pages}
        if found.page_starts:
            details["page_starts"] = found.page_starts
        return Reading(found.text, details)

    async def _read_scan(self, row: AnyRow, path: Path) -> Reading:
        found = await self.workers.ocr(path, row.media_type)
        pages, read = found["pages"], found["pages_read"]
        details: dict[str, Any] = {"method": "ocr", "pages": pages}
        if read < pages:
            details["left_out"] = f"pages {read + 1} to {pages} of {pages}"
        return Reading(found["text"] or "(no text)", details)

    async def _read_plain(self, path: Path) -> Reading:
        with path.open("rb") as file:
            content = await asyncio.to_thread(file.read, PLAIN_BYTES_MAX)
            is_whole = not file.read(1)
        details: dict[str, Any] = {"method": "text"}
        if not is_whole:
            details["left_out"] = f"everything after the first {PLAIN_BYTES_MAX} bytes"
        for encoding in ("utf-8-sig", "gb18030"):
            with contextlib.suppress(UnicodeDecodeError):
                return Reading(content.decode(encoding), details)
        return Reading(content.decode("utf-8", "replace"), details)

    @asynccontextmanager
    async def _local(self, row: AnyRow) -> AsyncGenerator[Path]:
        if not row.has_content:
            raise NotReadable("its content is not kept any more")
        try:
            async with self.intake.files.local(content_key(row)) as path:
                yield path
        except FileNotFoundError:
            raise NotReadable("its content is gone") from None


def _table_file(row: AnyRow, path: Path, copy: Path) -> dict[str, str]:
    return {"path": str(path), "name": row.name, "media_type": row.media_type, "copy": str(copy)}
