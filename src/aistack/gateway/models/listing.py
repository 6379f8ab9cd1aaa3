"""What `/v1/models` says: the models and their aliases, as OpenAI's clients read them."""

import json
from collections.abc import Callable, Iterable

from aistack.gateway.models.table.compiled import Model, ModelTable

IsAvailable = Callable[[Model], bool]


def model_list(table: ModelTable, names: Iterable[str], is_available: IsAvailable) -> bytes:
    found = ((name, table.find(name)) for name in names)
    views = [_view(name, model, is_available) for name, model in found if model is not None]
    return json.dumps({"object": "list", "data": views}, ensure_ascii=False).encode()


def model_view(name: str, model: Model, is_available: IsAvailable) -> bytes:
    return json.dumps(_view(name, model, is_available), ensure_ascii=False).encode()


def _view(name: str, model: Model, is_available: IsAvailable) -> dict[str, object]:
    view: dict[str, object] = {"id": name, "object": "model", "created": model.created, "owned_by": "ai-stack"}
    view["available"] = is_available(model)
    if not model.services:
        view["services"] = False
    if name != model.name:
        view["alias_of"] = model.name
    if model.context_length:
        view["context_length"] = view["max_model_len"] = model.context_length
    return view
