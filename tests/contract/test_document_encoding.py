"""The encoding of uploaded text can be given; files in two encodings are two contents, also when indexed again."""

from harness.services.rag import Rag

DOCUMENTS = "/v1/rag/collections/default/documents"
TEA = "茶".encode("gbk")


async def text_of(rag: Rag, job: dict) -> str:
    assert job["items"][0]["state"] == "done", job
    return (await rag.document(job["items"][0]["document"]))["text"].strip()


async def test_an_encoding_is_kept_with_the_document(rag: Rag):
    texts: dict[str, str] = {}
    for name, encoding in (("a.txt", "GBK"), ("b.txt", "big5"), ("c.txt", "")):
        files = {"files": (name, TEA)}
        answer = await rag.http.post(DOCUMENTS, files=files, data={"encoding": encoding})
        assert answer.status_code == 202, answer.text
        job = await rag.finished(answer.json()["id"])
        texts[name] = await text_of(rag, job)
        again = await rag.http.post(f"{DOCUMENTS}/{job['items'][0]['document']}/reindex")
        await rag.finished(again.json()["id"])
        assert await text_of(rag, job) == texts[name]
    assert texts["a.txt"] == "茶"
    assert texts["b.txt"] == TEA.decode("big5hkscs")


async def test_an_unknown_encoding_is_refused_and_a_wrong_one_fails_the_file_with_a_reason(rag: Rag):
    answer = await rag.http.post(DOCUMENTS, files={"files": ("a.txt", TEA)}, data={"encoding": "klingon"})
    assert answer.status_code in (400, 422)
    assert "the encoding 'klingon' is not known" in answer.json()["detail"]
    answer = await rag.http.post(DOCUMENTS, files={"files": ("a.txt", TEA)}, data={"encoding": "utf-8"})
    item = (await rag.finished(answer.json()["id"]))["items"][0]
    assert (item["state"], "not in the encoding utf-8" in item["error"]) == ("failed", True)


async def test_a_url_takes_an_encoding(rag: Rag):
    answer = await rag.http.post(DOCUMENTS, json={"url": "http://127.0.0.1:9/a", "encoding": 5})
    assert answer.status_code in (400, 422)
    assert "encoding" in answer.json()["detail"]
