"""Fields of a request: their types, ranges and names."""

import math
from collections.abc import Collection, Mapping
from typing import Any, cast

from aistack.inference.backends.backend import BadRequest, Json

STOPS_MAX, STOP_CHARACTERS_MAX = 16, 256
TEXT_CHARACTERS_MAX = 4_000_000
LOGIT_BIASES_MAX = 1024
# Hints of the API that change nothing in an answer of a local model.
HINTS = frozenset(
    (
        "metadata",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "user",
    )
)
SAMPLING = {  # name in the request: name for llama.cpp, lowest, highest
    "temperature": ("temperature", 0.0, 2.0),
    "top_p": ("top_p", 0.0, 1.0),
    "min_p": ("min_p", 0.0, 1.0),
    "frequency_penalty": ("frequency_penalty", -2.0, 2.0),
    "presence_penalty": ("presence_penalty", -2.0, 2.0),
    "repetition_penalty": ("repeat_penalty", 0.1, 10.0),
}


def number(body: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    """A number of the request, None when it is absent or null. Raises BadRequest."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadRequest(f"{name} must be a number", name)
    if not low <= value <= high:
        raise BadRequest(f"{name} must be between {low:g} and {high:g}, not {value:g}", name)
    return value


def integer(body: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    """A whole number of the request, None when it is absent or null. Raises BadRequest."""
    value = number(body, name, low, high)
    if value is not None and not isinstance(value, int):
        raise BadRequest(f"{name} must be a whole number", name)
    return value


def boolean(body: Mapping[str, Any], name: str) -> bool:
    """Raises BadRequest."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadRequest(f"{name} must be true or false", name)
    return bool(value)


def text(value: Any, param: str) -> str:
    """Raises BadRequest."""
    if not isinstance(value, str):
        raise BadRequest(f"{param} must be a string", param, "invalid_type")
    if len(value) > TEXT_CHARACTERS_MAX:
        raise BadRequest(f"{param} is longer than {TEXT_CHARACTERS_MAX} characters", param, "string_above_max_length")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadRequest(f"{param} has half of a character (a lone surrogate)", param) from None
    return value


def mapping(value: Any, param: str) -> Json:
    """Raises BadRequest."""
    if not isinstance(value, dict):
        raise BadRequest(f"{param} must be an object", param, "invalid_type")
    return cast(Json, value)


def array(value: Any, param: str) -> list[Any]:
    """Raises BadRequest."""
    if not isinstance(value, list):
        raise BadRequest(f"{param} must be an array", param, "invalid_type")
    return cast(list[Any], value)


def check_known(body: Json, known: Collection[str]) -> None:
    """Raises BadRequest for a field that this worker does not honour; nulls are as good as absent."""
    for name, value in body.items():
        if name not in known and name not in HINTS and value is not None:
            raise BadRequest(f"{name} is not supported by this model; leave it out", name, "unsupported_parameter")


def only(body: Json, name: str, *allowed: Any) -> None:
    """Raises BadRequest unless the field is absent, null, or one of the values that need nothing."""
    value = body.get(name)
    if value is not None and value not in allowed:
        raise BadRequest(f"{name} = {value!r} is not supported by this model", name, "unsupported_value")


def choices(body: Json, most: int) -> int:
    """How many answers are wanted. Raises BadRequest."""
    count = integer(body, "n", 1, 128) or 1
    if count > most:
        why = f"n = {count} is not supported by this model; it gives at most {most}"
        raise BadRequest(why, "n", "unsupported_value")
    return count


def sampling(body: Json) -> Json:
    """The sampling parameters in llama.cpp's names. Raises BadRequest."""
    out: Json = {}
    for name, (engine_name, low, high) in SAMPLING.items():
        value = number(body, name, low, high)
        if value is not None:
            out[engine_name] = value
    for name, high in (("top_k", 1 << 20), ("seed", 1 << 62)):
        value = integer(body, name, -(1 << 62) if name == "seed" else 0, high)
        if value is not None:
            out[name] = value & 0xFFFFFFFF if name == "seed" else value
    bias = body.get("logit_bias")
    if bias is not None:
        out["logit_bias"] = _logit_bias(mapping(bias, "logit_bias"))
    return out


def stops(body: Json) -> list[str]:
    """The stop strings. Raises BadRequest."""
    given = body.get("stop")
    if given is None:
        return []
    listed: list[Any] = [given] if isinstance(given, str) else array(given, "stop")
    if len(listed) > STOPS_MAX:
        raise BadRequest(f"stop has {len(listed)} strings, more than {STOPS_MAX}", "stop")
    for at, one in enumerate(listed):
        if not text(one, f"stop[{at}]") or len(one) > STOP_CHARACTERS_MAX:
            raise BadRequest(f"stop[{at}] must have 1 to {STOP_CHARACTERS_MAX} characters", f"stop[{at}]")
    return listed


def include_usage(body: Json) -> bool:
    """Whether a stream ends with an event of its usage. Raises BadRequest."""
    options = body.get("stream_options")
    if options is None:
        return False
    found = mapping(options, "stream_options")
    for name in found:
        if name not in ("include_usage", "include_obfuscation"):
            raise BadRequest(f"stream_options.{name} is not supported", f"stream_options.{name}")
    return boolean(found, "include_usage")


def _logit_bias(given: Json) -> list[list[float]]:
    if len(given) > LOGIT_BIASES_MAX:
        raise BadRequest(f"logit_bias has more than {LOGIT_BIASES_MAX} entries", "logit_bias")
    out: list[list[float]] = []
    for token in given:
        if not token.isdecimal() or int(token) >= 1 << 31:
            raise BadRequest(f"logit_bias: {token!r} is not a token id", "logit_bias")
        out.append([int(token), number(given, token, -100, 100) or 0])
    return out
