"""Query rewriting: makes a follow-up question understandable without the conversation before it."""

import re
from collections.abc import Sequence

from aistack.chassis.telemetry.logs import get_log
from aistack.language.analysis import index_terms, query_terms
from aistack.llm.chat import ChatFailed, ChatModel, Message
from aistack.rag.wire import Turn

REWRITE_TOKENS_MAX = 200
QUESTION_CHARACTERS_MAX = 2_000
TURNS_MAX = 6
TURN_CHARACTERS_MAX = 1_000
FOLLOW_UP = re.compile(
    r"\b(?:it|its|they|them|their|that|this|these|those|he|she|his|her|there|then|one|ones)\b"
    r"|^(?:and|but|so|why|how about|what about)\b|[它他她们这那此其]|呢[?？]?$|^(?:那|还有|为什么)",
    re.I,
)
PROMPT = """Rewrite the user's last question so that it can be understood without the conversation: put names in \
the place of pronouns and add what is left out. Keep its language. Write the question only."""


async def standalone_question(question: str, history: Sequence[Turn], model: ChatModel | None) -> str:
    """The question, rewritten by the model, or expanded by rules if there is none or it fails."""
    if not history:
        return question
    if model is not None:
        conversation = "\n".join(f"{turn.role}: {turn.content[:TURN_CHARACTERS_MAX]}" for turn in history[-TURNS_MAX:])
        content = f"{conversation}\nuser: {question}"
        messages: list[Message] = [{"role": "system", "content": PROMPT}, {"role": "user", "content": content}]
        try:
            rewritten = (await model.complete(messages, REWRITE_TOKENS_MAX)).strip().strip('"“”')
            if rewritten and len(rewritten) <= QUESTION_CHARACTERS_MAX and "\n" not in rewritten:
                return rewritten
        except ChatFailed as error:
            get_log("rag").warning("question.model_failed", error=str(error))
    return expanded_follow_up(question, history)


def expanded_follow_up(question: str, history: Sequence[Turn]) -> str:
    """The question with the content words of the user's previous one, if it looks like a follow-up."""
    previous = next((turn.content for turn in reversed(history) if turn.role == "user"), "")
    is_follow_up = bool(FOLLOW_UP.search(question)) or len(query_terms(question)) < 2
    if not previous or not is_follow_up:
        return question
    known = set(index_terms(question))
    added = [word for word in re.findall(r"\w+", previous) if set(query_terms(word)) - known]
    return f"{question} ({' '.join(added)[:TURN_CHARACTERS_MAX]})" if added else question
