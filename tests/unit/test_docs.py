"""The documentation holds together."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted((*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_to_a_page_leads_there(page: Path):
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


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
            kind = kinds[section[1]]
        elif kind and (key := re.match(r"# (\w+) = (\S.*?)\s+#", line)) and key[1] not in ("port", "enabled"):
            import tomllib

            default = kind.model_fields[key[1]].default
            assert tomllib.loads(f"x = {key[2]}")["x"] == default, key[1]
