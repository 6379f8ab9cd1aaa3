"""Which tools a turn offers."""

from datetime import date

import pytest

from aistack.agent.calls.tool_choice import TOOLS_MAX, choose_tools
from aistack.agent.tools.calculator import Calculator, UnitConverter
from aistack.agent.tools.databases import AskDatabase, RunSql, WriteSql
from aistack.agent.tools.dates import DateCalculator
from aistack.agent.tools.documents import AnswerFromDocuments, QueryGraph, SearchDocuments
from aistack.agent.tools.gateway import GatewayAccess
from aistack.agent.tools.memory import Forget, Remember
from aistack.agent.tools.plan import UpdatePlan
from aistack.agent.tools.python_code import RunPython
from aistack.agent.tools.trends import Forecast, HotTopics, TermTrend
from aistack.agent.tools.web_page import FetchPage
from aistack.chassis.web.public_web import PublicWeb

TODAY = date(2026, 11, 27)
GATEWAY = GatewayAccess("http://127.0.0.1:9")
STORE: object = object()
TOOLS = [
    Calculator(), UnitConverter(), DateCalculator(), Remember(STORE), Forget(STORE), UpdatePlan(STORE),
    FetchPage(PublicWeb("X", allow_private=False)), RunPython([]),
    *(kind(GATEWAY) for kind in (SearchDocuments, AnswerFromDocuments, QueryGraph, AskDatabase, RunSql, WriteSql,
                                 HotTopics, TermTrend, Forecast)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "tool"),
    [("how many km are 26 miles?", "convert_units"), ("Forget what you know about my cat", "forget"),
     ("How is solar trending in the news?", "term_trend"), ("UPDATE customers SET name = 'x'; with write_sql please",
     "write_sql"), ("Which entities are connected to Ada in the graph of relations?", "query_graph"),
     ("72英里等于多少公里？", "convert_units"), ("过去一周的热点话题有哪些？", "hot_topics"),
     ("Forecast the sales of the next 6 months", "forecast"), ("Make a plan for the move", "update_plan")],
)  # fmt: skip
def test_the_tool_that_a_question_needs_is_offered(question: str, tool: str):
    choice = choose_tools(TOOLS, question, "en", (), TODAY)
    assert tool in choice.chosen and len(choice.chosen) == TOOLS_MAX
    assert set(choice.chosen) | set(choice.left_out) == {one.name for one in TOOLS}
    assert all(choice.chosen.values()) and all(choice.left_out.values())


def test_what_the_conversation_has_used_stays():
    used = ("forget", "query_graph", "write_sql")
    choice = choose_tools(TOOLS, "And now?", "en", used, TODAY)
    assert all(choice.chosen[one].startswith("used") for one in used)


def test_all_are_offered_where_there_is_room():
    choice = choose_tools(TOOLS[:5], "", "en", (), TODAY)
    assert len(choice.chosen) == 5 and not choice.left_out
