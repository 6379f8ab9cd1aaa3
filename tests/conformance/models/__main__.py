"""Runs the checks against a server and prints what it passes."""

import argparse
import asyncio

from tests.conformance.models.areas import ALL
from tests.conformance.models.checks import Outcome, report, run_checks
from tests.conformance.models.server import ModelServer


def show(one: Outcome) -> None:
    print(f"{one.seconds:6.1f} s  {one.check.area}: {one.check.name}  {one.error or 'passed'}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.models", description=__doc__)
    parser.add_argument("url", help="the base URL, without /v1")
    parser.add_argument("--model", required=True)
    parser.add_argument("--embedding", default="", help="the name of an embedding model")
    parser.add_argument("--embedding-url", default="", help="its base URL, if it is another")
    parser.add_argument("--key", default="none")
    parser.add_argument("--context", type=int, default=0, help="tokens; default: as /v1/models says")
    parser.add_argument("--only", default="", help="checks whose area or name contains this")
    parser.add_argument("--verbose", action="store_true", help="print each check as it ends")
    given = parser.parse_args()
    server = ModelServer(given.url, given.model, given.embedding, given.embedding_url, given.key, given.context)

    async def run() -> None:
        await server.learn_context()
        checks = [check for check in ALL if given.only in f"{check.area} {check.name}"]
        print(report(await run_checks(server, checks, show if given.verbose else lambda _: None)))
        await server.close()

    asyncio.run(run())


main()
