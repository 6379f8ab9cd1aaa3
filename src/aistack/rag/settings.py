"""What can be set on the rag service."""

from typing import ClassVar, Self

from pydantic import model_validator

from aistack.chassis import aliases
from aistack.chassis.settings import ServiceSettings, setting


class RagSettings(ServiceSettings):
    live: ClassVar[set[str]] = {
        "embedder", "embedder_model", "embedder_key", "chat_url", "chat_model", "chat_key", "chat_seconds_max",
        "graph_by_model", "cache_ttl_seconds",
    }  # fmt: skip

    database_url: str = setting(
        "",
        "records; empty = SQLite in the data folder, or postgresql://...",
        aliases=(aliases.POSTGRES_URL,),
        secret=True,
    )
    files_url: str = setting("", "uploaded files; empty = a folder in the data folder, or file://, s3://")
    file_bytes_max: int = setting(100 * 1024 * 1024, "largest single file, bytes", ge=1, le=1 << 40)
    request_files_max: int = setting(10_000, "files in one upload", ge=1, le=1_000_000)
    queue_items_max: int = setting(100_000, "files that wait for ingest; above it uploads get 503", ge=1)
    chunk_tokens: int = setting(320, "tokens a chunk holds at most, about", ge=32, le=4096)
    chunk_overlap_tokens: int = setting(40, "tokens a chunk repeats of the one before", ge=0, le=1024)
    parse_workers: int = setting(1, "processes that parse, started when there is work", ge=1, le=64)
    parse_seconds_max: float = setting(120.0, "one file may take this long to parse", gt=0, le=3600)
    parse_memory_mib: int = setting(1024, "memory of one parsing process, MiB", ge=128, le=65_536)
    parse_idle_seconds: float = setting(30.0, "a parsing process without work ends after this time", gt=0, le=3600)
    pages_max: int = setting(5_000, "pages of one document", ge=1, le=1_000_000)
    ocr_pages_max: int = setting(50, "scanned pages of one document that are read by OCR", ge=0, le=100_000)
    text_characters_max: int = setting(20_000_000, "characters of text of one document", ge=1_000)
    lease_seconds: float = setting(30.0, "an ingest that shows no life for this long is taken over", gt=1, le=3600)
    attempts_max: int = setting(3, "times that a file is tried when the service dies over it", ge=1, le=100)

    embedder: str = setting(
        "",
        "sentence vectors: empty for none, a pulled model's name, an ONNX model's folder, or an OpenAI-compatible URL",
    )
    embedder_model: str = setting("", "model to ask for at the embedder's URL")
    embedder_key: str = setting("", "key for the embedder's URL", secret=True)
    reranker: str = setting("", "a cross-encoder that reads the best hits again: a pulled model's name or a folder")
    cache_url: str = setting(
        "",
        "cache; empty = memory, redis://HOST:PORT/DB or memcached://HOST:PORT",
        aliases=(aliases.REDIS_URL,),
        secret=True,
    )
    cache_ttl_seconds: float = setting(
        3600.0,
        "what was worked out for a question is kept for this time; 0 keeps nothing",
        aliases=(aliases.CACHE_TTL,),
        ge=0,
        le=30 * 86_400,
    )
    vectors_url: str = setting(
        "",
        "vectors; empty = a folder in the data folder, or chroma://HOST:PORT",
        aliases=(aliases.CHROMA_HOST,),
        secret=True,
    )
    watch_folders: list[str] = setting([], "folders that may be watched, with all inside them, comma-separated")
    fetch_private: bool = setting(False, "let documents be fetched from loopback and private addresses too")
    chat_url: str = setting(
        "",
        "model that writes answers: empty for none, or the URL of an OpenAI-compatible server",
        aliases=(aliases.model_url("chat_model"),),
    )
    chat_model: str = setting(
        "",
        "model to ask for at the chat URL",
        aliases=tuple(
            aliases.model_name(name, "RAG_CHAT_URL", with_base_url=True)
            for name in ("LLM_DEFAULT_MODEL", "OPENAI_MODEL")
        ),
    )
    chat_key: str = setting(
        "", "key for the chat URL", aliases=(aliases.model_key("RAG_CHAT_URL", with_base_url=True),), secret=True
    )
    chat_seconds_max: float = setting(120.0, "the model's answer is cut off after this time", gt=0, le=3600)

    graph_by_model: bool = setting(False, "have the chat model name entities too; asks it once a chunk")

    @model_validator(mode="after")
    def names_models(self) -> Self:
        if self.chat_url and not self.chat_model:
            raise ValueError("chat_url needs chat_model: which model of the server to ask")
        if self.graph_by_model and not self.chat_url:
            raise ValueError("graph_by_model needs chat_url: the model to ask")
        return self
