"""An agent service in a process of its own: `python -m harness.services.agent_process PORT SETTINGS_AS_JSON`."""

import asyncio
import json
import sys

import uvicorn

from aistack.agent.app import create_app
from aistack.agent.settings import AgentSettings
from aistack.agent.tool_protocol import Permission
from aistack.chassis.telemetry.logs import configure_logs
from harness.services.agent import ScriptedTool

if __name__ == "__main__":
    configure_logs("error", "json")
    settings = AgentSettings(service="agent", port=int(sys.argv[1]), **json.loads(sys.argv[2]))
    word = {"type": "object", "properties": {"word": {"type": "string"}}}
    tools = [
        ScriptedTool("count", lambda given: len(given["word"]), parameters=word),
        ScriptedTool("slow", lambda _: asyncio.sleep(600), seconds_max=600),
        ScriptedTool("slow_note", lambda _: asyncio.sleep(600), Permission.WRITE, seconds_max=600),
    ]
    uvicorn.run(create_app(settings, tools), host="127.0.0.1", port=settings.port, log_level="error", loop="uvloop")
