"""A model's own chat template: Jinja in a sandbox, with the names that templates on the hub rely on."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, cast

from aistack.inference.backends.backend import BadRequest, Json, LoadFailed
from aistack.inference.backends.generation.weights import read_json

TEMPLATE_BYTES_MAX = 1 << 20
TOKENS = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token")


class ChatTemplate:
    """The template of a folder; `source` is empty when it has none."""

    def __init__(self, folder: Path) -> None:
        """Raises LoadFailed."""
        path = folder / "tokenizer_config.json"
        config = read_json(path) if path.is_file() else {}
        self.source = _source(folder, config)
        self._tokens = {name: _content(config.get(name)) for name in TOKENS}
        self._template: Any = None

    def render(self, messages: list[Json], tools: list[Json] | None, extra: Json) -> str:
        """The prompt, up to where the model's answer begins. Raises BadRequest."""
        from jinja2 import TemplateError

        if not self.source:
            raise BadRequest("this model has no chat template; use /v1/completions", "messages", "unsupported_task")
        try:
            if self._template is None:
                self._template = _environment().from_string(self.source)
            given = self._tokens | extra | {"messages": messages, "tools": tools, "add_generation_prompt": True}
            return str(self._template.render(given))
        except (TemplateError, TypeError, ValueError, KeyError, OverflowError, RecursionError) as error:
            raise BadRequest(f"the model's chat template refused the messages: {error}", "messages") from None


def _source(folder: Path, config: Json) -> str:
    file = folder / "chat_template.jinja"
    if file.is_file():
        if file.stat().st_size > TEMPLATE_BYTES_MAX:
            raise LoadFailed(f"{file} is larger than {TEMPLATE_BYTES_MAX >> 20} MB")
        return file.read_text("utf-8")
    given: Any = config.get("chat_template") or ""
    if isinstance(given, list):
        listed = cast(list[Json], [one for one in cast(list[Any], given) if isinstance(one, dict)])
        given = next((one.get("template") for one in listed if one.get("name") == "default"), "")
    return str(given)


def _content(token: Any) -> str:
    return str(cast(Json, token).get("content", "")) if isinstance(token, dict) else str(token or "")


def _environment() -> Any:
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment: Any = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = _now
    return environment


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **options)


def _now(form: str) -> str:
    return datetime.now().astimezone().strftime(form)


def _refuse(message: str) -> NoReturn:
    from jinja2 import TemplateError

    raise TemplateError(message)
