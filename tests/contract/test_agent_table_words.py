"""What the routing without a model knows of databases: words of the tables that a person may see."""

import httpx

from aistack.agent.tools.databases import AskDatabase
from aistack.agent.tools.gateway import GatewayAccess
from aistack.chassis.identity import Principal
from aistack.connection.client import ConnectionClient
from harness.services.sql import PrincipalAuth
from harness.services.sql_people import SECRET, People

ANN, BOB = Principal("user:aaaaaaaaaaaa", "user"), Principal("user:bbbbbbbbbbbb", "user")


async def test_everyone_gets_the_words_of_their_own_databases(people: People):
    people.know(ANN, BOB)
    await people.connect(ANN)
    gateway = GatewayAccess("http://localhost", secret=SECRET)
    client = ConnectionClient("http://localhost")
    await client._http.aclose()
    auth = PrincipalAuth(Principal("service:agent", "service", "agent"), SECRET)
    client._http = httpx.AsyncClient(transport=people.services.http._transport, base_url="http://localhost", auth=auth)
    gateway._clients[ConnectionClient] = client
    asking = AskDatabase(gateway)
    assert {"customer", "order"} <= await asking.table_words(ANN)
    assert await asking.table_words(BOB) == frozenset()


async def test_a_gateway_that_is_gone_leaves_the_words_of_questions():
    gateway = GatewayAccess("http://127.0.0.1:9")
    assert await AskDatabase(gateway).table_words(ANN) == frozenset()
    await gateway.close()
