"""The settings of the ai service."""

from typing import Self

from pydantic import model_validator

from aistack.chassis import aliases
from aistack.chassis.settings import ServiceSettings, setting


class AiSettings(ServiceSettings):
    database_url: str = setting(
        "",
        "database: empty = SQLite in the data folder, or postgresql://...",
        aliases=(aliases.POSTGRES_URL,),
        secret=True,
    )
    llm_url: str = setting(
        "",
        "model that writes SQL: empty for none, or the URL of an OpenAI-compatible server",
        env="LLM_URL",
        aliases=(aliases.model_url("llm_default_model", "llm_high_precision_model"),),
    )
    llm_key: str = setting(
        "",
        "API key for LLM_URL",
        env="LLM_KEY",
        aliases=(aliases.model_key("LLM_URL", with_base_url=False),),
        secret=True,
    )
    llm_default_model: str = setting(
        "",
        "name of the model at LLM_URL",
        env="LLM_DEFAULT_MODEL",
        aliases=(aliases.model_name("OPENAI_MODEL", "LLM_URL", with_base_url=False),),
    )
    llm_high_precision_model: str = setting(
        "", "model for questions that the default model is unsure of; empty for none", env="LLM_HIGH_PRECISION_MODEL"
    )
    llm_confidence_threshold: float = setting(
        0.7, "below this confidence, the answer is a clarifying question", env="LLM_CONFIDENCE_THRESHOLD", ge=0, le=1
    )
    llm_max_tokens: int = setting(
        4000, "maximum number of tokens in a reply of the model", env="LLM_MAX_TOKENS", ge=64, le=100_000
    )
    llm_seconds_max: float = setting(120.0, "time limit for a reply of the model", gt=0, le=3600)
    silence_seconds_max: float = setting(
        60.0,
        "the gateway's timeout: an answer that is not streamed stays below it",
        env="REQUEST_TIMEOUT",
        gt=0,
        le=86_400,
    )
    candidates: int = setting(3, "number of statements that the model writes for each question", ge=1, le=9)
    repairs: int = setting(2, "maximum number of attempts to repair a failing statement", ge=0, le=5)
    tables_max: int = setting(10, "maximum number of tables in the model's prompt", ge=1, le=100)
    rows_max: int = setting(1_000, "maximum number of rows of an answer", ge=1, le=100_000)
    seconds_max: float = setting(30.0, "time limit for a statement", gt=0, le=600)
    probe_seconds: float = setting(5.0, "time limit for finding the question's words in the database", gt=0, le=60)
    collection: str = setting("", "document collection that explains business terms; empty for none")
    embedder: str = setting("", "embedder for finding tables by meaning, like RAG_EMBEDDER; empty for none")
    embedder_model: str = setting("", "name of the model at the embedder's URL")
    embedder_key: str = setting("", "API key for the embedder's URL", secret=True)
    questions_days: int = setting(90, "questions are kept for this time, days", ge=1, le=36_500)

    @classmethod
    def is_live(cls, key: str) -> bool:
        """A reload applies every setting of this service except where its records are."""
        return super().is_live(key) or (key not in ServiceSettings.model_fields and key != "database_url")

    @model_validator(mode="after")
    def names_models(self) -> Self:
        if self.llm_url and not self.llm_default_model:
            raise ValueError("llm_url needs llm_default_model: which model of the server to ask")
        if self.llm_high_precision_model and not self.llm_url:
            raise ValueError("llm_high_precision_model needs llm_url: the server to ask")
        return self
