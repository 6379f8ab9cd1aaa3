"""Settings of the agent service."""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from aistack.chassis import aliases
from aistack.chassis.settings import ServiceSettings, setting


class AgentSettings(ServiceSettings):
    live: ClassVar[set[str]] = {
        "llm_url", "llm_key", "llm_model", "llm_seconds_max", "reply_tokens_max", "context_characters_max",
        "steps_max", "tokens_max", "cost_max_usd", "seconds_max", "price_input_usd", "price_output_usd",
        "retention_days", "memory_days", "temporary_hours", "events_hours",
    }  # fmt: skip

    database_url: str = setting(
        "",
        "database: empty = SQLite in the data folder, or postgresql://...",
        aliases=(aliases.POSTGRES_URL,),
        secret=True,
    )
    llm_url: str = setting(
        "",
        "model of the conversations: empty for the stack's own, or the URL of an OpenAI-compatible server",
        aliases=(aliases.model_url("llm_model"),),
    )
    llm_key: str = setting(
        "",
        "API key for AGENT_LLM_URL",
        aliases=(aliases.model_key("AGENT_LLM_URL", with_base_url=False),),
        secret=True,
    )
    llm_model: str = setting(
        "",
        "name of the model at AGENT_LLM_URL",
        aliases=(aliases.model_name("OPENAI_MODEL", "AGENT_LLM_URL", with_base_url=False),),
    )
    llm_seconds_max: float = setting(300.0, "time limit for a reply of the model, s", gt=0, le=3600)
    reply_tokens_max: int = setting(4_000, "length limit of a reply of the model, tokens", ge=16, le=200_000)
    context_characters_max: int = setting(
        200_000, "how much of a conversation is sent to the model, characters", ge=1_000, le=20_000_000
    )
    steps_max: int = setting(20, "maximum number of replies of the model in one run", ge=1, le=1_000)
    tokens_max: int = setting(500_000, "tokens that one run may use", ge=1_000, le=1_000_000_000)
    price_input_usd: float = setting(
        0.0, "price of a million tokens that the model reads, USD; 0 if not known", ge=0, le=100_000
    )
    price_output_usd: float = setting(
        0.0, "price of a million tokens that the model writes, USD; 0 if not known", ge=0, le=100_000
    )
    cost_max_usd: float = setting(0.0, "what one run may cost, USD; 0 for no limit", ge=0, le=1_000_000)
    seconds_max: float = setting(900.0, "time that one run may take, s", ge=1, le=86_400)
    runs_max: int = setting(200, "maximum number of runs at the same time in one instance", ge=1, le=10_000)
    lease_seconds: float = setting(10.0, "a run of an instance that died goes on elsewhere after this time, s", ge=1)
    events_hours: int = setting(24, "the events of an ended run can be replayed for this time, hours", ge=1, le=8_760)
    sandbox: Literal["auto", "bubblewrap", "monty", "off"] = setting(
        "auto", "where Python code of the model runs: auto takes bubblewrap where it works, otherwise monty"
    )
    fetch_private: bool = setting(False, "allow pages to be fetched from loopback and private addresses")
    embedder: str = setting(
        "", "embedding model of the memory: empty for none, name of a pulled model, folder, or OpenAI-compatible URL"
    )
    embedder_model: str = setting("", "name of the model at the embedder's URL")
    embedder_key: str = setting("", "API key for the embedder's URL", secret=True)
    mcp_approvals: Literal["ask", "client"] = setting(
        "ask", "who asks before MCP clients call tools with effects: the stack, or the client program by itself"
    )
    mcp_task_after_seconds: float = setting(
        5.0, "a call of an MCP client that can wait becomes a task after this time, s", ge=0, le=600
    )
    mcp_commands: str = setting(
        "", 'file of local MCP servers that are started for their tools: {"mcpServers": {NAME: {command, args, env}}}'
    )
    mcp_private: bool = setting(False, "allow people to add MCP servers at loopback and private addresses")
    encryption_key: str = setting(
        "", "seals credentials of MCP servers, and what MCP clients pass on; empty uses the one in the data folder",
        env="ENCRYPTION_KEY",
        secret=True,
    )  # fmt: skip
    temporary_hours: int = setting(
        24, "temporary sessions are deleted this time after their last change, hours", ge=1, le=8_760
    )
    memory_days: int = setting(
        0, "facts are forgotten this time after their last change, days; 0 to keep them", ge=0, le=36_500
    )
    retention_days: int = setting(
        0, "sessions are deleted this time after their last change, days; 0 to keep them", ge=0, le=36_500
    )

    files_url: str = setting("", "store for uploaded files: empty = a folder in the data folder, or file://, s3://")
    upload_bytes_max: int = setting(100_000_000, "size limit of an uploaded file, bytes", ge=1, le=1 << 40)
    upload_quota_bytes: int = setting(
        5_000_000_000, "what one key or person may keep in uploaded files, bytes", ge=1, le=1 << 50
    )
    upload_unfinished_hours: float = setting(
        24.0, "an unfinished upload is deleted when nothing arrives for this time, hours", gt=0, le=8_760
    )
    upload_unused_hours: float = setting(
        168.0, "an uploaded file that no message uses is deleted after this time, hours", gt=0, le=87_600
    )
    clamd: str = setting("", "virus scanner for uploads: HOST:PORT or the path of clamd's socket; empty for none")
    image_pixels_max: int = setting(60_000_000, "size limit of an uploaded image, pixels", ge=1, le=500_000_000)
    media_workers: int = setting(
        1, "maximum number of processes of each kind that read files; they start on demand", ge=1, le=64
    )
    media_seconds_max: float = setting(120.0, "time limit for reading one file, s", gt=0, le=3600)
    media_memory_mib: int = setting(2048, "memory limit of a process that reads files, MiB", ge=512, le=65_536)
    media_idle_seconds: float = setting(
        60.0, "an idle process that reads files exits after this time, s", gt=0, le=3600
    )
    attachment_characters_max: int = setting(
        200_000, "how much of an attached file becomes part of the message, characters", ge=1_000, le=5_000_000
    )
    ocr_pages_max: int = setting(20, "maximum number of scanned pages of a file that are read by OCR", ge=0, le=10_000)
    vision_model: str = setting(
        "", "model that describes images, of the same server as the conversations; empty to read them by OCR"
    )
    transcription_url: str = setting(
        "", "OpenAI-compatible server that transcribes recordings; empty for Whisper on this machine, if installed"
    )
    transcription_key: str = setting("", "API key for AGENT_TRANSCRIPTION_URL", secret=True)
    transcription_model: str = setting("whisper-1", "name of the model at AGENT_TRANSCRIPTION_URL")
    speech_seconds_max: float = setting(600.0, "time limit for transcribing one recording, s", gt=0, le=36_000)
    keep_audio: bool = setting(False, "keep recordings after they were transcribed")

    @model_validator(mode="after")
    def names_a_model(self) -> Self:
        if self.llm_url and not self.llm_model:
            raise ValueError("llm_url needs llm_model: which model of the server to use")
        return self
