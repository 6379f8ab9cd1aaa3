"""The environment: `.env` beside stack.toml, what wins over what, and the names that other projects use."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.ai.settings import AiSettings
from aistack.chassis.settings import MASK, ServiceSettings, resolve
from aistack.gateway.settings import GatewaySettings
from aistack.rag.settings import RagSettings
from aistack.stack.catalogue import CATALOGUE
from aistack.stack.data_paths import DataPaths
from aistack.stack.env_file import read_env_file
from aistack.stack.environment import Environment
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from aistack.stack.secrets import stack_secret

KINDS: dict[str, type[ServiceSettings]] = {"rag": RagSettings, "ai": AiSettings, "gateway": GatewaySettings}
LONG = "0123456789abcdefghijABCDEFGHIJ_-xyz"


def read(tmp_path: Path, text: str | bytes) -> dict[str, str]:
    path = tmp_path / ".env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_env_file(path)


def described(tmp_path: Path, env_file: str = "", toml: str = "", **environ: str):
    (tmp_path / "stack.toml").write_text(toml)
    if env_file:
        (tmp_path / ".env").write_text(env_file)
    return load_stack(tmp_path / "stack.toml", environ)


def in_force(stack, service: str) -> dict[str, tuple[object, str]]:
    _, origins = resolve(KINDS[service], stack.services[service], stack)
    return {one.key: (one.value, one.source) for one in origins}


def value(stack, service: str, key: str) -> object:
    return getattr(resolve(KINDS[service], stack.services[service], stack)[0], key)


class TestFile:
    @pytest.mark.parametrize(
        ("line", "name", "value"),
        [
            ("A=1", "A", "1"),
            ("export A=1", "A", "1"),
            ("  A = 1  ", "A", "1"),
            ("A=", "A", ""),
            ("A=   ", "A", ""),
            ('A=""', "A", ""),
            ("A=''", "A", ""),
            ("A=a b c", "A", "a b c"),
            ("A=a # note", "A", "a"),
            ("A= # note", "A", ""),
            ("A=a#b", "A", "a#b"),
            ("A=#b", "A", "#b"),
            ("A='a # b'", "A", "a # b"),
            ("A='a' # note", "A", "a"),
            ("A='$HOME \\n'", "A", "$HOME \\n"),
            ('A="a\\nb"', "A", "a\nb"),
            ('A="say \\"hi\\" \\\\ \\$x"', "A", 'say "hi" \\ $x'),
            ('A="C:\\new\\d"', "A", "C:\new\\d"),
            ("A=$HOME/x`id`$(id)", "A", "$HOME/x`id`$(id)"),
            ("A=postgresql://me:p@ss=word@db/x?a=b", "A", "postgresql://me:p@ss=word@db/x?a=b"),
            ("A=it's", "A", "it's"),
            ("a_1=小船", "a_1", "小船"),
        ],
    )
    def test_a_line_is_read(self, tmp_path: Path, line: str, name: str, value: str):
        assert read(tmp_path, line) == {name: value}

    def test_bom_crlf_comments_and_repeated_names(self, tmp_path: Path):
        assert read(tmp_path, b"\xef\xbb\xbf# head\r\nA=1\r\n\r\n  # more\r\nA='2'\r\nB=3") == {"A": "2", "B": "3"}

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("just-a-secret-word", "the line has no ="),
            ("1A=hunter2", "the name is not allowed"),
            ("A-B=hunter2", "the name is not allowed"),
            ("=hunter2", "the name is not allowed"),
            ("A='hunter2", "' of A is not closed"),
            ('A="hunter2', '" of A is not closed'),
            ('A="hunter2\\"', '" of A is not closed'),
            ("A='hunter2' more", "text after the closing '"),
            ("A=hunter2\0", "NUL"),
            ("export A", "the line has no ="),
        ],
    )
    def test_a_malformed_line_is_refused_with_its_place_and_not_shown(self, tmp_path: Path, line: str, says: str):
        with pytest.raises(StackError) as refusal:
            read(tmp_path, f"OK=1\n\n{line}\n")
        assert str(refusal.value).startswith(f"{tmp_path}/.env:3: ")
        assert says in str(refusal.value)
        assert "hunter2" not in str(refusal.value) and "just-a-secret-word" not in str(refusal.value)

    def test_what_is_no_text_or_too_large_or_locked_is_refused(self, tmp_path: Path):
        with pytest.raises(StackError, match="not UTF-8 text at byte 2"):
            read(tmp_path, b"A=\xff\n")
        with pytest.raises(StackError, match="larger than"):
            read(tmp_path, b"A=" + b"x" * 2**20)

    @given(
        st.dictionaries(
            st.from_regex(r"[A-Z_][A-Z0-9_]{0,20}", fullmatch=True),
            st.text(st.characters(blacklist_characters="\0\r\n'", blacklist_categories=("Cs",))),
        )
    )
    def test_whatever_stands_in_single_quotes_comes_back(self, tmp_path_factory, variables: dict[str, str]):
        path = tmp_path_factory.mktemp("env")
        assert read(path, "".join(f"{name}='{text}'\n" for name, text in variables.items())) == variables

    @given(st.binary(max_size=200))
    def test_no_bytes_end_in_anything_but_variables_or_one_line(self, tmp_path_factory, data: bytes):
        said = ""
        try:
            read(tmp_path_factory.mktemp("env"), data)
        except StackError as error:
            said = str(error)
        assert "\n" not in said


class TestOrder:
    def test_the_process_wins_over_the_file_and_that_over_stack_toml(self, tmp_path: Path):
        toml = "[services.rag]\npages_max = 1\nchunk_tokens = 100\nocr_pages_max = 1\n"
        stack = described(tmp_path, "RAG_PAGES_MAX=2\nRAG_CHUNK_TOKENS=200\n", toml, RAG_PAGES_MAX="3")
        held = in_force(stack, "rag")
        assert held["pages_max"] == (3, "$RAG_PAGES_MAX")
        assert held["chunk_tokens"] == (200, f"$RAG_CHUNK_TOKENS in {tmp_path}/.env")
        assert held["ocr_pages_max"] == (1, f"{tmp_path}/stack.toml")

    def test_ports_identity_and_data_folder_come_from_the_file_too(self, tmp_path: Path):
        stack = described(tmp_path, "RAG_PORT=7001\nAISTACK_IDENTITY=true\nAISTACK_DATA_DIR=data\nGATEWAY_LISTEN=::1\n")
        assert (stack.services["rag"].port, stack.identity, stack.gateway_host) == (7001, True, "[::1]")
        assert stack.data_dir == tmp_path / "data"  # a path in the file is meant from there
        assert in_force(stack, "rag")["port"][1] == f"$RAG_PORT in {tmp_path}/.env"

    def test_a_bad_value_names_the_file(self, tmp_path: Path):
        with pytest.raises(StackError, match=rf"\$RAG_CHUNK_TOKENS in {tmp_path}/.env: services.rag.chunk_tokens"):
            in_force(described(tmp_path, "RAG_CHUNK_TOKENS=many"), "rag")
        with pytest.raises(StackError, match=rf"\$RAG_PORT in {tmp_path}/.env"):
            described(tmp_path, "RAG_PORT=0")

    def test_another_file_or_none_may_be_named(self, tmp_path: Path):
        other = tmp_path / "other.env"
        other.write_text("RAG_PORT=7002")
        assert described(tmp_path, "RAG_PORT=7001", AISTACK_ENV_FILE=str(other)).services["rag"].port == 7002
        assert described(tmp_path, "RAG_PORT=7001", AISTACK_ENV_FILE="").services["rag"].port == 8011
        with pytest.raises(StackError, match="no such file"):
            described(tmp_path, AISTACK_ENV_FILE=str(tmp_path / "nothing"))

    def test_the_default_stack_is_used_with_the_file_in_the_working_directory(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / ".env").write_text("RAG_PORT=7003")
        assert load_stack(None, {}).services["rag"].port == 7003

    def test_a_variable_of_a_services_own_table_is_the_weakest_and_its_alone(self, tmp_path: Path):
        toml = '[services.rag.environment]\nLOG_LEVEL = "debug"\nRAG_PAGES_MAX = "5"\n'
        stack = described(tmp_path, "RAG_PAGES_MAX=6", toml)
        assert in_force(stack, "rag")["log_level"] == ("debug", f"$LOG_LEVEL in {tmp_path}/stack.toml")
        assert value(stack, "rag", "pages_max") == 6
        assert value(stack, "ai", "log_level") == "info"

    def test_a_secret_may_lie_in_a_file_that_the_file_names(self, tmp_path: Path):
        (tmp_path / "url").write_text("postgresql://me:hunter2@db/x\n")
        stack = described(tmp_path, "RAG_DATABASE_URL_FILE=url")
        assert in_force(stack, "rag")["database_url"] == (MASK, f"$RAG_DATABASE_URL_FILE in {tmp_path}/.env")
        assert value(stack, "rag", "database_url") == "postgresql://me:hunter2@db/x"

    def test_a_blank_variable_is_not_set_unless_blank_means_something(self, tmp_path: Path):
        stack = described(
            tmp_path,
            "RAG_PORT=\nRAG_CHUNK_TOKENS=\nLOG_LEVEL=\nGATEWAY_LISTEN=\nMAX_WORKERS=\nPOSTGRES_URL=\nMETRICS_PORT=\n"
            "GATEWAY_RATE_LIMITS=\nRAG_DATABASE_URL=\nPROMETHEUS_ENABLED=\n",
            "[services.rag]\ndatabase_url = 'postgresql://db/x'\n",
        )
        assert (stack.services["rag"].port, value(stack, "rag", "chunk_tokens")) == (8011, 320)
        assert (value(stack, "gateway", "workers"), value(stack, "gateway", "metrics_listen")) == (1, "")
        assert (value(stack, "gateway", "rate_limits"), value(stack, "rag", "database_url")) == ([], "")

    def test_what_kubernetes_sets_for_a_service_of_our_name_does_no_harm(self, tmp_path: Path):
        links = {
            "RAG_PORT": "tcp://10.0.0.1:8011",
            "RAG_PORT_8011_TCP": "tcp://10.0.0.1:8011",
            "RAG_SERVICE_HOST": "10.0.0.1",
            "GATEWAY_PORT": "tcp://[fd00::1]:9000",
            "CHROMA_PORT": "tcp://10.0.0.3:8000",
            "METRICS_PORT": "udp://10.0.0.3:53",
        }
        stack = described(tmp_path, "", "", **links, CHROMA_HOST="chroma")
        assert (stack.services["rag"].port, stack.services["gateway"].port) == (8011, 9000)
        assert value(stack, "rag", "vectors_url") == "chroma://chroma:8000"
        assert value(stack, "gateway", "metrics_listen") == ""


class TestExport:
    @pytest.fixture(autouse=True)
    def nothing_stays(self):
        yield
        Environment().export()

    def test_libraries_see_the_file_and_a_reload_takes_its_variables_away_again(self, tmp_path: Path, monkeypatch):
        monkeypatch.setenv("AWS_REGION", "mine")
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        path = tmp_path / "stack.toml"
        path.write_text("")
        (tmp_path / ".env").write_text("AWS_REGION=theirs\nAWS_ENDPOINT_URL=http://a\nRAG_PORT=7001\n")
        load_stack(path).environment.export()
        assert (os.environ["AWS_REGION"], os.environ["AWS_ENDPOINT_URL"]) == ("mine", "http://a")
        (tmp_path / ".env").write_text("AWS_ENDPOINT_URL=http://b\n")
        again = load_stack(path)
        assert again.services["rag"].port == 8011
        again.environment.export()
        assert os.environ["AWS_ENDPOINT_URL"] == "http://b" and "RAG_PORT" not in os.environ
        (tmp_path / ".env").unlink()
        load_stack(path).environment.export()
        assert "AWS_ENDPOINT_URL" not in os.environ and os.environ["AWS_REGION"] == "mine"


class TestGeneralNames:
    @pytest.mark.parametrize("service", list(CATALOGUE))
    def test_postgres_url_is_where_every_service_keeps_its_records(self, tmp_path: Path, service: str):
        from aistack.deploy.settings import settings_of

        stack = described(tmp_path, "POSTGRES_URL=postgres://me:pw@db/x")
        assert settings_of(stack.services[service], stack)[0].database_url == "postgresql://me:pw@db/x"

    @pytest.mark.parametrize(
        ("given", "service", "key", "expected"),
        [
            ({"POSTGRES_URL": "postgresql+asyncpg://db/x"}, "rag", "database_url", "postgresql://db/x"),
            ({"REDIS_URL": "redis://r:6379/2"}, "gateway", "redis_url", "redis://r:6379/2"),
            ({"REDIS_URL": "redis://r:6379/2"}, "rag", "cache_url", "redis://r:6379/2"),
            ({"CHROMA_HOST": "chroma"}, "rag", "vectors_url", "chroma://chroma:8000"),
            ({"CHROMA_HOST": "chroma", "CHROMA_PORT": "9"}, "rag", "vectors_url", "chroma://chroma:9"),
            ({"CHROMA_HOST": "chroma:7", "CHROMA_PORT": "9"}, "rag", "vectors_url", "chroma://chroma:7"),
            ({"CHROMA_HOST": "http://10.0.0.1:7/"}, "rag", "vectors_url", "chroma://10.0.0.1:7"),
            ({"CHROMA_HOST": "https://c.example"}, "rag", "vectors_url", "chroma+https://c.example:8000"),
            ({"CHROMA_HOST": "::1"}, "rag", "vectors_url", "chroma://[::1]:8000"),
            ({"CHROMA_HOST": "[::1]:5"}, "rag", "vectors_url", "chroma://[::1]:5"),
            ({"CHROMA_PORT": "9"}, "rag", "vectors_url", ""),
            ({"SECRET_KEY": LONG}, "rag", "secret", LONG),
            ({"MAX_WORKERS": "4"}, "gateway", "workers", 4),
            ({"MAX_WORKERS": "4"}, "rag", "parse_workers", 1),
            ({"CACHE_TTL": "60"}, "rag", "cache_ttl_seconds", 60.0),
            ({"METRICS_PORT": "9102"}, "gateway", "metrics_listen", "127.0.0.1:9102"),
            ({"PROMETHEUS_ENABLED": "False"}, "ai", "metrics_enabled", False),
            ({"RUST_LOG": "trace"}, "ai", "log_level", "debug"),
            ({"RUST_LOG": "WARN"}, "ai", "log_level", "warning"),
            ({"RUST_LOG": "off"}, "ai", "log_level", "error"),
            ({"RUST_LOG": "hyper=debug,error,tower=trace"}, "ai", "log_level", "error"),
            ({"RUST_LOG": "info/some regex"}, "ai", "log_level", "info"),
            ({"RUST_LOG": "my_crate"}, "ai", "log_level", "info"),
            ({"RUST_LOG": "debug", "LOG_LEVEL": "ERROR"}, "ai", "log_level", "error"),
            ({"LOG_LEVEL": "warn"}, "ai", "log_level", "warning"),
        ],
    )
    def test_one_gives_a_setting(self, tmp_path: Path, given: dict, service: str, key: str, expected: object):
        assert value(described(tmp_path, **given), service, key) == expected

    def test_the_own_name_wins_wherever_it_stands_and_the_general_one_over_stack_toml(self, tmp_path: Path):
        stack = described(
            tmp_path,
            "GATEWAY_WORKERS=2\n",
            "[services.rag]\ncache_url = 'redis://toml'\n",
            MAX_WORKERS="5",
            REDIS_URL="redis://env",
        )
        assert in_force(stack, "gateway")["workers"] == (2, f"$GATEWAY_WORKERS in {tmp_path}/.env")
        assert in_force(stack, "rag")["cache_url"] == (MASK, "$REDIS_URL")
        assert value(stack, "rag", "cache_url") == "redis://env"

    @pytest.mark.parametrize(
        ("given", "service", "says"),
        [
            ({"POSTGRES_URL": "mysql://me:hunter2@db/x"}, "rag", r"\$POSTGRES_URL = \*+ is not allowed"),
            ({"REDIS_URL": "me:hunter2@r"}, "rag", r"\$REDIS_URL = \*+ .* starts with redis://"),
            ({"CHROMA_HOST": "a b"}, "rag", r"\$CHROMA_HOST = .*ChromaDB server"),
            ({"CHROMA_HOST": "c", "CHROMA_PORT": "x"}, "rag", "CHROMA_PORT: a port from 1 to 65535"),
            ({"CHROMA_HOST": "c", "CHROMA_PORT": "70000"}, "rag", "CHROMA_PORT: a port from 1 to 65535"),
            ({"METRICS_PORT": "http"}, "gateway", r"\$METRICS_PORT = 'http' is not allowed"),
            ({"METRICS_PORT": "0"}, "gateway", "a port from 1 to 65535"),
            ({"METRICS_PORT": "9000"}, "gateway", "which is the gateway's own"),
            ({"MAX_WORKERS": "0"}, "gateway", r"\$MAX_WORKERS: services.gateway.workers = '0'"),
            ({"MAX_WORKERS": "many"}, "gateway", r"\$MAX_WORKERS: services.gateway.workers"),
            ({"CACHE_TTL": "-1"}, "rag", r"\$CACHE_TTL: services.rag.cache_ttl_seconds"),
            ({"LLM_BASE_URL": "localhost:8000"}, "ai", "starts with http:// or https://"),
            ({"PROMETHEUS_ENABLED": "maybe"}, "rag", r"\$PROMETHEUS_ENABLED: services.rag.metrics_enabled"),
        ],
    )
    def test_one_that_makes_no_sense_is_refused_by_its_own_name(self, tmp_path, given: dict, service: str, says: str):
        with pytest.raises(StackError, match=says) as refusal:
            value(described(tmp_path, **given), service, "port")
        assert "hunter2" not in str(refusal.value)

    def test_the_signing_secret_may_be_called_secret_key(self, tmp_path: Path):
        assert stack_secret(DataPaths(tmp_path), {"SECRET_KEY": LONG}) == LONG
        assert stack_secret(DataPaths(tmp_path), {"SECRET_KEY": "short", "AISTACK_SECRET": LONG}) == LONG
        with pytest.raises(StackError, match=r"\$SECRET_KEY is too weak"):
            stack_secret(DataPaths(tmp_path), {"SECRET_KEY": "changeme"})


class TestModels:
    BASE = "https://llm.example/v1"

    def test_one_server_key_and_model_serve_rag_and_ai(self, tmp_path: Path):
        stack = described(tmp_path, LLM_BASE_URL=self.BASE, LLM_API_KEY="sk", LLM_DEFAULT_MODEL="m")
        assert [value(stack, "rag", key) for key in ("chat_url", "chat_key", "chat_model")] == [self.BASE, "sk", "m"]
        assert [value(stack, "ai", key) for key in ("llm_url", "llm_key", "llm_default_model")] == [
            self.BASE,
            "sk",
            "m",
        ]

    def test_the_model_may_be_called_openai_model(self, tmp_path: Path):
        stack = described(tmp_path, LLM_BASE_URL=self.BASE, OPENAI_MODEL="m")
        assert (value(stack, "rag", "chat_model"), value(stack, "ai", "llm_default_model")) == ("m", "m")

    def test_without_a_model_nothing_is_asked_and_it_is_told(self, tmp_path: Path):
        from aistack.deploy.settings import notes_on_settings

        stack = described(tmp_path, LLM_BASE_URL=self.BASE, LLM_API_KEY="sk")
        assert (value(stack, "rag", "chat_url"), value(stack, "ai", "llm_url")) == ("", "")
        notes = notes_on_settings(stack)
        assert any("$LLM_BASE_URL is not used by ai" in note and "LLM_DEFAULT_MODEL" in note for note in notes), notes
        assert any("$LLM_BASE_URL is not used by rag" in note and "RAG_CHAT_MODEL" in note for note in notes), notes

    def test_a_key_and_a_model_never_go_to_another_server_than_theirs(self, tmp_path: Path):
        stack = described(
            tmp_path, LLM_BASE_URL=self.BASE, LLM_API_KEY="sk", LLM_DEFAULT_MODEL="m",
            RAG_CHAT_URL="http://127.0.0.1:1/v1", RAG_CHAT_MODEL="own",
            LLM_URL="http://127.0.0.1:2/v1",
        )  # fmt: skip
        assert [value(stack, "rag", key) for key in ("chat_url", "chat_key", "chat_model")] == [
            "http://127.0.0.1:1/v1", "", "own",
        ]  # fmt: skip
        assert (value(stack, "ai", "llm_url"), value(stack, "ai", "llm_key")) == ("http://127.0.0.1:2/v1", "")

    def test_the_model_of_ai_alone_changes_nothing_in_rag(self, tmp_path: Path):
        toml = "[services.rag]\nchat_url = 'http://127.0.0.1:1/v1'\nchat_model = 'writer'\n"
        stack = described(tmp_path, "", toml, LLM_URL=self.BASE, LLM_DEFAULT_MODEL="sql")
        assert (value(stack, "rag", "chat_model"), value(stack, "ai", "llm_default_model")) == ("writer", "sql")

    def test_only_the_precise_model_named_is_refused_with_what_is_missing(self, tmp_path: Path):
        stack = described(tmp_path, LLM_BASE_URL=self.BASE, LLM_HIGH_PRECISION_MODEL="big")
        with pytest.raises(StackError, match="llm_url needs llm_default_model"):
            value(stack, "ai", "llm_url")


class TestWhatIsNoFile:
    def test_a_folder_a_dangling_link_or_a_pipe_stops_the_start(self, tmp_path: Path):
        (tmp_path / "a").mkdir()
        (tmp_path / "b").symlink_to(tmp_path / "nothing")
        os.mkfifo(tmp_path / "c")
        for name in "abc":
            with pytest.raises(StackError, match="not a file with variables"):
                read_env_file(tmp_path / name)

    def test_a_virtual_environment_of_that_name_is_left_alone(self, tmp_path: Path):
        (tmp_path / ".env").mkdir()
        (tmp_path / ".env" / "pyvenv.cfg").touch()
        assert read_env_file(tmp_path / ".env") == {}
        assert read_env_file(tmp_path / "file" / ".env") == {}
