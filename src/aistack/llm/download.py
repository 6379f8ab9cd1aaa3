"""Bringing models to this machine: from a hub, from a mirror of one, or from a folder that was carried by hand.

Files come one by one, each under a name of its own until it is whole, and what was cut off goes on where it stood. The
folder is put in place when all is there, with the SHA-256 of every file beside it; those that are listed for the model,
or told by the hub, are checked.
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
TRIES = 5
MANIFEST = "aistack.json"
POOLING, PROMPTS = "1_Pooling/config.json", "config_sentence_transformers.json"
NOT_FOUND, PARTIAL, OUT_OF_RANGE = 404, 206, 416

Progress = Callable[[str, int, int], None]  # file, bytes so far, bytes in all (0 when unknown)


class PullFailed(Exception):
    """The model could not be brought; the message says what to do. What came so far is kept."""


def pull(model: KnownModel, models: Path, mirror: str, progress: Progress) -> Path:
    """The folder of the model under `models`, fetched from `mirror`, or else the hub. Raises PullFailed."""
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
                raise PullFailed(f"{base}/{name} is not there; is {mirror or HUB} laid out as the hub is?")
    return _put_in_place(model, partial, target, sums, base)


def take(model: KnownModel, models: Path, folder: Path, progress: Progress) -> Path:
    """The same from a folder that holds the files already. Raises PullFailed."""
    target, partial = models / model.name, models / f".{model.name}.part"
    shutil.rmtree(partial, ignore_errors=True)
    sums: dict[str, str] = {}
    for name in (*model.files, *model.optional):
        source = next((one for one in (folder / name, folder / Path(name).name) if one.is_file()), None)
        if source is None:
            if name in model.files:
                raise PullFailed(f"{folder} lacks {name}")
            continue
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, partial / name)
        sums[name] = sha256_of(partial / name)
        listed = model.sha256.get(name, sums[name])
        if sums[name] != listed:
            raise PullFailed(f"{source} is not {model.name} as listed: its SHA-256 is {sums[name]}, not {listed}")
        progress(name, source.stat().st_size, source.stat().st_size)
    return _put_in_place(model, partial, target, sums, str(folder))


def verify(folder: Path) -> list[str]:
    """The files of a pulled model that are not what they were. Raises PullFailed where nothing says what they were."""
    try:
        sums: dict[str, str] = json.loads((folder / MANIFEST).read_text("utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise PullFailed(f"{folder} was not pulled: it has no {MANIFEST}") from None
    return [name for name, known in sums.items() if not (folder / name).is_file() or sha256_of(folder / name) != known]


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(client: httpx.Client, url: str, path: Path, listed: str, progress: Progress) -> str | None:
    """The SHA-256 of the file, once it is whole at `path`; None when the server has none of that name.

    It must be the one that is `listed`, or else the one that the hub tells, if any.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    growing = path.with_name(path.name + ".growing")
    if path.is_file():
        return sha256_of(path)
    problem = ""
    for _ in range(TRIES):
        try:
            told = _receive(client, url, growing, path.name, progress)
        except httpx.HTTPError as error:
            problem = f"{type(error).__name__}: {error}"
            continue
        if told is None:
            return None
        found = sha256_of(growing)
        wanted = listed or told or found
        if wanted != found:
            growing.unlink()
            problem = f"its SHA-256 is {found}, and {'the list' if listed else 'the hub'} says {wanted}"
            continue
        growing.replace(path)
        return found
    raise PullFailed(f"{url} could not be fetched: {problem}; what came is kept, call again to go on")


def _receive(client: httpx.Client, url: str, growing: Path, name: str, progress: Progress) -> str | None:
    """Appends what is missing. The SHA-256 that the hub tells, or nothing; None for a file that is not there."""
    have = growing.stat().st_size if growing.exists() else 0
    headers = {"accept-encoding": "identity"} | ({"range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == NOT_FOUND:
            return None
        if answer.status_code == OUT_OF_RANGE:  # it was whole already
            return ""
        if not answer.is_success:
            raise httpx.HTTPError(f"it answered {answer.status_code}")
        if answer.status_code != PARTIAL:
            have = 0
        total = have + int(answer.headers.get("content-length", "0") or 0)
        with growing.open("ab" if have else "wb") as file:
            for piece in answer.iter_raw():
                file.write(piece)
                have += len(piece)
                progress(name, have, total)
            file.flush()
            os.fsync(file.fileno())
        hops = (*answer.history, answer)
        tags = [one.headers.get("x-linked-etag", "").strip('"') for one in hops]
        return next((tag for tag in tags if len(tag) == 64), "")


def _put_in_place(model: KnownModel, partial: Path, target: Path, sums: dict[str, str], source: str) -> Path:
    _say(
        partial / POOLING,
        {f"pooling_mode_{'cls_token' if model.pooling == 'cls' else 'mean_tokens'}": True},
        sums,
        POOLING,
    )
    if model.prompts:
        _say(partial / PROMPTS, {"prompts": dict(model.prompts)}, sums, PROMPTS)
    told = {"name": model.name, "licence": model.licence, "source": source, "sha256": sums}
    (partial / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    shutil.rmtree(target, ignore_errors=True)
    partial.replace(target)
    return target


def _say(path: Path, what: dict[str, object], sums: dict[str, str], name: str) -> None:
    """Adds to one of the model's small files what it does not say itself."""
    try:
        known: dict[str, object] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError:
        known = {}
    added = {key: value for key, value in what.items() if not known.get(key)}
    if path.is_file() and (not added or path.name == Path(POOLING).name):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known | added, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sums[name] = sha256_of(path)
