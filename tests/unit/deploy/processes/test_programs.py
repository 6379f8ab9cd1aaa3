"""A reload starts a program again only when something that it is started with has changed."""

from pathlib import Path

import pytest

from aistack.deploy.processes.programs import starts_differently
from aistack.stack.description import Stack
from aistack.stack.loader import load_stack
from aistack.stack.local_models import ServedModels, write_served

TOML = "[services.worker]\nmodels = ['small']\n"
REMOTE = "[[models.remote.upstreams]]\nurl = 'http://127.0.0.1:1/v1'\nkey = '$REMOTE_KEY'\n"


def described(folder: Path, toml: str = TOML, env_file: str = "") -> Stack:
    (folder / "stack.toml").write_text(toml)
    (folder / ".env").write_text(env_file)
    return load_stack(folder / "stack.toml", {"AISTACK_DATA_DIR": str(folder / "data")})


def restarted(before: Stack, after: Stack) -> list[str]:
    return [name for name in ("worker", "sidecar") if starts_differently(name, before, after)]


@pytest.mark.parametrize(
    ("toml", "env_file", "names"),
    [
        ("", "", []),
        ("[services.rag]\npages_max = 5\n", "", []),
        (REMOTE, "REMOTE_KEY=secret\n", []),
        ("", "RAG_PAGES_MAX=5\nREDIS_URL=redis://127.0.0.1:1/0\n", []),
        ("", "WORKER_CONTEXT=1024\n", ["worker"]),
        ("", "WORKER_LOG_LEVEL=debug\n", ["worker"]),
        ("", "SIDECAR_WAITING_MAX=5\n", ["sidecar"]),
        ("[services.sidecar]\nwaiting_max = 5\n", "", ["sidecar"]),
        ("", "WORKER_SOCKET=/run/other.sock\n", ["worker", "sidecar"]),
        ("", "LOG_LEVEL=debug\n", ["worker", "sidecar"]),
        ("", "CUDA_VISIBLE_DEVICES=1\n", ["worker", "sidecar"]),
    ],
)
def test_what_changed_restarts_what_reads_it(tmp_path: Path, toml: str, env_file: str, names: list[str]):
    before = described(tmp_path)
    after = described(tmp_path, TOML + toml, env_file)
    assert restarted(before, after) == names == restarted(after, before)


def test_a_model_more_restarts_the_worker_and_a_role_neither(tmp_path: Path):
    models = tmp_path / "data/models"
    for name in ("small", "large"):
        (models / name).mkdir(parents=True)
    none = described(tmp_path)
    write_served(models, ServedModels().having("small", ("default",)))
    with_role = described(tmp_path)
    assert with_role.local_models.roles == {"default": "small"} and restarted(none, with_role) == []
    write_served(models, ServedModels().having("small", ("default",)).having("large", ()))
    assert restarted(with_role, described(tmp_path)) == ["worker"]


def test_a_model_whose_file_is_gone_does_not_prevent_a_reload(tmp_path: Path):
    weights = tmp_path / "weights.gguf"
    weights.touch()
    before = described(tmp_path, f"[services.worker]\nmodels = ['small={weights}']\n")
    weights.unlink()
    assert restarted(before, described(tmp_path)) == ["worker"]
