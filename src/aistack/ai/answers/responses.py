"""The three ways that a question ends: ready, asked back about, failed; with all that an answer tells of itself."""

from aistack.ai.answers.charts import chart_for
from aistack.ai.answers.sentence import sentence
from aistack.ai.generation.voting import Candidate
from aistack.ai.pipeline_run import Asked
from aistack.ai.statements.lineage import lineage_of
from aistack.ai.wire import AskAnswer, Clarification, Lineage, Method


def ready(asked: Asked, one: Candidate, method: Method, confidence: float) -> AskAnswer:
    explanation = explained(asked, one)
    lineage, references = lineage_of(one.sql, asked.known, asked.who)
    result = one.result
    return AskAnswer(
        id=asked.id, status="ready", question=asked.question, method=method, sql=one.sql, explanation=explanation,
        confidence=confidence, answer=sentence(result, explanation, chinese=asked.chinese) if result else "",
        references=[*references, *asked.references], lineage_summary=lineage, result=result,
        chart=chart_for(result, asked.question) if result else None, trace=asked.trace,
    )  # fmt: skip


def explained(asked: Asked, one: Candidate) -> str:
    """What a statement shows, in the language of the question."""
    from aistack.ai.statements.explanation import described

    return one.explanation or described(one.sql, asked.known.dialect, chinese=asked.chinese)[0]


def asks_back(
    asked: Asked,
    clarification: Clarification,
    method: Method,
    best: Candidate | None = None,
    confidence: float = 0.0,
) -> AskAnswer:
    lineage = lineage_of(best.sql, asked.known, asked.who)[0] if best else Lineage()
    return AskAnswer(
        id=asked.id, status="need_clarification", question=asked.question, method=method, sql=best.sql if best else "",
        confidence=confidence, clarification=clarification, lineage_summary=lineage, trace=asked.trace,
    )  # fmt: skip


def failed(asked: Asked, error: str) -> AskAnswer:
    return AskAnswer(id=asked.id, status="failed", question=asked.question, error=error, trace=asked.trace)


def which(chinese: bool) -> str:
    return (
        "这个问题可以有不同的理解，您指的是哪一种？"
        if chinese
        else "This can be understood in more than one way; which do you mean?"
    )


def is_this(chinese: bool) -> str:
    return "不太确定，您是这个意思吗？" if chinese else "I am not sure; is this what you mean?"
