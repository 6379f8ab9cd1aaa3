"""Finding documents in a long list, their original files, and the entities that they mention."""

from harness.services.rag import Rag

PATH = "/v1/rag/collections/default/documents"


async def test_documents_are_found_sorted_and_given_back_as_they_came(rag: Rag):
    page = b"<script>alert(1)</script><p>Ada Lovelace worked with Charles Babbage in London on 100% of the leases.</p>"
    await rag.upload(("b/leases.html", page), ("a.txt", b"Nothing else."), ("broken.pdf", b"%PDF-1.7 broken"))

    async def names(**query: str) -> list[str]:
        answer = await rag.http.get(PATH, params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] == len(answer.json()["documents"])
        return [one["name"] for one in answer.json()["documents"]]

    assert await names(sort="name") == ["a.txt", "b/leases.html", "broken.pdf"]
    assert await names(sort="-name") == ["broken.pdf", "b/leases.html", "a.txt"]
    assert await names(q="LEASE") == ["b/leases.html"]
    assert await names(q="%%") == []
    assert await names(status="failed") == ["broken.pdf"]
    assert (await rag.http.get(PATH, params={"sort": "secret"})).status_code == 422
    (leases,) = (await rag.http.get(PATH, params={"q": "leases"})).json()["documents"]
    file = await rag.http.get(f"{PATH}/{leases['id']}/file")
    assert file.content == page
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert (await rag.http.get(f"{PATH}/none/file")).status_code == 404
    mentioned = (await rag.http.get("/v1/rag/graph/entities", params={"document": leases["id"]})).json()
    assert "Ada Lovelace" in [one["name"] for one in mentioned["entities"]]
