"""The installed models that a machine serves: they add to stack.toml, and a role given to one of them wins over it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aistack.gateway.models.table.compiled import UNKNOWN, compiled
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from aistack.stack.local_models import ServedModels, needs_default, read_served, write_served


def described(folder: Path, toml: str = ""):
    (folder / "stack.toml").write_text(f"[stack]\ndata_dir = '{folder}'\n{toml}")
    return load_stack(folder / "stack.toml", {})


def install(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / "models" / name).mkdir(parents=True, exist_ok=True)
    return folder / "models"


def test_a_served_model_turns_the_worker_on_and_is_in_the_table(tmp_path: Path):
    assert not described(tmp_path).enabled_programs
    models = install(tmp_path, "small")
    write_served(models, ServedModels().having("small", ("default",)))
    stack = described(tmp_path)
    assert [one.name for one in stack.enabled_programs] == ["worker", "sidecar"]
    assert {one.name: one.alias_of for one in stack.models} == {"small": "", "default": "small"}
    assert stack.local_models.models == ("small",)


def test_models_of_the_description_stay_and_the_chosen_role_wins(tmp_path: Path):
    models = install(tmp_path, "small", "large")
    write_served(models, ServedModels().having("small", ("default",)))
    stack = described(tmp_path, "[services.worker]\nmodels = ['large']\n[models]\ndefault = 'large'\n")
    assert stack.local_models.models == ("large", "small")
    assert {one.name: one.alias_of for one in stack.models if one.alias_of} == {"default": "small"}


def test_what_is_no_longer_installed_is_not_served(tmp_path: Path):
    models = install(tmp_path, "small")
    write_served(models, ServedModels().having("small", ()).having("gone", ("default",)))
    assert read_served(models) == ServedModels(("small",), {})
    assert described(tmp_path).local_models.models == ("small",)


def test_a_model_that_does_not_chat_is_not_the_default(tmp_path: Path):
    models = install(tmp_path, "vectors", "small")
    write_served(models, ServedModels().having("vectors", (), "embedding"))
    entries = described(tmp_path).models
    assert compiled(entries, lambda *_: "", lambda _: UNKNOWN, 0).aliases == {}
    write_served(models, read_served(models).having("small", ()))
    table = compiled(described(tmp_path).models, lambda *_: "", lambda _: UNKNOWN, 0)
    assert table.aliases["default"] == "small"
    assert read_served(models).without("vectors").kinds == {}


def test_a_model_that_is_stopped_loses_its_roles():
    served = ServedModels().having("a", ("default",)).having("b", ("precise",)).having("a", ())
    assert served == ServedModels(("a", "b"), {"default": "a", "precise": "b"})
    assert served.without("a") == ServedModels(("b",), {"precise": "b"})


@pytest.mark.parametrize("text", [
        "", "{", "[]", "null", "[" * 100_000, '{"models": []}', '{"models": 7, "roles": {}, "kinds": {}}',
        '{"models": "small", "roles": {}}', '{"models": [7], "roles": {}}', '{"models": ["../x"], "roles": {}}',
        '{"models": [], "roles": []}', '{"models": [], "roles": {"default": 7}}',
    ])  # fmt: skip
def test_a_damaged_choice_is_named_and_the_rest_goes_on(text: str, tmp_path: Path):
    models = install(tmp_path)
    models.mkdir()
    (models / "served.json").write_text(text)
    stack = described(tmp_path, "[services.worker]\nmodels = ['large']\n")
    assert stack.local_models.models == ("large",)
    assert "served.json is damaged; remove it" in stack.local_models.problem
    with pytest.raises(StackError, match=r"served\.json is damaged"):
        read_served(models)


def test_the_first_chat_model_becomes_the_default_unless_another_one_is(tmp_path: Path):
    url = "upstreams = [{ url = 'https://api.example.com/v1' }]"
    assert needs_default(described(tmp_path).models, ServedModels())
    assert not needs_default(described(tmp_path, f"[models.big]\n{url}\n").models, ServedModels())
    models = install(tmp_path, "small")
    write_served(models, ServedModels().having("small", ("default",)))
    assert not needs_default(described(tmp_path).models, read_served(models))


def test_a_model_that_could_not_be_loaded_leaves_what_was_chosen_for_others_meanwhile():
    before = ServedModels().having("a", ("default", "precise"))
    chosen = before.having("b", ("default",)).having("c", ("precise",))
    assert chosen.back_to(before, "b") == ServedModels(("a", "c"), {"precise": "c", "default": "a"})
    assert before.having("a", ("vision",)).back_to(before, "a") == before


def test_two_that_write_at_once_leave_one_whole_choice_and_no_files(tmp_path: Path):
    models = install(tmp_path, *"abcdefgh")
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda name: write_served(models, ServedModels().having(name, ("default",))), "abcdefgh"))
    assert len(read_served(models).models) == 1
    assert {path.name for path in models.iterdir()} == {*"abcdefgh", "served.json"}
