"""Downloads models from a hub or a mirror of it, or imports them from a folder.

Files are downloaded one after the other to temporary names, and interrupted downloads are resumed. Their SHA-256 is
checked against the hashes listed for the model or sent by the hub. When all files are complete, the folder moves to its
final place, with a manifest of the hashes.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx

from aistack.llm.known_models import KnownModel

HUB = "https://huggingface.co"
SECONDS_MAX = 60.0
ATTEMPTS_MAX = 5
MANIFEST = "aistack.json"
POOLING, PROMPTS = "1_Pooling/config.json", "config_sentence_transformers.json"
NOT_FOUND, PARTIAL, OUT_OF_RANGE = 404, 206, 416

Progress = Callable[[str, int, int], None]  # file, bytes so far, bytes in all (0 when unknown)


class PullFailed(Exception):
    """The model could not be downloaded. The message says what to do. Partial downloads are kept."""


def pull(model: KnownModel, models: Path, mirror: str, progress: Progress) -> Path:
    """Downloads a model from `mirror`, or from the hub if that is empty. Returns its folder, inside `models`.

    Raises PullFailed.
    """
    target, partial = models / model.name, models / f".{model.name}.part"
    partial.mkdir(parents=True, exist_ok=True)
    base = f"{(mirror or HUB).rstrip('/')}/{model.repository}/resolve/{model.revision}"
    sums: dict[str, str] = {}
    with httpx.Client(timeout=SECONDS_MAX, follow_redirects=True) as client:
        for name in (*model.files, *model.optional):
            found = _fetch(client, f"{base}/{name}", partial / name, model.sha256.get(name, ""), progress)
            if found is not None:
                sums[name] = found
            elif name in model.files:
                raise PullFailed(f"{base}/{name} does not exist; does {mirror or HUB} have the layout of {HUB}?")
    return _put_in_place(model, partial, target, sums, base)


def import_folder(model: KnownModel, models: Path, folder: Path, progress: Progress) -> Path:
    """Copies a model from a folder that contains its files. Returns its folder, inside `models`. Raises PullFailed."""
    target, partial = models / model.name, models / f".{model.name}.part"
    shutil.rmtree(partial, ignore_errors=True)
    sums: dict[str, str] = {}
    for name in (*model.files, *model.optional):
        source = next((one for one in (folder / name, folder / Path(name).name) if one.is_file()), None)
        if source is None:
            if name in model.files:
                raise PullFailed(f"{folder} has no file {name}")
            continue
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, partial / name)
        sums[name] = sha256_of(partial / name)
        expected = model.sha256.get(name, sums[name])
        if sums[name] != expected:
            raise PullFailed(f"{source} is not a file of {model.name}: its SHA-256 is {sums[name]}, not {expected}")
        progress(name, source.stat().st_size, source.stat().st_size)
    return _put_in_place(model, partial, target, sums, str(folder))


def verify(folder: Path) -> list[str]:
    """The names of a model's files that have changed since the download. Raises PullFailed if it has no manifest."""
    try:
        sums: dict[str, str] = json.loads((folder / MANIFEST).read_text("utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise PullFailed(f"{folder} is not a downloaded model: it has no {MANIFEST}") from None
    return [name for name, known in sums.items() if not (folder / name).is_file() or sha256_of(folder / name) != known]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(client: httpx.Client, url: str, path: Path, listed: str, progress: Progress) -> str | None:
    """Downloads one file to `path`. Returns its SHA-256, or None if the server does not have the file.

    The hash must equal `listed`, or if that is empty, the hash that the hub sends, if any. Raises PullFailed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_file = path.with_name(path.name + ".growing")
    if path.is_file():
        return sha256_of(path)
    problem = ""
    for _ in range(ATTEMPTS_MAX):
        try:
            sent = _receive(client, url, partial_file, path.name, progress)
        except httpx.HTTPError as error:
            problem = f"{type(error).__name__}: {error}"
            continue
        if sent is None:
            return None
        found = sha256_of(partial_file)
        expected = listed or sent or found
        if expected != found:
            partial_file.unlink()
            problem = f"its SHA-256 is {found}, but {'the list' if listed else 'the hub'} says {expected}"
            continue
        partial_file.replace(path)
        return found
    raise PullFailed(f"{url} could not be downloaded: {problem}; run the command again to resume")


def _receive(client: httpx.Client, url: str, partial_file: Path, name: str, progress: Progress) -> str | None:
    """Appends the missing bytes. Returns the SHA-256 that the hub sends, or "", or None if the file does not exist."""
    have = partial_file.stat().st_size if partial_file.exists() else 0
    headers = {"accept-encoding": "identity"} | ({"range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == NOT_FOUND:
            return None
        if response.status_code == OUT_OF_RANGE:  # the file is already complete
            return ""
        if not response.is_success:
            raise httpx.HTTPError(f"the server answered with status {response.status_code}")
        if response.status_code != PARTIAL:
            have = 0
        total = have + int(response.headers.get("content-length", "0") or 0)
        with partial_file.open("ab" if have else "wb") as file:
            for piece in response.iter_raw():
                file.write(piece)
                have += len(piece)
                progress(name, have, total)
            file.flush()
            os.fsync(file.fileno())
        hops = (*response.history, response)
        tags = [one.headers.get("x-linked-etag", "").strip('"') for one in hops]
        return next((tag for tag in tags if len(tag) == 64), "")


def _put_in_place(model: KnownModel, partial: Path, target: Path, sums: dict[str, str], source: str) -> Path:
    _add_defaults(
        partial / POOLING,
        {f"pooling_mode_{'cls_token' if model.pooling == 'cls' else 'mean_tokens'}": True},
        sums,
        POOLING,
    )
    if model.prompts:
        _add_defaults(partial / PROMPTS, {"prompts": dict(model.prompts)}, sums, PROMPTS)
    manifest = {"name": model.name, "licence": model.licence, "source": source, "sha256": sums}
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    shutil.rmtree(target, ignore_errors=True)
    partial.replace(target)
    return target


def _add_defaults(path: Path, defaults: dict[str, object], sums: dict[str, str], name: str) -> None:
    """Adds settings to one of the model's configuration files unless the file defines them."""
    try:
        known: dict[str, object] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError:
        known = {}
    added = {key: value for key, value in defaults.items() if not known.get(key)}
    if path.is_file() and (not added or path.name == Path(POOLING).name):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known | added, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sums[name] = sha256_of(path)
