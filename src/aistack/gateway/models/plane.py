"""The model API of one data plane: its table, its pools, its calls in progress, its journal."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from aistack.chassis.identity import Principal
from aistack.chassis.runtime.tasks import Tasks
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.http1.io_batching import IoBatch
from aistack.gateway.models.accounting.budgets import NO_RULES, Budgets, Counted, KeyRules, Reservation
from aistack.gateway.models.accounting.journal import Journal, UsageLine
from aistack.gateway.models.accounting.token_rates import TokenRates, retry_lines
from aistack.gateway.models.accounting.usage import Source, Usage
from aistack.gateway.models.answers.capabilities import Capabilities
from aistack.gateway.models.answers.reply import Reply
from aistack.gateway.models.calls.call import Call
from aistack.gateway.models.calls.failures import Failure, Stage
from aistack.gateway.models.calls.pools import Pools
from aistack.gateway.models.calls.predictions import predict_request
from aistack.gateway.models.calls.sharing import SharedAnswers
from aistack.gateway.models.calls.sidecar_attempt import SidecarAttempt, SidecarClient, SidecarClients
from aistack.gateway.models.calls.target_health import TargetHealth
from aistack.gateway.models.calls.url_attempt import UrlAttempt
from aistack.gateway.models.connection import HeldCall, ModelEndpoint
from aistack.gateway.models.formats.errors import BadRequest, CallError, local_reply_body, no_model
from aistack.gateway.models.formats.translation import Translation
from aistack.gateway.models.requests.request import TOKENIZE, ModelRequest
from aistack.gateway.models.responses.client import KeptResponses
from aistack.gateway.models.router import ModelRouter, usable_names
from aistack.gateway.models.table.compiled import Model, ModelTable, Target, usable_part
from aistack.gateway.registry.snapshot import InstanceSpec
from aistack.gateway.settings import GatewaySettings
from aistack.gateway.upstream.cluster import Cluster, Endpoint

CALLERS_MAX = 10_000  # whose part of the table is remembered
CHECK_SECONDS = 0.25
PARALLEL_RETRY_SECONDS = 1.0


class ModelPlane:
    """Implements the dispatcher of its calls, and begins them for the router."""

    def __init__(self, settings: GatewaySettings, io: IoBatch, sidecars: SidecarClients) -> None:
        self.table = ModelTable()
        self.rules: Mapping[str, KeyRules] = {}
        self.budgets = Budgets()
        self.journal = Journal(usage_folder(settings.data_dir))
        self.calls: dict[Call, Principal] = {}  # with whom each is for
        self._io = io
        self._pools = Pools(io, settings.connect_timeout_seconds)
        self._sidecars = sidecars
        self._clients: dict[str, SidecarClient] = {}
        self.tasks = Tasks()
        self._health = TargetHealth()
        self._capabilities = Capabilities()
        self._shared = SharedAnswers()
        self._rates = TokenRates()
        self._usable: dict[Principal, ModelTable] = {}
        self._running: Counter[str] = Counter()  # calls in progress of the keys with a limit
        self._router = ModelRouter(self)
        self._timer: asyncio.TimerHandle | None = None
        self._swept_at = 0.0
        self.configure(settings)

    def configure(self, settings: GatewaySettings) -> None:
        """Applies changed settings. Calls in progress go on."""
        self.stream_open_seconds = settings.model_stream_open_seconds
        self.ping_seconds = settings.model_ping_seconds
        self.secret = settings.secret
        self.kept = KeptResponses(settings.control_socket, settings.secret if settings.identity else "")
        self.keeps_responses = settings.model_responses_days > 0
        self._rates.shares = max(1, settings.workers)
        self._drain_seconds = settings.model_drain_seconds
        self._drains_max = settings.model_drains_max
        self._pools.connect_seconds = settings.connect_timeout_seconds
        self._shared.configure(settings.model_cache_ttl_seconds, settings.model_cache_bytes_max)

    def set_table(self, table: ModelTable) -> None:
        """From now on calls use this table; those in progress keep their targets.

        A call ends if its model is still there, but not for its caller.
        """
        self.table = table
        self._usable.clear()
        for call, who in tuple(self.calls.items()):
            name = call.model.name
            if name in table.models and name not in self.table_of(who).models:
                call.withdraw(no_model(name, usable_names(self.table_of(who), call.rules)))
        targets = [target for model in table.models.values() for target in model.targets]
        self._pools.keep_only({(one.host, one.port, one.tls) for one in targets})
        self._health.keep_only({one.id for one in targets})
        self._capabilities.keep_only({one.id for one in targets})
        self._shared.clear()
        addresses = {one.sidecar for one in targets}
        for address in self._clients.keys() - addresses:
            self.tasks.start(self._clients.pop(address).close(), "models:close")

    def set_rules(self, rules: Mapping[str, KeyRules]) -> None:
        self.rules = rules
        self._rates.keep_only({key for key, one in rules.items() if one.tokens_per_minute})

    def set_counted(self, counted: Counted) -> None:
        self.budgets.set_counted(counted)

    def endpoint(self, cluster: Cluster, spec: InstanceSpec) -> Endpoint:
        """The endpoint that leads here."""
        cluster.error_body = local_reply_body
        cluster.has_breakers = False  # one model's failures must not close the way to others; targets have their health
        return ModelEndpoint(cluster, spec, self._router, self._io)

    def table_of(self, who: Principal) -> ModelTable:
        """The part of the table that a principal may use."""
        found = self._usable.get(who)
        if found is None:
            if len(self._usable) >= CALLERS_MAX:
                self._usable.clear()
            found = self._usable[who] = usable_part(self.table, who)
        return found

    def rules_of(self, key: str) -> KeyRules:
        return self.rules.get(key, NO_RULES)

    def call(
        self,
        reply: Reply,
        request: ModelRequest,
        who: Principal,
        rules: KeyRules,
        translated: Callable[[], Translation] | None = None,
    ) -> HeldCall | None:
        """Begins a call, or answers at once. Raises BadRequest."""
        table, key = self.table_of(who), who.id
        model = table.find(request.model)
        if model is None or (rules.models is not None and model.name not in rules.models):
            raise BadRequest(no_model(request.model, usable_names(table, rules)))
        call = Call(self, reply, request, model, table, key, rules, translated)
        self._admit(call)
        shared = self._shared.find(call, reply)
        if shared is not None:
            if shared.body:
                self._record_cached(call)
                reply.respond(200, shared.lines + b"x-aistack-cache: hit\r\n", shared.body)
            else:
                reply.lasts(model.seconds)
            return None
        reply.lasts(model.seconds)
        self.calls[call] = who
        if rules.parallel:
            self._running[key] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CHECK_SECONDS, self._check)
        call.begin()
        return call

    def _admit(self, call: Call) -> None:
        """Raises BadRequest if the key's limits do not allow another call now."""
        rules, key = call.rules, call.key
        if rules.parallel and self._running[key] >= max(1, rules.parallel // self._rates.shares):
            message = f"this key may have {rules.parallel} calls at the same time"
            lines = retry_lines(PARALLEL_RETRY_SECONDS)
            raise BadRequest(CallError(429, message, "rate_limit_exceeded", lines=lines))
        if not rules.tokens_per_minute:
            return
        wait = self._rates.wait(key, rules.tokens_per_minute, call.prompt_estimate, time.monotonic())
        if wait:
            message = f"this key may use {rules.tokens_per_minute} tokens per minute; try again in {wait:.1f} s"
            lines = retry_lines(wait) + self.token_lines(call)
            raise BadRequest(CallError(429, message, "rate_limit_exceeded", type="tokens", lines=lines))

    def is_available(self, model: Model) -> bool:
        return self._health.available(model.targets, time.monotonic())

    # What a call needs.

    def targets(self, model: Model) -> Iterable[Target]:
        now = time.monotonic()
        return self._capabilities.applied(self._health.usable_first(model.targets, now), now)

    def attempt(self, call: Call, model: Model, target: Target) -> None:
        request = call.request
        body = request.body_for(model, target)
        if target.sidecar:
            client = self._clients.get(target.sidecar)
            if client is None:
                client = self._clients[target.sidecar] = self._sidecars(target.sidecar)
            message = predict_request(target.model, request.operation, body, call.reply.request_id, call.key)
            predicted = SidecarAttempt(call, target, message, client, self.tasks, streamed=request.stream)
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

    def token_lines(self, call: Call) -> bytes:
        limit = call.rules.tokens_per_minute
        return self._rates.lines(call.key, limit, time.monotonic()) if limit else b""

    def record(self, call: Call, model: Model, target: Target, usage: Usage, source: Source) -> None:
        path = call.request.operation
        if path == TOKENIZE:  # counting tokens uses none
            usage = Usage()
        cost = usage.cost(model.prices)
        if call.rules.tokens_per_minute:
            self._rates.use(call.key, call.rules.tokens_per_minute, usage.total, time.monotonic())
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

    def proven(self, target: Target, fields: Iterable[str]) -> bool:
        return self._capabilities.are_proven(target, fields)

    def proved(self, target: Target, fields: Iterable[str]) -> None:
        self._capabilities.proved(target, fields)

    def ignored(self, target: Target, name: str) -> None:
        self._capabilities.ignored(target, name, time.monotonic())
        get_log("gateway").warning("models.field_ignored", upstream=target.id, field=name)

    def answered(self, call: Call, status: int, lines: bytes, body: bytes) -> None:
        for follower in self._shared.answered(call, status, lines, body):
            if not follower.gone:
                if status == 200:
                    self._record_cached(call)
                follower.respond(status, lines, body)

    def finished(self, call: Call) -> None:
        self.calls.pop(call, None)
        if call.rules.parallel:
            self._running[call.key] -= 1
            if self._running[call.key] <= 0:
                del self._running[call.key]
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

    async def stop(self) -> None:
        """Ends the calls that nobody waits for any more, and closes connections and the journal."""
        if self._timer is not None:
            self._timer.cancel()
        for call in tuple(self.calls):
            call.stop()
        self.tasks.cancel()
        self._pools.close()
        for client in self._clients.values():
            await client.close()
        self.journal.close()


def usage_folder(data_dir: Path) -> Path:
    """Where the journals of all data planes are."""
    return data_dir / "gateway" / "usage"
