"""The documentation holds together."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted((*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub names them."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.S | re.M)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_to_a_page_and_a_heading(page: Path):
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)]*))?\)", page.read_text("utf-8")):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_path_into_the_source_exists(page: Path):
    for path in re.findall(r"`(src/aistack/[^`]*)`", page.read_text("utf-8")):
        assert (REPOSITORY / path).exists(), path


def test_every_setting_of_stack_toml_is_one_and_has_its_real_default():
    from aistack.ai.settings import AiSettings
    from aistack.connection.settings import ConnectionSettings
    from aistack.gateway.settings import GatewaySettings
    from aistack.query.settings import QuerySettings
    from aistack.rag.settings import RagSettings

    kinds = {
        "gateway": GatewaySettings, "rag": RagSettings, "connection": ConnectionSettings, "query": QuerySettings,
        "ai": AiSettings,
    }  # fmt: skip
    kind = None
    for line in (REPOSITORY / "stack.toml").read_text("utf-8").splitlines():
        if section := re.match(r"\[services\.(\w+)\]", line):
            kind = kinds.get(section[1])
        elif kind and (key := re.match(r"# (\w+) = (\S.*?)\s+#", line)) and key[1] not in ("port", "enabled"):
            import tomllib

            default = kind.model_fields[key[1]].default
            assert tomllib.loads(f"x = {key[2]}")["x"] == default, key[1]


def test_every_setting_of_the_model_services_in_stack_toml_is_one_and_has_its_real_default(tmp_path: Path):
    from aistack.inference.sidecar.service_process import check as sidecar_settings
    from aistack.inference.worker.service_process import check as worker_settings
    from aistack.stack.loader import load_stack

    text = (REPOSITORY / "stack.toml").read_text("utf-8")
    described = text[text.index("[services.worker]") : text.index("# The models that the gateway serves")]
    described = re.sub(r"^# (\w+ = )", r"\1", described, flags=re.MULTILINE)
    (tmp_path / "plain.toml").write_text("")
    (tmp_path / "all.toml").write_text(described)
    plain, whole = (
        load_stack(tmp_path / f"{name}.toml", {"AISTACK_DATA_DIR": str(tmp_path)}) for name in ("plain", "all")
    )
    assert whole.local_models == plain.local_models
    assert worker_settings(whole) == worker_settings(plain)
    assert sidecar_settings(whole).settings == sidecar_settings(plain).settings
    assert {name: one.limits for name, one in whole.programs.items()} == {
        name: one.limits for name, one in plain.programs.items()
    }
