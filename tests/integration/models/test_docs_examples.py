"""The curl lines of docs/models-api.md run as they stand, with a real address, key and administrator."""

import asyncio
import re
from pathlib import Path

import pytest

from harness.processes import REPOSITORY
from harness.services.gateway import Gateway

PAGE = REPOSITORY / "docs/models-api.md"
BLOCKS = [block for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.S) if "curl" in block]
KEY_ON_THE_PAGE = "4f2a..."


@pytest.fixture
def identity() -> bool:
    return True


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
async def test_the_example_works(gateway: Gateway, tmp_path: Path, block: str):
    key = (await gateway.client.post("/gateway/keys", json={"name": "team"})).json()["id"]
    curl = f"curl -sS --fail-with-body -H 'authorization: Bearer {gateway.admin}' "
    script = block.replace("curl ", curl).replace("localhost:9000", f"localhost:{gateway.port}")
    words = ("bash", "-ec", script.replace(KEY_ON_THE_PAGE, key))
    process = await asyncio.create_subprocess_exec(
        *words, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (said + errors).decode()
