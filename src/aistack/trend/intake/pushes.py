"""Documents that clients push."""

from aistack.chassis.errors import InvalidInput
from aistack.chassis.runtime.worker_processes import WorkerFailed, WorkerPool
from aistack.trend.feeds.html_text import text_of
from aistack.trend.feeds.items import Item, clean_line
from aistack.trend.intake.documents import DocumentStore, NewDocument, Origin, documents_of
from aistack.trend.wire import NewDocuments, PushedDocument

PUSHED = "pushed"


class Pushes:
    def __init__(self, documents: DocumentStore, workers: WorkerPool) -> None:
        self._documents = documents
        self._workers = workers

    async def add(self, collection_id: int, new: NewDocuments) -> int:
        """Returns how many are new. Raises InvalidInput if they cannot be read."""
        items = [_item(one) for one in new.documents]
        empty = next((at for at, item in enumerate(items) if not item.title and not item.text), None)
        if empty is not None:
            raise InvalidInput(f"documents[{empty}] has neither a title nor a text")
        texts = [{"title": item.title, "text": item.text} for item in items]
        try:
            answer = await self._workers.ask({"task": "analyze", "documents": texts})
        except WorkerFailed as error:
            raise InvalidInput(f"the documents could not be read: {error}") from None
        by_source: dict[str, list[NewDocument]] = {}
        for given, document in zip(new.documents, documents_of(items, answer["documents"]), strict=True):
            by_source.setdefault(clean_line(given.source) or PUSHED, []).append(document)
        return sum(
            [
                await self._documents.add(Origin(collection_id, None, source, new.category), documents)
                for source, documents in by_source.items()
            ]
        )


def _item(given: PushedDocument) -> Item:
    title, text = clean_line(given.title), text_of(given.text)
    return Item(
        guid=given.id or given.url or f"{title}\n{text}",
        url=given.url if given.url.startswith(("http://", "https://")) else "",
        title=title or clean_line(text, 120),
        text=text,
        author=clean_line(given.author),
        language=clean_line(given.language),
        published=given.published_at,
    )
