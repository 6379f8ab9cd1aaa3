"""A request to transcribe audio: a form (multipart/form-data, RFC 7578) whose file goes to the upstream untouched."""

import base64
import re
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from aistack.gateway.models.formats.errors import BadRequest, invalid
from aistack.gateway.models.requests.request import ModelRequest
from aistack.gateway.models.table.compiled import Model, Target

TRANSCRIPTIONS = "/audio/transcriptions"
BOUNDARY = re.compile(rb"multipart/form-data\s*;(?:.*;)?\s*boundary=(?:\"([^\"\r\n]{1,70})\"|([^\s;,]{1,70}))", re.I)
NAME = re.compile(rb"\bname=\"([^\"\r\n]*)\"")
FILE_NAME = re.compile(rb"\bfilename=\"([^\"\r\n]*)\"")
PARTS_MAX, PART_HEAD_BYTES_MAX, VALUE_BYTES_MAX = 64, 8192, 64 * 1024


@dataclass(frozen=True, slots=True)
class FormPart:
    """A part of a form: where its content begins and ends. `file_name` is None for fields."""

    name: str
    start: int
    end: int
    file_name: str | None


@dataclass(slots=True)
class AudioRequest(ModelRequest):
    """`model_part` is where the model's name is, `file_part` where the audio is."""

    model_part: FormPart
    file_part: FormPart

    @property
    def completion_tokens_max(self) -> int:
        return 0

    def body_for(self, model: Model, target: Target) -> bytes:
        """The form with the target's model; for a sidecar, JSON with the file in base64."""
        raw = self.raw
        if target.sidecar:
            file = base64.b64encode(raw[self.file_part.start : self.file_part.end]).decode()
            fields = self.fields | {"model": target.model, "file": file, "filename": self.file_part.file_name}
            return to_json(fields)
        return b"".join((raw[: self.model_part.start], target.model.encode(), raw[self.model_part.end :]))


def read_audio_request(content_type: bytes, raw: bytes) -> AudioRequest:
    """Raises BadRequest."""
    fields: dict[str, Any] = {}
    parts: dict[str, FormPart] = {}
    for part in _parts(content_type, raw):
        parts[part.name] = part
        if part.file_name is None and part.end - part.start <= VALUE_BYTES_MAX:
            value = raw[part.start : part.end].decode("utf-8", "replace")
            if part.name.endswith("[]"):
                fields.setdefault(part.name[:-2], []).append(value)
            else:
                fields[part.name] = value
    model, file = fields.get("model"), parts.get("file")
    if not isinstance(model, str) or not model:
        raise BadRequest(invalid("model must be the name of a model; GET /v1/models lists them", "model"))
    if file is None or file.file_name is None:
        raise BadRequest(invalid("file must be a file with audio", "file"))
    stream = str(fields.get("stream", "")).lower() == "true"
    return AudioRequest(
        TRANSCRIPTIONS, raw, fields, model, stream, True, content_type, model_part=parts["model"], file_part=file
    )


def _parts(content_type: bytes, raw: bytes) -> list[FormPart]:
    found = BOUNDARY.match(content_type)
    if found is None:
        raise BadRequest(invalid("the body must be a form, multipart/form-data with a boundary"))
    boundary = b"--" + (found[1] or found[2])
    parts: list[FormPart] = []
    at = raw.find(boundary)
    while at >= 0 and raw[at + len(boundary) : at + len(boundary) + 2] != b"--":
        head_end = raw.find(b"\r\n\r\n", at, at + len(boundary) + PART_HEAD_BYTES_MAX)
        end = raw.find(b"\r\n" + boundary, head_end)
        if head_end < 0 or end < 0 or len(parts) >= PARTS_MAX:
            break
        head = raw[at:head_end]
        name, file = NAME.search(head), FILE_NAME.search(head)
        if name is None:
            break
        text = None if file is None else file[1].decode("utf-8", "replace")
        parts.append(FormPart(name[1].decode("utf-8", "replace"), head_end + 4, end, text))
        at = end + 2
    else:
        if at >= 0:
            return parts
    raise BadRequest(invalid("the form is malformed, incomplete, or has too many parts"))
