"""Run by LightRAG's own Python: its chunk and store path, and its search by chunks, with vectors from a server.

    python lightrag_peer.py TEXTS.json QUERIES.json VECTORS_URL

It prints documents a second, search latency and calls of its model as JSON. The model names nothing.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
from lightrag import LightRAG, QueryParam
from lightrag.utils import EmbeddingFunc, Tokenizer

DIMENSIONS = 384
AT_ONCE = 64
calls = 0


class Words:
    """Tokens are code points: LightRAG's own tokenizer fetches its table from the network."""

    def encode(self, content: str) -> list[int]:
        return [ord(one) for one in content]

    def decode(self, tokens: list[int]) -> str:
        return "".join(map(chr, tokens))


async def nothing(_prompt: str, **_options: object) -> str:
    global calls
    calls += 1
    return "<|COMPLETE|>"


async def main(texts: list[str], queries: list[str], url: str) -> dict[str, float]:
    async with httpx.AsyncClient(timeout=None) as http:

        async def embed(given: list[str], **_options: object) -> np.ndarray:
            answer = await http.post(f"{url}/embeddings", json={"model": "m", "input": given})
            return np.array([one["embedding"] for one in answer.json()["data"]], dtype=np.float32)

        with TemporaryDirectory() as folder:
            rag = LightRAG(
                working_dir=folder,
                llm_model_func=nothing,
                embedding_func=EmbeddingFunc(embedding_dim=DIMENSIONS, func=embed, max_token_size=8192),
                tokenizer=Tokenizer("words", Words()),
                chunk_token_size=1600,
                chunk_overlap_token_size=200,
                max_parallel_insert=4,
                enable_llm_cache=False,
                enable_llm_cache_for_entity_extract=False,
                embedding_batch_num=AT_ONCE,
            )
            await rag.initialize_storages()
            begun = time.perf_counter()
            await rag.ainsert(texts, file_paths=[f"{number}.txt" for number in range(len(texts))])
            rate = len(texts) / (time.perf_counter() - begun)
            spent = []
            for query in queries:
                begun = time.perf_counter()
                found = await rag.aquery(query, QueryParam(mode="naive", only_need_context=True, chunk_top_k=10))
                spent.append(time.perf_counter() - begun)
                assert found
            await rag.finalize_storages()
    return {"rate": rate, "p50_ms": sorted(spent)[len(spent) // 2] * 1000, "calls": calls / len(texts)}


if __name__ == "__main__":
    stdout = os.dup(1)
    os.dup2(2, 1)  # LightRAG prints to it too
    given = [json.loads(Path(path).read_text()) for path in sys.argv[1:3]]
    os.write(stdout, json.dumps(asyncio.run(main(*given, sys.argv[3]))).encode())
