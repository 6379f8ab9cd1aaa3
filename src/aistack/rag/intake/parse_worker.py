"""The parsing process: parsing, chunking, entity extraction and text analysis run here, outside the service, because
files are untrusted.
"""

from pathlib import Path
from typing import Any

from aistack.chassis.runtime.worker_serving import serve
from aistack.language.analysis import index_terms
from aistack.rag.graph.entities import extract
from aistack.rag.parsing.chunking import chunks
from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import Limits, ParseError
from aistack.rag.parsing.parser import parse


def parsed(request: dict[str, Any]) -> dict[str, Any]:
    """The document with its chunks, their index terms and entities, or `{"error": ...}`."""
    limits = Limits(request["pages_max"], request["text_characters_max"], request["ocr_pages_max"])
    try:
        name, _, encoding = request["name"].partition(";")
        document = parse(Path(request["path"]), name, limits, encoding)
        if request.get("text_only"):
            return _plain(document)
        spans = chunks(document, request["chunk_tokens"], request["chunk_overlap_tokens"])
    except ParseError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "parsing the file needs more memory than RAG_PARSE_MEMORY_MIB allows"}
    except Exception as error:
        return {"error": f"the file could not be parsed ({type(error).__name__}: {error})"[:500]}
    if not spans:
        return {"error": "the file contains only headings and no text"}
    found = extract(document, [(span.start, span.end) for span in spans])
    return {
        "text": document.text,
        "title": document.title,
        "media_type": document.media_type,
        "pages": document.pages,
        "chunks": [
            {
                "start": span.start,
                "end": span.end,
                "page": span.page,
                "heading": list(span.heading),
                "heading_terms": " ".join(index_terms(" ".join((document.title, *span.heading)))),
                "terms": " ".join(index_terms(document.text[span.start : span.end])),
                "mentions": extracted.mentions,
                "links": extracted.links,
            }
            for span, extracted in zip(spans, found, strict=True)
        ],
    }


def _plain(document: ParsedDocument) -> dict[str, Any]:
    starts: list[list[int]] = []
    for block in document.blocks:
        if block.page is not None and (not starts or block.page > starts[-1][0]):
            starts.append([block.page, block.start])
    found = {"text": document.text, "title": document.title, "media_type": document.media_type}
    return found | {"pages": document.pages, "page_starts": starts}


if __name__ == "__main__":
    serve(parsed)
