"""The process that looks at uploaded files first: what they are, and images written again."""

from pathlib import Path
from typing import Any

from aistack.agent.uploads.inspection.file_types import RefusedFile, file_type, mismatch
from aistack.agent.uploads.inspection.images import rewrite_image
from aistack.chassis.runtime.worker_serving import serve


def inspected(request: dict[str, Any]) -> dict[str, Any]:
    """`kind`, `media_type` and `details` of the file at `path`; `refused` if it is not kept.

    `rewritten` says that its place is taken by the file at `target`.
    """
    path, name = Path(request["path"]), str(request["name"])
    try:
        found = file_type(path, name)
        details: dict[str, Any] = {}
        if note := mismatch(name, found):
            details["note"] = note
        if found.kind != "image":
            return {"kind": found.kind, "media_type": found.media_type, "details": details, "rewritten": False}
        image = rewrite_image(path, Path(request["target"]), request["pixels_max"])
        return {"kind": "image", "media_type": image.pop("media_type"), "details": details | image, "rewritten": True}
    except RefusedFile as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "inspecting it needs more memory than is allowed"}
    except Exception as error:
        return {"refused": f"it could not be inspected ({type(error).__name__}: {error})"[:500]}


if __name__ == "__main__":
    serve(inspected)
