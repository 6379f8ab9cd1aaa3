"""The settings of worker and sidecar as services of a stack: from its description, under the environment."""

from pathlib import Path

import pytest

from aistack.inference.sidecar.service_process import check as sidecar_settings
from aistack.inference.worker.service_process import check as worker_settings
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack


def load(folder: Path, text: str, **environ: str):
    (folder / "stack.toml").write_text(text)
    return load_stack(folder / "stack.toml", {"AISTACK_DATA_DIR": str(folder / "data"), **environ})


def test_both_meet_at_a_socket_in_the_data_folder(tmp_path: Path):
    stack = load(tmp_path, "[services.worker]\nmodels = ['tiny']\n")
    worker, sidecar = worker_settings(stack), sidecar_settings(stack).settings
    assert worker.uds_path == tmp_path / "data/run/worker.sock"
    assert [(one.name, one.path) for one in sidecar.workers] == [("worker", worker.uds_path)]
    assert (sidecar.bind_addr, sidecar.metrics_port) == ("127.0.0.1:50051", 9090)


def test_a_model_that_is_not_installed_yet_does_not_prevent_a_start(tmp_path: Path):
    (spec,) = worker_settings(load(tmp_path, "[services.worker]\nmodels = ['tiny']\n")).models
    assert (spec.name, spec.place) == ("tiny", str(tmp_path / "data/models/tiny"))


def test_the_tables_and_over_them_the_environment_are_in_force(tmp_path: Path):
    text = (
        "[services.worker]\nmodels = ['tiny']\ncontext = 8192\nkeep_alive = '1h'\nthreads = 2\npreload = false\n"
        "adapters = ['sql=/a.gguf']\n[services.sidecar]\nport = 6000\nwaiting_max = 5\nwaiting_secs = 2.5\n"
    )
    environ = {"WORKER_THREADS": "3", "SIDECAR_WAITING_MAX": "7", "SIDECAR_LISTEN": "0.0.0.0", "LOG_FORMAT": "json"}
    stack = load(tmp_path, text, **environ)
    worker, sidecar = worker_settings(stack), sidecar_settings(stack).settings
    assert (worker.limits.context, worker.limits.threads, worker.keep_alive) == (8192, 3, 3600.0)
    assert worker.preload is False and worker.limits.adapters == {"sql": "/a.gguf"}
    assert (sidecar.bind_addr, sidecar.waiting_max, sidecar.waiting_secs) == ("0.0.0.0:6000", 7, 2.5)
    assert sidecar.log_format == "json"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[services.worker]\ncolour = 1\n", "services.worker.colour is not a key"),
        ("[services.worker]\ncontext = 1\n", "services.worker.context = 1 is not allowed"),
        ("[services.worker]\nkeep_alive = 'soon'\n", "'soon' is not a duration"),
        ("[services.worker]\npreload = 'maybe'\n", "allowed: true or false"),
        ("[services.worker]\nadapters = ['x']\n", "NAME=FILE.gguf"),
        ("[services.sidecar]\ncolour = 1\n", "services.sidecar.colour is not a key"),
        ("[services.sidecar]\nwaiting_max = 'many'\n", "services.sidecar.waiting_max = 'many' is not allowed"),
        ("[services.sidecar]\nlisten = ['127.0.0.1', '::1']\n", "one address"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path: Path, text: str, says: str):
    stack = load(tmp_path, text, WORKER_MODELS="tiny")
    check = worker_settings if "services.worker" in text else sidecar_settings
    with pytest.raises(StackError) as refusal:
        check(stack)
    assert says in str(refusal.value)
