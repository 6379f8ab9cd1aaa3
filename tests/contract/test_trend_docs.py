"""The curl lines that the documentation of trends shows run as they stand, one after the other."""

import asyncio
import re
from pathlib import Path

import uvicorn

from harness.processes import REPOSITORY, free_port
from harness.services.trend import trend_service
from harness.waiting import until_async

BLOCKS = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "docs/trend.md").read_text("utf-8"), re.S)


async def test_the_examples_work(tmp_path: Path):
    assert len(BLOCKS) >= 6
    port = free_port()
    async with trend_service(tmp_path / "data") as trend:
        server = uvicorn.Server(uvicorn.Config(trend.app, port=port, lifespan="off", log_level="error"))
        serving = asyncio.create_task(server.serve())

        async def started() -> bool:
            return server.started

        await until_async(started, "the server listens")
        for block in BLOCKS:
            script = "set -eo pipefail\n" + block.replace("curl ", "curl -sS --fail-with-body ")
            script = script.replace("localhost:9000", f"localhost:{port}")
            done = await asyncio.create_subprocess_exec(
                "bash", "-c", script, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            output, _ = await done.communicate()
            assert done.returncode == 0, output.decode()
            assert output.strip(), block
        server.should_exit = True
        await serving
