"""Local models: what `[services.worker]` and `[services.sidecar]` may say, and what follows from it."""

from pathlib import Path

import pytest

from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack

ONE = '[services.worker]\nmodels = ["smollm2-135m"]\n'


def load(folder: Path, text: str, **environ: str) -> Stack:
    path = folder / "stack.toml"
    path.write_text(text)
    return load_stack(path, environ)


def names(stack: Stack) -> list[str]:
    return [one.name for one in stack.enabled_programs]


def test_without_models_nothing_is_different(tmp_path: Path):
    stack = load(tmp_path, "[services.worker]\nmemory = '4G'\n")
    assert names(stack) == [] and stack.models == () and stack.static_upstreams == ()
    assert [one.name for one in stack.chosen(())] == ["gateway", "rag", "trend", "connection", "query", "ai", "agent"]


def test_naming_a_model_turns_worker_and_sidecar_on(tmp_path: Path):
    stack = load(tmp_path, ONE)
    assert names(stack) == ["worker", "sidecar"]
    assert [one.name for one in stack.chosen(("models",))] == ["worker", "sidecar"]
    assert [one.name for one in stack.enabled] == ["gateway", "rag", "trend", "connection", "query", "ai", "agent"]


def test_the_environment_names_models_too(tmp_path: Path):
    stack = load(tmp_path, "", WORKER_MODELS="smollm2-135m, other=/weights/other.gguf")
    assert stack.local_models.models == ("smollm2-135m", "other=/weights/other.gguf")
    assert stack.local_models.names == ("smollm2-135m", "other")
    assert names(load(tmp_path, ONE, WORKER_MODELS="")) == []


def test_one_that_is_turned_off_takes_the_other_with_it(tmp_path: Path):
    stack = load(tmp_path, ONE + "[services.sidecar]\nenabled = false\n")
    assert names(stack) == [] and stack.models == ()


def test_a_local_model_is_in_the_model_table(tmp_path: Path):
    stack = load(tmp_path, ONE + '[models]\ndefault = "smollm2-135m"\n')
    assert {entry.name: entry.alias_of for entry in stack.models} == {"default": "smollm2-135m", "smollm2-135m": ""}
    entry = next(one for one in stack.models if not one.alias_of)
    assert (entry.upstreams[0].worker, entry.upstreams[0].sidecar) == ("smollm2-135m", "")
    assert entry.source == "services.worker.models"


def test_an_entry_of_the_table_with_that_name_takes_precedence(tmp_path: Path):
    stack = load(tmp_path, ONE + '[models.smollm2-135m]\nupstreams = [{ worker = "smollm2-135m" }]\nseconds = 5\n')
    assert [(entry.name, entry.seconds) for entry in stack.models] == [("smollm2-135m", 5.0)]


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "127.0.0.1:50051"),
        ({"SIDECAR_PORT": "6000"}, "127.0.0.1:6000"),
        ({"SIDECAR_BIND_ADDR": "0.0.0.0:7000"}, "127.0.0.1:7000"),
        ({"AISTACK_SIDECAR_HOST": "sidecar"}, "sidecar:50051"),
        ({"SIDECAR_BIND_ADDR": "unix:///run/cy/sidecar.sock"}, "unix:/run/cy/sidecar.sock"),
    ],
)
def test_the_gateway_finds_the_sidecar_where_it_listens(tmp_path: Path, environ: dict[str, str], address: str):
    assert load(tmp_path, ONE, **environ).local_models.sidecar_address == address


def test_the_gateway_checks_the_sidecar_at_its_metrics_port(tmp_path: Path):
    (found,) = load(tmp_path, ONE, SIDECAR_METRICS_PORT="9191").static_upstreams
    assert (found.name, found.urls, found.routes) == ("sidecar", ("http://127.0.0.1:9191",), ())
    assert load(tmp_path, ONE, SIDECAR_METRICS_PORT="0").static_upstreams == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[services.worker]\nmodels = 'a'\n", "up to 64 of NAME"),
        ("[services.worker]\nmodels = ['../x']\n", "services.worker.models = '../x' is not allowed"),
        ("[services.worker]\nmodels = ['/x/y.gguf']\n", "NAME=PLACE"),
        (ONE + "replicas = 2\n", "services.worker.replicas = 2 is not allowed"),
        (ONE + "[services.sidecar]\nport = 9000\n", "services.gateway already uses this port"),
        (ONE + "[services.sidecar]\nmetrics_port = 50051\n", "services.sidecar already uses this port"),
        (ONE + "[services.sidecar]\nmetrics_port = 'x'\n", "from 1 to 65535"),
        ("[upstreams.sidecar]\nurls=['http://a']\nroutes=['/a']\n", "use another name"),
        ("[profiles]\nmodels = ['rag']\n", "that no service has"),
    ],
)
def test_what_cannot_be_is_refused_with_the_key(tmp_path: Path, text: str, says: str):
    with pytest.raises(StackError) as refusal:
        load(tmp_path, text)
    assert says in str(refusal.value)
