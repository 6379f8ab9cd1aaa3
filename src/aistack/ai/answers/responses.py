"""The three responses to a question: ready, a clarifying question, failed."""

from collections.abc import Sequence

from aistack.ai.answers.charts import chart_of
from aistack.ai.answers.sentence import answer_sentence
from aistack.ai.generation.candidates import Candidate
from aistack.ai.pipeline_run import PipelineRun
from aistack.ai.statements.explanation import explain_statement
from aistack.ai.statements.lineage import lineage_of
from aistack.ai.wire import AskAnswer, Clarification, Kind, Lineage, Method, Option


def ready(run: PipelineRun, one: Candidate, method: Method, confidence: float) -> AskAnswer:
    """The answer of a candidate, with everything that explains it."""
    explanation = explanation_of(run, one)
    lineage, references = lineage_of(one.sql, run.database, run.who, chinese=run.chinese)
    result, sentence = one.result, ""
    if result is not None:
        sentence = answer_sentence(result, explanation, chinese=run.chinese, headline=one.headline)
    return AskAnswer(
        id=run.id, status="ready", question=run.question, method=method, sql=one.sql, explanation=explanation,
        confidence=confidence, answer=sentence, references=[*references, *run.references], lineage_summary=lineage,
        result=result, chart=chart_of(result, run.question) if result else None, trace=run.trace,
    )  # fmt: skip


def explanation_of(run: PipelineRun, one: Candidate) -> str:
    """What a candidate shows, in the language of the question, and which day today is if that matters."""
    text = one.explanation or explain_statement(one.sql, run.database.dialect, chinese=run.chinese)[0]
    if run.today is None:
        return text
    note = run.today.note(chinese=run.chinese)
    return f"{text}（{note}）" if run.chinese else f"{text}; {note}"


def clarify(
    run: PipelineRun,
    clarification: Clarification,
    method: Method,
    best: Candidate | None = None,
    confidence: float = 0.0,
) -> AskAnswer:
    """A clarifying question; `best` is the candidate that it would be otherwise."""
    lineage = lineage_of(best.sql, run.database, run.who, chinese=run.chinese)[0] if best else Lineage()
    return AskAnswer(
        id=run.id, status="need_clarification", question=run.question, method=method, sql=best.sql if best else "",
        confidence=confidence, clarification=clarification, lineage_summary=lineage, trace=run.trace,
    )  # fmt: skip


def failed(run: PipelineRun, error: str) -> AskAnswer:
    return AskAnswer(id=run.id, status="failed", question=run.question, error=error, trace=run.trace)


def too_slow(*, chinese: bool) -> str:
    """Why there is no answer when the model took too long, and what to do."""
    if chinese:
        advice = "请改用流式回答（accept: text/event-stream，没有这个时限），或使用更快的模型。"
        return f"模型未能及时回答，规则也无法理解这个问题。{advice}"
    return (
        "The model did not answer in time, and the rules do not understand the question. Ask for a streamed answer "
        "(accept: text/event-stream), which has no such limit, or use a faster model."
    )


def choice(kind: Kind, options: list[Option], *, chinese: bool) -> Clarification:
    """Asks which of several interpretations is meant."""
    question = (
        "这个问题有多种理解，你指的是哪一种？" if chinese else "This question is ambiguous. Which one do you mean?"
    )
    return Clarification(kind=kind, question=question, options=options)


def confirmation(option: Option, *, chinese: bool) -> Clarification:
    """Asks whether the only interpretation is meant."""
    question = (
        "不确定是否理解正确，你是这个意思吗？"
        if chinese
        else "I'm not sure I understood the question. Is this what you mean?"
    )
    return Clarification(kind="filter", question=question, options=[option])


def partial(left_out: Sequence[str], option: Option, *, chinese: bool) -> Clarification:
    """Asks whether an interpretation that leaves words out is meant."""
    if not left_out:
        return confirmation(option, chinese=chinese)
    words = "、".join(f"“{one}”" for one in left_out) if chinese else ", ".join(f'"{one}"' for one in left_out)
    question = (
        f"未能理解{words}，已忽略。你是这个意思吗？"
        if chinese
        else f"I did not understand {words} and left it out. Is this what you mean?"
    )
    return Clarification(kind="filter", question=question, options=[option])


def doubt(problem: str, option: Option, *, chinese: bool) -> Clarification:
    """Asks whether a statement with a known problem is meant all the same."""
    question = f"{problem}仍要使用这条语句吗？" if chinese else f"{problem} Use this statement all the same?"
    return Clarification(kind="metric", question=question, options=[option])
