"""Answers questions with citations: by a chat model if one is set, otherwise with sentences from the documents."""

from collections.abc import AsyncIterator, Sequence

from aistack.chassis.telemetry.logs import get_log
from aistack.llm.chat import ChatFailed, ChatModel
from aistack.rag.answers.citations import CitationChecker, CitedSentence, numbered_passages
from aistack.rag.answers.completion import completed
from aistack.rag.answers.extractive import extract_answer, lack_what_is_stated, no_answer
from aistack.rag.answers.generated import generated_sentences
from aistack.rag.answers.query_rewriting import standalone_question
from aistack.rag.retrieval.retriever import Retriever, Search
from aistack.rag.wire import Answer, AnswerRequest

TOP_K = 8


class Answerer:
    """Answers questions over collections, which the caller may use. `model` is None if no chat model is set."""

    def __init__(self, retriever: Retriever, model: ChatModel | None) -> None:
        self.retriever = retriever
        self.model = model

    async def answer(self, request: AnswerRequest, collection_ids: Sequence[int]) -> Answer:
        """The whole answer. Raises what `Retriever.search` raises."""
        last: Answer | None = None
        async for one in self.stream(request, collection_ids):
            if isinstance(one, Answer):
                last = one
        assert last is not None
        return last

    async def stream(
        self, request: AnswerRequest, collection_ids: Sequence[int]
    ) -> AsyncIterator[CitedSentence | Answer]:
        """Sentences as they are found, each with its new citations, then the whole answer."""
        model = self.model if self.model is not None and await self.model.resolve() else None
        question = await standalone_question(request.question, request.history, model)
        _, hits = await self.retriever.search(Search(question, collection_ids, TOP_K, request.mode, request.filter))
        note = ""
        hits, columns = await completed(hits, self.retriever.documents)
        if hits and lack_what_is_stated(question, hits):
            yield no_answer(question).model_copy(update=_details(request, question, note))
            return
        if model is not None and hits:
            checker = CitationChecker(question, numbered_passages(hits))
            has_no_answer = False
            try:
                async for sentence in generated_sentences(model, question, hits, checker):
                    if sentence is None:
                        has_no_answer = True
                    else:
                        yield sentence
            except ChatFailed as error:
                get_log("rag").warning("answer.model_failed", error=str(error))
                note = "the model failed or its answer was cut off"
            if checker.sentences:
                yield checker.answer().model_copy(update=_details(request, question, note))
                return
            if has_no_answer:
                yield no_answer(question).model_copy(update=_details(request, question, note))
                return
            note = note or "no sentence of the model's answer is supported by the documents"
        extracted = await extract_answer(question, collection_ids, hits, self.retriever, columns)
        for sentence in extracted.sentences:
            yield sentence, [one for one in extracted.citations if one.number in sentence.citations]
        yield extracted.model_copy(update=_details(request, question, note))


def _details(request: AnswerRequest, question: str, note: str) -> dict[str, object]:
    return {"question": question if question != request.question else "", "note": note}
