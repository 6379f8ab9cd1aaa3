"""A request's path to its operation: chat and its kin, other APIs over chat, what there is to know about models."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import unquote

from pydantic_core import to_json

from aistack.chassis.identity import ANONYMOUS, ON_BEHALF_HEADER, Forged, Principal, verify
from aistack.chassis.runtime.tasks import Tasks
from aistack.gateway.models.accounting.budgets import NO_RULES, KeyRules
from aistack.gateway.models.accounting.usage import estimated_prompt
from aistack.gateway.models.answers.reply import Reply
from aistack.gateway.models.calls.token_count import TokenCountReply
from aistack.gateway.models.connection import HeldCall, ModelConnection, ModelExchange
from aistack.gateway.models.formats import messages_request, responses_request
from aistack.gateway.models.formats.errors import JSON_LINE, BadRequest, CallError, invalid, no_model, renamed
from aistack.gateway.models.formats.messages_answer import MessagesAnswer
from aistack.gateway.models.formats.responses_answer import ResponsesAnswer
from aistack.gateway.models.formats.translation import Translation
from aistack.gateway.models.listing import model_list, model_view
from aistack.gateway.models.requests.audio_request import read_audio_request
from aistack.gateway.models.requests.request import (
    CHAT,
    COMPLETIONS,
    EMBEDDINGS,
    RERANK,
    TOKENIZE,
    ModelRequest,
    decoded,
    read_request,
    request_of,
)
from aistack.gateway.models.responses.client import KeptResponses
from aistack.gateway.models.responses.conversation import (
    KeepingReply,
    PendingCall,
    ResponseRequests,
    input_items,
    is_response_id,
    no_response,
)
from aistack.gateway.models.table.compiled import Model, ModelTable
from aistack.stack.catalogue import MODELS

MODELS_PATH = b"/v1/models"
OPERATIONS = {
    b"/v1/chat/completions": CHAT,
    b"/v1/completions": COMPLETIONS,
    b"/v1/embeddings": EMBEDDINGS,
    b"/v1/rerank": RERANK,
    b"/tokenize": TOKENIZE,
}
AUDIO_PATH = b"/v1/audio/transcriptions"
RESPONSES_PATH, COUNT_PATH = b"/v1/responses", b"/v1/messages/count_tokens"
TRANSLATED = frozenset((b"/v1/messages", COUNT_PATH, RESPONSES_PATH))
ALLOW_GET, ALLOW_POST = b"allow: GET, HEAD\r\n", b"allow: POST\r\n"
ON_BEHALF = ON_BEHALF_HEADER.encode()


class Calls(Protocol):
    """What begins calls: the data plane's room."""

    secret: str
    kept: KeptResponses
    keeps_responses: bool
    tasks: Tasks

    def table_of(self, who: Principal) -> ModelTable:
        """The part of the table that a principal may use."""
        ...

    def rules_of(self, key: str) -> KeyRules: ...

    def is_available(self, model: Model) -> bool:
        """Whether one of a model's targets is believed to work."""
        ...

    def call(
        self,
        reply: Reply,
        request: ModelRequest,
        who: Principal,
        rules: KeyRules,
        translated: Callable[[], Translation] | None = None,
    ) -> HeldCall | None:
        """Begins a call. Raises BadRequest."""
        ...


class ModelRouter:
    """Answers the requests of one data plane, now or through calls."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._responses = ResponseRequests(lambda: calls.kept, calls.tasks)

    def answer(self, reply: ModelConnection, exchange: ModelExchange, body: bytes) -> HeldCall | None:
        """Answers a request, now or through the call that is returned."""
        path, method = exchange.line.path, exchange.line.method
        try:
            who = ANONYMOUS if exchange.caller is None else self._payer(exchange, exchange.caller.who)
            rules = NO_RULES if who.kind == "anonymous" else self._calls.rules_of(who.id)
            if path == MODELS_PATH or path.startswith(MODELS_PATH + b"/"):
                self._answer_about_models(reply, path, method, who, rules)
                return None
            if path.startswith(RESPONSES_PATH + b"/"):
                query = exchange.line.start.split(b" ")[1].partition(b"?")[2].decode("latin-1")
                rest = path[len(RESPONSES_PATH) + 1 :].decode("latin-1")
                return self._responses.answer(reply, method, rest, query, owner_of(who))
            operation = OPERATIONS.get(path)
            if operation is None and path not in TRANSLATED and path != AUDIO_PATH:
                message = f"{path.decode('latin-1')} is no path of the model API, nor of a service that is registered"
                raise BadRequest(CallError(404, message, "not_found"))
            if method != b"POST":
                raise BadRequest(CallError(405, "use POST here", "method_not_allowed", lines=ALLOW_POST))
            if operation is not None:
                return self._calls.call(reply, read_request(operation, body), who, rules)
            if path == AUDIO_PATH:
                audio = read_audio_request(exchange.head.header(b"content-type"), body)
                return self._calls.call(reply, audio, who, rules)
            if path == COUNT_PATH:
                return self._count_tokens(reply, body, who, rules)
            given = decoded(body)
            if path == RESPONSES_PATH and (given.get("store") is True or given.get("previous_response_id")):
                return self._converse(reply, given, who, rules)
            return self._translate(reply, path, given, who, rules)
        except BadRequest as bad:
            _refuse(reply, bad.error)
            return None

    def _payer(self, exchange: ModelExchange, who: Principal) -> Principal:
        """The principal whose call it is: the caller, or the one on whose behalf a service of the stack calls.

        The service has checked the things that a key is narrowed to; the model is not one of them. Raises BadRequest
        for a header that is not valid.
        """
        token = exchange.head.value(ON_BEHALF) if who.kind == "service" else b""
        if not token:
            return who
        try:
            payer = verify(token.decode("latin-1"), self._calls.secret, time.time(), MODELS, by=who.name)
            return payer if payer.things is None else replace(payer, things=None)
        except (Forged, ValueError, KeyError, TypeError) as error:
            message = f"{ON_BEHALF_HEADER} is not valid: {error}"
            raise BadRequest(CallError(401, message, "invalid_principal")) from None

    def _converse(
        self, reply: ModelConnection, given: dict[str, Any], who: Principal, rules: KeyRules
    ) -> HeldCall | None:
        """Answers a request that continues from a kept response, or whose response is kept. Raises BadRequest."""
        if not self._calls.keeps_responses:
            name = "previous_response_id" if given.get("previous_response_id") else "store"
            raise BadRequest(invalid(f"{name}: this gateway keeps no responses", name, "unsupported_parameter"))
        responses_request.check_kinds(given)
        previous: str = given.get("previous_response_id") or ""
        owner, kept = owner_of(who), self._calls.kept

        async def begin() -> HeldCall | None:
            items = input_items(given)
            if previous:
                found = await kept.get(owner, previous) if is_response_id(previous) else None
                if found is None:
                    raise BadRequest(no_response(previous, "previous_response_id"))
                items = [*found["input"], *found["response"]["output"], *items]
            is_kept = given.get("store") is not False

            async def keep(response: dict[str, Any]) -> None:
                if is_kept:
                    await kept.put(owner, response["id"], {"response": response, "input": items})

            continued = given | {"store": is_kept} | ({"input": items} if given.get("input") is not None else {})
            keeping = KeepingReply(reply, self._calls.tasks, keep)
            return self._translate(keeping, RESPONSES_PATH, continued, who, replace(rules, cache=False))

        return PendingCall(self._calls.tasks, reply, begin)

    def _translate(
        self, reply: Reply, path: bytes, given: dict[str, Any], who: Principal, rules: KeyRules
    ) -> HeldCall | None:
        """Answers a request of another API over chat completions. Raises BadRequest."""
        is_responses = path == RESPONSES_PATH
        format_ = responses_request if is_responses else messages_request
        fields = format_.chat_request(given)
        request = _chat_request(fields, format_.NAMES)
        model = self._calls.table_of(who).find(request.model)
        name = request.model if model is None else model.name
        request_id = reply.request_id

        def translation() -> Translation:
            if is_responses:
                answer = ResponsesAnswer(given, name, request_id, responses_request.custom_tools(given))
                if isinstance(reply, KeepingReply):
                    reply.answer = answer
                return answer
            return MessagesAnswer(name, request_id, estimated_prompt(fields))

        return self._calls.call(reply, request, who, rules, translation)

    def _count_tokens(self, reply: ModelConnection, body: bytes, who: Principal, rules: KeyRules) -> HeldCall | None:
        """Counts with the model's own tokenizer where an upstream has it, and estimates otherwise."""
        fields = messages_request.chat_request(decoded(body), counting=True)
        _chat_request(fields, messages_request.NAMES)
        table = self._calls.table_of(who)
        model = table.find(fields["model"])
        if model is None or not model.targets[0].tokenize:
            if model is None or fields["model"] not in usable_names(table, rules):
                raise BadRequest(no_model(fields["model"], usable_names(table, rules)))
            reply.respond(200, JSON_LINE, b'{"input_tokens":%d}' % estimated_prompt(fields))
            return None
        counted: dict[str, Any] = {name: fields[name] for name in ("model", "messages", "tools") if name in fields}
        request = request_of(TOKENIZE, to_json(counted), counted)
        return self._calls.call(TokenCountReply(reply, estimated_prompt(fields)), request, who, rules)

    def _answer_about_models(
        self, reply: ModelConnection, path: bytes, method: bytes, who: Principal, rules: KeyRules
    ) -> None:
        if method not in (b"GET", b"HEAD"):
            raise BadRequest(CallError(405, "use GET here", "method_not_allowed", lines=ALLOW_GET))
        table = self._calls.table_of(who)
        names = usable_names(table, rules)
        name = unquote(path[len(MODELS_PATH) + 1 :].decode("latin-1"))
        if not name:
            reply.respond(200, JSON_LINE, model_list(table, names, self._calls.is_available))
            return
        model = table.find(name) if name in names else None
        if model is None:
            raise BadRequest(no_model(name, names))
        reply.respond(200, JSON_LINE, model_view(name, model, self._calls.is_available))


def owner_of(who: Principal) -> str:
    """Whose the responses are that are kept for a caller."""
    return who.subject or who.id


def usable_names(table: ModelTable, rules: KeyRules) -> list[str]:
    """The names of the models that a key may use."""
    if rules.models is None:
        return table.names
    return [name for name in table.names if (found := table.find(name)) and found.name in rules.models]


def _chat_request(fields: dict[str, Any], names: dict[str, str]) -> ModelRequest:
    """The request for chat completions; what is wrong with it has the names of the client's API. Raises BadRequest."""
    try:
        return request_of(CHAT, to_json(fields), fields)
    except BadRequest as bad:
        raise BadRequest(renamed(bad.error, names)) from None


def _refuse(reply: ModelConnection, error: CallError) -> None:
    body = error.shaped(reply.path, reply.request_id)
    reply.respond(error.status, JSON_LINE + error.lines + reply.limit_lines(), body)
