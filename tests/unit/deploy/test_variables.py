"""`.env.example` lists what is read, and a name that nobody reads is told."""

import os
import re
from pathlib import Path

import pytest

from aistack.chassis.settings import aliases_of, env_name
from aistack.deploy.settings import load_attribute, settings_of
from aistack.deploy.variables import INTERNAL, OF_LIBRARIES, env_example, ignored_variables, is_readable_by_others
from aistack.stack.catalogue import CATALOGUE
from aistack.stack.env_file import read_env_file
from aistack.stack.loader import load_stack

REPOSITORY = Path(__file__).parents[3]
SEEDS = (
    "LLM_BASE_URL", "LLM_API_KEY", "POSTGRES_URL", "REDIS_URL", "CHROMA_HOST", "CHROMA_PORT", "JWT_SECRET",
    "SECRET_KEY", "ENCRYPTION_KEY", "MAX_WORKERS", "CACHE_TTL", "LOG_LEVEL", "RUST_LOG", "PROMETHEUS_ENABLED",
    "METRICS_PORT",
)  # fmt: skip


def told(tmp_path: Path, env_file: str = "", **environ: str) -> dict[str, str]:
    (tmp_path / "stack.toml").write_text("")
    (tmp_path / ".env").write_text(env_file)
    return {one.name: one.text for one in ignored_variables(load_stack(tmp_path / "stack.toml", environ))}


class TestExample:
    TEXT = (REPOSITORY / ".env.example").read_text("utf-8")
    NAMES = re.findall(r"^# ([A-Z][A-Z0-9_]*)=", TEXT, re.MULTILINE)

    def test_it_is_what_the_command_writes(self):
        assert env_example() == self.TEXT, "it has drifted; run: aistack config --env-example > .env.example"

    def test_it_has_every_variable_of_every_setting_once(self):
        wanted = set(SEEDS)
        for name, service in CATALOGUE.items():
            kind = load_attribute(service.settings)
            for key in kind.model_fields:
                wanted |= {env_name(kind, name, key)} - {""}
                for alias in aliases_of(kind, key):
                    wanted |= {alias.variable, *alias.beside}
        assert wanted <= set(self.NAMES)
        assert len(self.NAMES) == len(set(self.NAMES))

    def test_it_has_every_variable_that_the_source_names(self):
        found: set[str] = set()
        for path in (REPOSITORY / "src").rglob("*.py"):
            text = path.read_text("utf-8")
            found |= set(re.findall(r"environ(?:ment)?(?:\.get\(|\[| or )[\"']([A-Z][A-Z0-9_]+)[\"']", text))
            found |= set(
                re.findall(r"^[A-Z_]*(?:VARIABLE|MIRROR|HELD)\w* = [\"']([A-Z][A-Z0-9_]+)[\"']", text, re.MULTILINE)
            )
        of_systemd = {"LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "WATCHDOG_USEC"}
        found = {one for one in found if not one.endswith("_") and not OF_LIBRARIES.fullmatch(one)}
        assert found - of_systemd - set(INTERNAL) <= set(self.NAMES)

    def test_every_variable_has_a_line_that_says_what_it_means(self):
        for name in self.NAMES:
            before = self.TEXT[: self.TEXT.index(f"\n# {name}=")].splitlines()[-1]
            assert before.startswith("# ") and len(before) > 5 and "=" not in before.partition(" ")[0], name

    def test_uncommented_as_it_is_it_changes_nothing(self, tmp_path: Path):
        path = tmp_path / ".env"
        path.write_text(
            "\n".join(line[2:] if re.match(r"# [A-Z][A-Z0-9_]*=", line) else line for line in self.TEXT.splitlines())
        )
        assert len(read_env_file(path)) == len(self.NAMES)
        (tmp_path / "stack.toml").write_text("")
        plain = load_stack(tmp_path / "stack.toml", {"AISTACK_ENV_FILE": ""})
        with_file = load_stack(tmp_path / "stack.toml", {})
        for name in CATALOGUE:
            assert settings_of(with_file.services[name], with_file)[0] == settings_of(plain.services[name], plain)[0]


class TestMistyped:
    @pytest.mark.parametrize(
        ("name", "near"),
        [
            ("GATEWAY_LISTENN", "GATEWAY_LISTEN"),
            ("RAG_DATABASE_URI", "RAG_DATABASE_URL"),
            ("AISTACK_IDENTIY", "AISTACK_IDENTITY"),
            ("AISTACK_DATADIR", "AISTACK_DATA_DIR"),
            ("LLM_BASE_ULR", "LLM_BASE_URL"),
            ("LLM_BASEURL", "LLM_BASE_URL"),
            ("POSTGRES_ULR", "POSTGRES_URL"),
            ("CHORMA_HOST", "CHROMA_HOST"),
            ("JWT_SECERT", "JWT_SECRET"),
            ("LOG_LEVLE", "LOG_LEVEL"),
            ("PROMETHEUS_ENABLE", "PROMETHEUS_ENABLED"),
            ("ENCRYPTON_KEY", "ENCRYPTION_KEY"),
            ("QUERY_DATABSE_URL", "QUERY_DATABASE_URL"),
            ("gateway_port", "GATEWAY_PORT"),
        ],
    )
    def test_a_name_near_one_of_ours_is_told_with_it(self, tmp_path: Path, name: str, near: str):
        for warned in (told(tmp_path, "", **{name: "hunter2"}), told(tmp_path, f"{name}=hunter2")):
            assert f"did you mean {near}?" in warned[name]
            assert "hunter2" not in warned[name]

    @pytest.mark.parametrize("name", ["AISTACK_COLOUR", "GATEWAY_MODE", "RAG_CHUNK_TOKENS_FILE"])
    def test_a_name_with_our_prefix_is_told_though_it_is_like_no_other(self, tmp_path: Path, name: str):
        assert f"${name} is not a known setting" in told(tmp_path, "", **{name: "1"})[name]

    def test_in_the_file_every_unknown_name_is_told_with_the_file(self, tmp_path: Path):
        assert f"$MY_THING in {tmp_path}/.env is not a known setting" in told(tmp_path, "MY_THING=1")["MY_THING"]
        assert "has no effect there" in told(tmp_path, "AISTACK_STACK=/x.toml")["AISTACK_STACK"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PATH", "/bin"), ("HOME", "/root"), ("DATABASE_URL", "x"), ("API_PORT", "1"), ("QUERY_STRING", "a=b"),
            ("GATEWAY_INTERFACE", "CGI/1.1"), ("PORT", "80"), ("SECRET", "x"), ("AI_GATEWAY_URL", "x"), ("DEBUG", "1"),
            ("GATEWAY_SERVICE_HOST", "10.0.0.1"), ("GATEWAY_SERVICE_PORT", "9000"), ("GATEWAY_SERVICE_PORT_HTTP", "9"),
            ("GATEWAY_PORT", "tcp://10.0.0.1:9000"), ("GATEWAY_PORT_9000_TCP", "tcp://10.0.0.1:9000"),
            ("RAG_PORT_8011_TCP_ADDR", "10.0.0.1"), ("RAG_PORT_8011_TCP_PROTO", "tcp"),
            ("RAG_REDIS_PORT", "tcp://10.0.0.1:6379"), ("RAG_NAME", "/web/rag"), ("RAG_ENV_PATH", "/bin"),
            ("RAG_DATABASE_URL_FILE", "/dev/null"), ("AISTACK_PUBLISH", "0.0.0.0"),
        ],
    )  # fmt: skip
    def test_what_is_somebody_elses_is_not(self, tmp_path: Path, name: str, value: str):
        assert name not in told(tmp_path, "", **{name: value})

    @pytest.mark.parametrize("line", ["AWS_REGION=x", "HTTPS_PROXY=x", "no_proxy=x", "TZ=UTC", "SSL_CERT_FILE=x"])
    def test_what_libraries_read_may_stand_in_the_file(self, tmp_path: Path, line: str):
        assert told(tmp_path, line) == {}

    def test_a_general_name_that_lacks_another_is_told(self, tmp_path: Path):
        assert "CHROMA_HOST is not set" in told(tmp_path, "CHROMA_PORT=9")["CHROMA_PORT"]
        assert "LLM_BASE_URL is not set" in told(tmp_path, "LLM_API_KEY=x")["LLM_API_KEY"]
        assert told(tmp_path, "LLM_API_KEY=x\nLLM_URL=http://a\nLLM_DEFAULT_MODEL=m") == {}
        assert "no model is set" in told(tmp_path, "LLM_BASE_URL=http://a")["LLM_BASE_URL"]


def test_a_file_with_secrets_that_others_can_read_is_noticed(tmp_path: Path):
    told(tmp_path, "LLM_API_KEY=x")
    os.chmod(tmp_path / ".env", 0o644)
    assert is_readable_by_others(load_stack(tmp_path / "stack.toml", {}))
    os.chmod(tmp_path / ".env", 0o600)
    assert not is_readable_by_others(load_stack(tmp_path / "stack.toml", {}))
    told(tmp_path, "RAG_PORT=1")
    os.chmod(tmp_path / ".env", 0o644)
    assert not is_readable_by_others(load_stack(tmp_path / "stack.toml", {}))
