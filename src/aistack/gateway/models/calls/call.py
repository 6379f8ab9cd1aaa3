"""A call: one client request for a model, from the choice of a target to its last byte and its line of usage.

At most `ATTEMPTS_MAX` attempts are made, over all targets, fallbacks and retries. An attempt is followed by another
only where that cannot do the work twice (see `failures`), and never once the client has a byte of an answer.
"""

import time
from collections.abc import Callable

from aistack.gateway.models.accounting.budgets import KeyRules
from aistack.gateway.models.accounting.usage import Usage
from aistack.gateway.models.answers.answer import StreamedAnswer, renamed_answer, usage_of
from aistack.gateway.models.answers.client_answer import ClientAnswer
from aistack.gateway.models.answers.demands import DemandCheck, demand_of
from aistack.gateway.models.answers.field_promises import AnswerRewriter, answer_rewriter, dimensions_fault
from aistack.gateway.models.answers.reply import Reply
from aistack.gateway.models.calls.bill import Bill
from aistack.gateway.models.calls.candidates import Candidates
from aistack.gateway.models.calls.failures import OVERFLOW, Failure, Stage, lost, of_event, too_slow
from aistack.gateway.models.calls.interfaces import Attempt, Dispatcher
from aistack.gateway.models.formats.errors import JSON_LINE, NO_RETRY, CallError, out_of_budget
from aistack.gateway.models.formats.translation import Translation
from aistack.gateway.models.requests.request import ModelRequest
from aistack.gateway.models.table.compiled import Model, ModelTable, Target

ATTEMPTS_MAX = 3


class Call:
    """The state of one call. Everything happens in callbacks of connections and timers, so nothing is awaited."""

    __slots__ = (
        "_answer", "_begun", "_bill", "_candidates", "_check", "_demand", "_draining_until", "_paused", "_plane",
        "_rewriter", "_stream", "_target_failure", "_unpaid", "attempt", "attempts", "done", "ends_at", "key", "model",
        "reply", "request", "rules", "share", "started",
    )  # fmt: skip

    def __init__(
        self,
        plane: Dispatcher,
        reply: Reply,
        request: ModelRequest,
        model: Model,
        table: ModelTable,
        key: str,
        rules: KeyRules,
        translated: Callable[[], Translation] | None,
    ) -> None:
        self._plane = plane
        self.reply = reply
        self.request = request
        self.model = model
        self.key = key
        self.rules = rules
        self._answer = ClientAnswer(reply, self._lines, translated)
        self.attempt: Attempt | None = None
        self.attempts = 0
        self.done = self.started = False  # started: the client has a part of an answer
        self.share = b""  # the name under which other calls, or a cache, may use its answer
        self._begun = time.monotonic()
        self.ends_at = self._begun + model.seconds
        self._candidates = Candidates(plane, request, model, table)
        self._target_failure: Failure | None = None
        self._rewriter: AnswerRewriter | None = None
        self._demand = demand_of(request)
        self._check: DemandCheck | None = None
        self._unpaid = ""
        self._paused = False
        self._bill = Bill(plane, request)
        self._stream: StreamedAnswer | None = None
        self._draining_until = 0.0

    @property
    def prompt_estimate(self) -> int:
        return self._bill.estimate_prompt()

    @property
    def is_draining(self) -> bool:
        return self._draining_until > 0

    def begin(self) -> None:
        """Makes the first attempt."""
        self._next()

    def _next(self) -> None:
        """Makes the next attempt that can be paid for, or answers with the error that is left."""
        while self.attempts < ATTEMPTS_MAX and (candidate := self._candidates.take()) is not None:
            model, target = candidate
            if self.rules.budget is not None and (unpaid := self._bill.reserve(self, model)):
                self._unpaid = unpaid
                self.rules = self._candidates.add_affordable(self.rules)
                continue
            self.model = model
            self.attempts += 1
            self._stream, self._bill.usage = None, None
            self._rewriter = answer_rewriter(self.request, target)
            if self._demand is not None and not target.sidecar:  # our own worker enforces what it is asked for
                self._check = DemandCheck(self._demand, holds=not self._plane.proven(target, self._demand.fields))
            self._answer.begin_again()
            self._plane.attempt(self, model, target)
            return
        if self._target_failure is not None:
            self._refuse(self._target_failure)
        elif self._unpaid:
            self._fail(out_of_budget(self._unpaid))
        else:
            self._fail(CallError(503, f"{self.model.name} has no upstream that can be used", "no_upstream"))

    def attempt_failed(self, failure: Failure) -> None:
        """The attempt is over without an answer, or broke off in the middle of one."""
        attempt, self.attempt = self.attempt, None
        if attempt is None or self.done:
            return
        self._plane.failed(attempt.target, failure)
        if self.started or self.is_draining:
            self._cut(attempt.target, failure.error)
            return
        if failure.stage is Stage.UNCERTAIN and attempt.sent_at:
            self._bill.settle_failed(self, attempt.target, self._stream)
        self._bill.release()
        if self.reply.gone:
            self._finish()
            return
        self._target_failure = failure
        again = failure.stage in (Stage.NOT_SENT, Stage.REFUSED)
        if failure.stage is Stage.FINAL and failure.error.code == OVERFLOW:
            self._candidates.keep_larger(self.model)
            again = True
        if again or (failure.stage is Stage.UNCERTAIN and (self.model.repeatable or attempt.target.sidecar)):
            self._next()
        else:
            self._refuse(failure)

    def received_usage(self, usage: Usage) -> None:
        self._bill.usage = usage

    def received_events(self, events: list[bytes]) -> None:
        """Events of a streamed answer."""
        attempt = self.attempt
        if attempt is None or self.done:
            return
        stream = self._stream
        if stream is None:
            wants_usage, reasoning = self.request.wants_usage, self.rules.reasoning_field
            stream = self._stream = StreamedAnswer(self.model.name, wants_usage, self._answer.translation, reasoning)
        if self._rewriter is not None:
            events = self._rewriter.events(events)
        data = stream.read(events)
        if stream.usage is not None:
            self._bill.usage = stream.usage
        if stream.error is not None:
            attempt.cancel()
            self.attempt_failed(of_event(attempt.target, stream.error))
            return
        if self._check is not None:
            data = self._check.events(events, data)
            if self._check.broken:
                if not self._check.is_ended:  # otherwise its usage is still to come
                    attempt.cancel()
                    self._ignored(attempt.target, self._check)
                return
        if data and not self.reply.gone:
            if not self.started:
                self._answer.open()
                self.started = True
                self._bill.estimate_prompt()
                self.request.raw, self.request.fields = b"", {}  # no other attempt follows; a prompt may be long
            self._answer.send(data)

    def received_end(self) -> None:
        """The stream of events is over."""
        attempt, self.attempt = self.attempt, None
        if attempt is None or self.done:
            return
        stream = self._stream
        if stream is None or not (stream.is_complete or self.started or self.is_draining):
            self.attempt = attempt
            where = "before it began" if stream is None or not stream.seen else "in the middle"
            self.attempt_failed(lost(attempt.target, f"ended its answer {where}"))
            return
        if not stream.is_complete:
            self._cut(attempt.target, CallError(502, "the upstream ended its answer in the middle", "upstream_failed"))
            return
        self._plane.succeeded(attempt.target)
        held = b"" if self._check is None else self._check.end()
        if self._check is not None and not self._is_kept(attempt.target, self._check):
            return
        self._bill.settle(self, attempt.target, self._stream)
        self._answer.end(held + stream.end(self._bill.total(self._stream)))
        self._finish()

    def received_whole(self, body: bytes, content_type: bytes) -> None:
        """An answer in one piece."""
        attempt, self.attempt = self.attempt, None
        if attempt is None or self.done:
            return
        self._plane.succeeded(attempt.target)
        if self._rewriter is not None:
            body = self._rewriter.whole(body)
        if self._check is not None:
            self._check.whole(body)
            self._bill.usage = usage_of(body) or self._bill.usage
            if not self._is_kept(attempt.target, self._check):
                return
        usage, body, fields = renamed_answer(body, self.model.name, self.rules.reasoning_field)
        self._bill.usage = usage or self._bill.usage
        self._bill.settle(self, attempt.target, self._stream, len(body) if self.request.completion_tokens_max else 0)
        if (fault := dimensions_fault(self.request, body)) is not None:
            self._fail(fault)
            return
        if self._answer.translation is not None and fields is not None:
            body = self._answer.translation.whole(fields, self._bill.total(self._stream))
            content_type = b"application/json"
        lines = b"content-type: %b\r\n%b" % (content_type, self._lines())
        self._plane.answered(self, 200, lines, body)
        self._answer.respond(200, lines, body)
        self._finish()

    def _is_kept(self, target: Target, check: DemandCheck) -> bool:
        """Whether an answer that is complete is what the request demands. If not, the call goes on without it."""
        if check.broken:
            self._ignored(target, check)
        elif check.kept and self._demand is not None:
            self._plane.proved(target, self._demand.fields)
        return not check.broken

    def _ignored(self, target: Target, check: DemandCheck) -> None:
        """The upstream ignored a demand. If the client has nothing yet, it is asked in another way, or another is."""
        self.attempt = None
        self._bill.settle(self, target, self._stream)
        self._plane.ignored(target, check.broken)
        message = f"{check.broken}: the upstream of {self.model.name} ignored it"
        error = CallError(400, message, "unsupported_parameter", check.broken)
        if self.reply.gone:
            self._finish()
        elif self.started or (self._answer.is_open and self._answer.translation is not None):
            self._answer.fail_stream(error)
            self._finish()
        else:
            self._target_failure = Failure(Stage.FINAL, error)
            self._candidates.again(self.model, target)
            self._next()

    def withdraw(self, error: CallError) -> None:
        """The caller may not use the model any more."""
        if self.attempt is not None and not self.done:
            self._time_out(self.attempt, Failure(Stage.FINAL, error))

    def stop(self) -> None:
        """The data plane stops; what has passed is recorded."""
        attempt = self.attempt
        if attempt is not None and not self.done:
            self._stop_draining(attempt)

    def client_gone(self) -> None:
        """The client left. What the upstream has begun is read on within bounds if it will be billed anyway."""
        attempt = self.attempt
        if self.done:
            return
        if attempt is None or not attempt.sent_at:
            if attempt is not None:
                attempt.cancel()
            self._bill.release()
            self._finish()
            return
        seconds = self._plane.may_drain() if attempt.target.drain and not self.share else 0.0
        if self.share:
            seconds = max(1.0, self.ends_at - time.monotonic())  # others may wait for it
        if seconds:
            self._draining_until = time.monotonic() + seconds
            attempt.resume()
            return
        self._stop_draining(attempt)

    def hold(self, hold: bool) -> None:
        """The client reads slower than the upstream sends, or has caught up."""
        self._paused = hold
        if self.attempt is not None:
            if hold:
                self.attempt.pause()
            else:
                self.attempt.resume()

    def check(self, now: float) -> None:
        """Ends what takes too long, and keeps silent streams alive. Called a few times a second."""
        attempt = self.attempt
        if attempt is None or self.done:
            return
        if self.is_draining and now > self._draining_until:
            self._stop_draining(attempt)
            return
        if now > self.ends_at:
            self._time_out(attempt, too_slow(attempt.target, "complete answer", self.model.seconds))
            return
        if not self.request.stream or self.reply.gone:
            return
        waited = now - attempt.sent_at if attempt.sent_at else 0.0
        if not self.started and self._stream is None and waited > self.model.first_token_seconds:
            self._time_out(attempt, too_slow(attempt.target, "first token", self.model.first_token_seconds))
            return
        if self._paused:
            return
        self._answer.send_ping(now, self._plane.ping_seconds, self._begun + self._plane.stream_open_seconds)

    def _time_out(self, attempt: Attempt, failure: Failure) -> None:
        attempt.cancel()
        self.attempt_failed(failure)

    def _stop_draining(self, attempt: Attempt) -> None:
        attempt.cancel()
        self.attempt = None
        self._bill.settle(self, attempt.target, self._stream)
        self._finish()

    def _cut(self, target: Target, error: CallError) -> None:
        """A stream broke off. The client is told by an event, as its status went out long ago."""
        self._bill.settle(self, target, self._stream)
        self._answer.fail_stream(error)
        self._finish()

    def _refuse(self, failure: Failure) -> None:
        error = failure.error
        if failure.stage is Stage.UNCERTAIN:  # the work may be billed, so it must not be ordered again unasked
            error = CallError(error.status, error.message, error.code, error.param, error.type, error.lines + NO_RETRY)
        self._fail(error)

    def _fail(self, error: CallError) -> None:
        if self._answer.is_open:
            self._answer.fail_stream(error)
        elif not self.reply.gone:
            body = error.shaped(self.reply.path, self.reply.request_id)
            lines = JSON_LINE + error.lines + self._lines()
            self._plane.answered(self, error.status, lines, body)
            self._answer.respond(error.status, lines, body)
        self._finish()

    def _lines(self) -> bytes:
        model = self.model.name.encode()
        attempts = b"x-aistack-attempts: %d\r\nx-aistack-model: %b\r\n" % (self.attempts, model)
        milliseconds = int((time.monotonic() - self._begun) * 1000)
        limits = self.reply.limit_lines() + self._plane.token_lines(self)
        return b"%bopenai-processing-ms: %d\r\n%b" % (attempts, milliseconds, limits)

    def _finish(self) -> None:
        if not self.done:
            self.done = True
            self._bill.release()
            self._plane.finished(self)
