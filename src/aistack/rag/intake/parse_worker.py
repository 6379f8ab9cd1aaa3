"""The parsing process: reads requests from stdin and writes parsed documents to stdout.

Parsing, chunking, entity extraction and text analysis run here, outside the service, because files are untrusted. A
message is its length (4 bytes, big-endian) and JSON. The process limits its own memory, and exits when its parent
closes stdin.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

from aistack.language.analysis import index_terms
from aistack.rag.graph.entities import extract
from aistack.rag.parsing.chunking import chunks
from aistack.rag.parsing.formats.builder import Limits, ParseError
from aistack.rag.parsing.parser import parse

MESSAGE_LENGTH_BYTES = 4


def encode_message(message: dict[str, Any]) -> bytes:
    """The message as bytes: its length and JSON."""
    body = json.dumps(message).encode()
    return len(body).to_bytes(MESSAGE_LENGTH_BYTES, "big") + body


def parsed(request: dict[str, Any]) -> dict[str, Any]:
    """The document with its chunks, their index terms and entities, or `{"error": ...}`."""
    limits = Limits(request["pages_max"], request["text_characters_max"], request["ocr_pages_max"])
    try:
        name, _, encoding = request["name"].partition(";")
        document = parse(Path(request["path"]), name, limits, encoding)
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


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers requests until the end of `source`."""
    while True:
        length = source.read(MESSAGE_LENGTH_BYTES)
        if len(length) < MESSAGE_LENGTH_BYTES:
            return
        request = json.loads(source.read(int.from_bytes(length, "big")))
        sink.write(encode_message(parsed(request)))
        sink.flush()


if __name__ == "__main__":
    memory_bytes = int(sys.argv[1]) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)
