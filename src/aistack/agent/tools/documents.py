"""Search, cited answers and the knowledge graph of the rag service as tools. What documents say is untrusted."""

from pydantic import Field

from aistack.agent.tool_protocol import Citation, ToolContext, ToolResult
from aistack.agent.tools.gateway import GatewayAccess
from aistack.agent.tools.typed_tool import Arguments, TypedTool
from aistack.rag.client import RagClient
from aistack.rag.graph_wire import GraphQuery
from aistack.rag.wire import QUESTION_CHARACTERS_MAX, AnswerRequest, Place, SearchRequest

PASSAGE_CHARACTERS_MAX = 1_500
GRAPH_ENTITIES_MAX = 30
RELATIONS_SHOWN = 30


class DocumentSearch(Arguments):
    query: str = Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX, description="what to find, in any words")
    collections: list[str] = Field(default_factory=list[str], max_length=100, description="names; empty for all")
    limit: int = Field(8, ge=1, le=50)


class SearchDocuments(TypedTool[DocumentSearch]):
    name = "search_documents"
    description = (
        "Finds passages in the user's own documents and shows where they stand. Use it to look something up, to find "
        "files about a subject, or before answering from documents in your own words."
    )
    arguments = DocumentSearch

    def __init__(self, gateway: GatewayAccess) -> None:
        self._gateway = gateway

    async def call(self, arguments: DocumentSearch, context: ToolContext) -> ToolResult:
        request = SearchRequest(query=arguments.query, collections=arguments.collections or "*", top_k=arguments.limit)
        found = await self._gateway.client(RagClient).find(request, self._gateway.headers(context.who, "rag"))
        if not found.hits:
            return ToolResult("没有找到相关文档" if context.language == "zh" else "No passages found.", {"hits": []})
        lines = [f"[{number}] {_heading(hit)}\n{_passage(hit)}" for number, hit in enumerate(found.hits, 1)]
        citations = [_citation(hit, hit.score) for hit in found.hits]
        data = {"mode": found.mode, "hits": [hit.model_dump(mode="json") for hit in found.hits]}
        return ToolResult("\n\n".join(lines), data, citations, is_untrusted=True)


class DocumentQuestion(Arguments):
    question: str = Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX)
    collections: list[str] = Field(default_factory=list[str], max_length=100, description="names; empty for all")


class AnswerFromDocuments(TypedTool[DocumentQuestion]):
    name = "answer_from_documents"
    description = (
        "Answers one question from the user's own documents, each sentence with its source. Use it for questions whose "
        "answer is written in manuals, contracts, reports or notes, not in database tables."
    )
    arguments = DocumentQuestion
    seconds_max = 120.0

    def __init__(self, gateway: GatewayAccess) -> None:
        self._gateway = gateway

    async def call(self, arguments: DocumentQuestion, context: ToolContext) -> ToolResult:
        request = AnswerRequest(question=arguments.question, collections=arguments.collections or "*")
        found = await self._gateway.client(RagClient).full_answer(request, self._gateway.headers(context.who, "rag"))
        citations = [_citation(one) for one in found.citations]
        sources = [f"[{one.number}] {_heading(one)}" for one in found.citations]
        text = "\n".join((found.answer, *([found.note] if found.note else []), *sources))
        return ToolResult(text, found.model_dump(mode="json"), citations, is_untrusted=True)


class GraphQuestion(Arguments):
    question: str = Field(min_length=1, max_length=QUESTION_CHARACTERS_MAX, description="names the things to relate")
    collection: str = Field("default", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    depth: int = Field(1, ge=1, le=4, description="how many relations away from the named things")


class QueryGraph(TypedTool[GraphQuestion]):
    name = "query_graph"
    description = (
        "Shows how people, organisations, places and terms of the documents are related. Use it for questions about "
        "connections: who works with whom, what depends on what, what links A and B."
    )
    arguments = GraphQuestion

    def __init__(self, gateway: GatewayAccess) -> None:
        self._gateway = gateway

    async def call(self, arguments: GraphQuestion, context: ToolContext) -> ToolResult:
        request = GraphQuery(
            question=arguments.question,
            collection=arguments.collection,
            depth=arguments.depth,
            limit=GRAPH_ENTITIES_MAX,
        )
        found = await self._gateway.client(RagClient).graph(request, self._gateway.headers(context.who, "rag"))
        names = {one.id: one.name for one in found.entities}
        lines = [
            f"{names[one.source]} - {', '.join(one.phrases) or '?'} - {names[one.target]}"
            for one in found.relations[:RELATIONS_SHOWN]
            if one.source in names and one.target in names
        ]
        if not names:
            return ToolResult(
                "图谱中没有相关实体" if context.language == "zh" else "The graph has none of these.", None
            )
        text = "\n".join((", ".join(names.values()), *lines, *map(_passage, found.evidence[:5])))
        citations = [_citation(one) for one in found.evidence]
        return ToolResult(text, found.model_dump(mode="json"), citations, is_untrusted=True)


def _citation(place: Place, score: float | None = None) -> Citation:
    return Citation(place.title or place.name, place.document, _passage(place), place.page, score)


def _heading(place: Place) -> str:
    page = f", p. {place.page}" if place.page is not None else ""
    return f"{place.title or place.name}{page}"


def _passage(place: Place) -> str:
    return place.text if len(place.text) <= PASSAGE_CHARACTERS_MAX else place.text[:PASSAGE_CHARACTERS_MAX] + "…"
