"""A rag service in a process of its own: `python -m harness.services.rag_process PORT SETTINGS_AS_JSON`."""

import json
import sys

import uvicorn

from aistack.chassis.telemetry.logs import configure_logs
from aistack.rag.app import create_app
from aistack.rag.settings import RagSettings

if __name__ == "__main__":
    configure_logs("error", "json")
    settings = RagSettings(service="rag", port=int(sys.argv[1]), **json.loads(sys.argv[2]))
    uvicorn.run(create_app(settings), host="127.0.0.1", port=settings.port, log_level="error", loop="uvloop")
