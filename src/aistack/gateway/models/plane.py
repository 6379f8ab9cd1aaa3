"""The model API of one data plane: its table, its pools, its calls in progress, its journal."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pydantic_core import to_json

from aistack.chassis.identity import ON_BEHALF_HEADER, Forged, Principal, verify
from aistack.chassis.runtime.tasks import Tasks
from aistack.gateway.http1.io_batching import IoBatch
from aistack.gateway.models.accounting.budgets import NO_RULES, Budgets, Counted, KeyRules, Reservation
from aistack.gateway.models.accounting.journal import Journal, UsageLine
from aistack.gateway.models.accounting.usage import Source, Usage, estimated_prompt
from aistack.gateway.models.calls.audio_request import read_audio_request
from aistack.gateway.models.calls.call import Call
from aistack.gateway.models.calls.failures import Failure, Stage
from aistack.gateway.models.calls.pools import Pools
from aistack.gateway.models.calls.predictions import predict_request
from aistack.gateway.models.calls.request import (
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
from aistack.gateway.models.calls.sharing import SharedAnswers
from aistack.gateway.models.calls.sidecar_attempt import SidecarAttempt, SidecarClient, SidecarClients
from aistack.gateway.models.calls.target_health import TargetHealth
from aistack.gateway.models.calls.url_attempt import UrlAttempt
from aistack.gateway.models.connection import HeldCall, ModelConnection, ModelEndpoint, ModelExchange
from aistack.gateway.models.formats import messages_request, responses_request
from aistack.gateway.models.formats.errors import JSON_LINE, BadRequest, CallError, local_reply_body, no_model
from aistack.gateway.models.formats.messages_answer import MessagesAnswer
from aistack.gateway.models.formats.responses_answer import ResponsesAnswer
from aistack.gateway.models.formats.translation import Translation
from aistack.gateway.models.listing import model_list, model_view
from aistack.gateway.models.table.compiled import Model, ModelTable, Target
from aistack.gateway.registry.snapshot import InstanceSpec
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.upstream.cluster import Cluster, Endpoint
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
CHECK_SECONDS = 0.25
ALLOW_GET, ALLOW_POST = b"allow: GET, HEAD\r\n", b"allow: POST\r\n"
ANONYMOUS_KEY = "anonymous"
ON_BEHALF = ON_BEHALF_HEADER.encode()


class ModelPlane:
    """Implements the dispatcher of its calls."""

    def __init__(self, settings: GatewaySettings, io: IoBatch, sidecars: SidecarClients) -> None:
        self.table = ModelTable()
        self.rules: Mapping[str, KeyRules] = {}
        self.budgets = Budgets()
        self.journal = Journal(usage_folder(settings.data_dir))
        self.calls: set[Call] = set()
        self._io = io
        self._pools = Pools(io, settings.connect_timeout_seconds)
        self._sidecars = sidecars
        self._clients: dict[str, SidecarClient] = {}
        self._tasks = Tasks()
        self._health = TargetHealth()
        self._shared = SharedAnswers()
        self._timer: asyncio.TimerHandle | None = None
        self._swept_at = 0.0
        self.configure(settings)

    def configure(self, settings: GatewaySettings) -> None:
        """Applies changed settings. Calls in progress go on."""
        self.stream_open_seconds = settings.model_stream_open_seconds
        self.ping_seconds = settings.model_ping_seconds
        self._secret = settings.secret
        self._drain_seconds = settings.model_drain_seconds
        self._drains_max = settings.model_drains_max
        self._pools.connect_seconds = settings.connect_timeout_seconds
        self._shared.configure(settings.model_cache_ttl_seconds, settings.model_cache_bytes_max)

    def set_table(self, table: ModelTable) -> None:
        """From now on calls use this table; those in progress keep their targets."""
        self.table = table
        targets = [target for model in table.models.values() for target in model.targets]
        self._pools.keep_only({(one.host, one.port, one.tls) for one in targets})
        self._health.keep_only({one.id for one in targets})
        self._shared.clear()

    def set_rules(self, rules: Mapping[str, KeyRules]) -> None:
        self.rules = rules

    def set_counted(self, counted: Counted) -> None:
        self.budgets.set_counted(counted)

    def endpoint(self, cluster: Cluster, spec: InstanceSpec) -> Endpoint:
        """The endpoint that leads here."""
        cluster.error_body = local_reply_body
        cluster.has_breakers = False  # one model's failures must not close the way to others; targets have their health
        return ModelEndpoint(cluster, spec, self, self._io)

    def answer(self, reply: ModelConnection, exchange: ModelExchange, body: bytes) -> HeldCall | None:
        """Answers a request, now or through the call that is returned."""
        path, method = exchange.line.path, exchange.line.method
        try:
            key = ANONYMOUS_KEY if exchange.caller is None else self._payer(exchange, exchange.caller.who)
            rules = self.rules.get(key, NO_RULES)
            if path == MODELS_PATH or path.startswith(MODELS_PATH + b"/"):
                self._answer_about_models(reply, path, method, rules)
                return None
            if path in TRANSLATED:
                return self._translate(reply, path, method, body, key, rules)
            if path == AUDIO_PATH and method == b"POST":
                audio = read_audio_request(exchange.head.header(b"content-type"), body)
                return self._call(reply, audio, key, rules, None)
            operation = OPERATIONS.get(path)
            if operation is None:
                raise BadRequest(
                    CallError(404, f"{path.decode('latin-1')} is not a path of the model API", "not_found")
                )
            if method != b"POST":
                raise BadRequest(CallError(405, "use POST here", "method_not_allowed", lines=ALLOW_POST))
            return self._call(reply, read_request(operation, body), key, rules, None)
        except BadRequest as bad:
            _refuse(reply, bad.error)
            return None

    def _payer(self, exchange: ModelExchange, who: Principal) -> str:
        """The principal whose call it is: the caller, or the one on whose behalf a service of the stack calls.

        Raises BadRequest for a header that is not valid.
        """
        token = exchange.head.value(ON_BEHALF) if who.kind == "service" else b""
        if not token:
            return who.id
        try:
            return verify(token.decode("latin-1"), self._secret, time.time(), MODELS, by=who.name).id
        except (Forged, ValueError, KeyError, TypeError) as error:
            message = f"{ON_BEHALF_HEADER} is not valid: {error}"
            raise BadRequest(CallError(401, message, "invalid_principal")) from None

    def _translate(
        self, reply: ModelConnection, path: bytes, method: bytes, body: bytes, key: str, rules: KeyRules
    ) -> HeldCall | None:
        """Answers a request of another API over chat completions. Raises BadRequest."""
        if method != b"POST":
            raise BadRequest(CallError(405, "use POST here", "method_not_allowed", lines=ALLOW_POST))
        given = decoded(body)
        is_responses = path == RESPONSES_PATH
        fields = responses_request.chat_request(given) if is_responses else messages_request.chat_request(given)
        if path == COUNT_PATH:
            self._count_tokens(reply, fields, rules)
            return None
        request = request_of(CHAT, to_json(fields), fields)
        model = self.table.find(request.model)
        name = request.model if model is None else model.name
        request_id = reply.request_id

        def translation() -> Translation:
            if is_responses:
                return ResponsesAnswer(given, name, request_id, responses_request.custom_tools(given))
            return MessagesAnswer(name, request_id, estimated_prompt(fields))

        return self._call(reply, request, key, rules, translation)

    def _count_tokens(self, reply: ModelConnection, fields: dict[str, Any], rules: KeyRules) -> None:
        """An estimate, as not every upstream counts tokens."""
        name = fields.get("model")
        if not isinstance(name, str) or name not in self._usable(rules):
            raise BadRequest(no_model(str(name), self._usable(rules)))
        reply.respond(200, JSON_LINE, b'{"input_tokens":%d}' % estimated_prompt(fields))

    def _call(
        self,
        reply: ModelConnection,
        request: ModelRequest,
        key: str,
        rules: KeyRules,
        translated: Callable[[], Translation] | None,
    ) -> HeldCall | None:
        model = self.table.find(request.model)
        if model is None or (rules.models is not None and model.name not in rules.models):
            raise BadRequest(no_model(request.model, self._usable(rules)))
        call = Call(self, reply, request, model, key, rules, translated)
        shared = self._shared.find(call, reply)
        if shared is not None:
            if shared.body:
                self._record_cached(call)
                reply.respond(200, shared.lines + b"x-aistack-cache: hit\r\n", shared.body)
            else:
                reply.lasts(model.seconds)
            return None
        reply.lasts(model.seconds)
        self.calls.add(call)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)
        call.begin()
        return call

    def _answer_about_models(self, reply: ModelConnection, path: bytes, method: bytes, rules: KeyRules) -> None:
        if method not in (b"GET", b"HEAD"):
            _refuse(reply, CallError(405, "use GET here", "method_not_allowed", lines=ALLOW_GET))
            return
        name = unquote(path[len(MODELS_PATH) + 1 :].decode("latin-1"))
        if not name:
            reply.respond(200, JSON_LINE, model_list(self.table, self._usable(rules), self._is_available))
            return
        model = self.table.find(name) if name in self._usable(rules) else None
        if model is None:
            _refuse(reply, no_model(name, self._usable(rules)))
        else:
            reply.respond(200, JSON_LINE, model_view(name, model, self._is_available))

    def _is_available(self, model: Model) -> bool:
        return self._health.available(model.targets, time.monotonic())

    def _usable(self, rules: KeyRules) -> list[str]:
        if rules.models is None:
            return self.table.names
        return [name for name in self.table.names if (found := self.table.find(name)) and found.name in rules.models]

    # What a call needs.

    def targets(self, model: Model) -> Iterable[Target]:
        return self._health.usable_first(model.targets, time.monotonic())

    def models_after(self, model: Model) -> Iterable[Model]:
        found = (self.table.find(name) for name in model.fallbacks)
        return [one for one in found if one is not None]

    def find(self, name: str) -> Model | None:
        return self.table.find(name)

    def attempt(self, call: Call, model: Model, target: Target) -> None:
        request = call.request
        body = request.body_for(model, target)
        if target.sidecar:
            client = self._clients.get(target.sidecar)
            if client is None:
                client = self._clients[target.sidecar] = self._sidecars(target.sidecar)
            message = predict_request(target.model, request.operation, body, call.reply.request_id, call.key)
            predicted = SidecarAttempt(call, target, message, client, self._tasks, streamed=request.stream)
            call.attempt = predicted
            predicted.start()
            return
        base = target.path.removesuffix("/v1") if request.operation == TOKENIZE else target.path
        attempt = UrlAttempt(
            call,
            target,
            b"POST %b%b HTTP/1.1\r\n%bcontent-type: %b\r\naccept: %b\r\nx-request-id: %b\r\n"
            b"user-agent: ai-stack\r\ncontent-length: %d\r\n\r\n%b"
            % (
                base.encode(), request.operation.encode(), target.head, request.content_type,
                b"text/event-stream" if request.stream else b"*/*",
                call.reply.request_id.encode(), len(body), body,
            ),
        )  # fmt: skip
        call.attempt = attempt
        attempt.start(self._pools)

    def reserve(self, call: Call, model: Model, prompt: int) -> Reservation | str | None:
        return self.budgets.reserve(call.key, call.rules, model, prompt, call.request.completion_tokens_max)

    def release(self, reservation: Reservation) -> None:
        self.budgets.release(reservation)

    def may_drain(self) -> float:
        draining = sum(1 for call in self.calls if call.is_draining)
        return self._drain_seconds if draining < self._drains_max else 0.0

    def record(self, call: Call, model: Model, target: Target, usage: Usage, source: Source) -> None:
        cost = usage.cost(model.prices)
        path = call.request.operation
        line = UsageLine(time.time(), call.key, model.name, target.id, source, usage, cost, path)
        offset = self.journal.write(line)
        self.budgets.journal = self.journal.name
        if call.rules.budget is not None:
            self.budgets.settle(call.key, call.rules.budget, usage, cost, offset)

    def _record_cached(self, call: Call) -> None:
        line = UsageLine(time.time(), call.key, call.model.name, "", "cache", Usage(), 0, call.request.operation)
        self.journal.write(line)

    def succeeded(self, target: Target) -> None:
        self._health.succeeded(target.id)

    def failed(self, target: Target, failure: Failure) -> None:
        if failure.stage is not Stage.FINAL:
            self._health.failed(target.id, time.monotonic(), bars_key=failure.bars_key)

    def answered(self, call: Call, status: int, lines: bytes, body: bytes) -> None:
        for follower in self._shared.answered(call, status, lines, body):
            if not follower.gone:
                if status == 200:
                    self._record_cached(call)
                follower.respond(status, lines, body)

    def finished(self, call: Call) -> None:
        self.calls.discard(call)
        self._shared.abandoned(call)

    def _check(self) -> None:
        now = time.monotonic()
        self._timer = None
        for call in tuple(self.calls):
            call.check(now)
        if self.calls:
            self._timer = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)

    def sweep(self, now: float) -> None:
        """Called about once a second."""
        self._pools.sweep(now)
        self._shared.sweep(now)

    def stop(self) -> None:
        """Ends the calls that nobody waits for any more, and closes the journal."""
        if self._timer is not None:
            self._timer.cancel()
        for call in tuple(self.calls):
            call.stop()
        self._tasks.cancel()
        self._pools.close()
        self.journal.close()


def usage_folder(data_dir: Path) -> Path:
    """Where the journals of all data planes are."""
    return data_dir / "gateway" / "usage"


def _refuse(reply: ModelConnection, error: CallError) -> None:
    body = error.shaped(reply.path, reply.request_id)
    reply.respond(error.status, JSON_LINE + error.lines + reply.limit_lines(), body)
