"""Who shares a name is told apart; who has several stays one."""

from aistack.rag.graph.knowledge_graph import KnowledgeGraph
from aistack.rag.graph.relations import ALIAS_PHRASE

EXPLORER = "John Smith (1580–1631) was an English soldier. He sailed to Jamestown."
MINISTER = "John Smith (born 13 September 1938) was a politician from Dalmally."


def row(chunk: int, name: str, kind: str = "name") -> tuple[int, str, str, str, int]:
    return (chunk, name.casefold(), name, kind, 1)


def names(graph: KnowledgeGraph, text: str) -> dict[str, list[int]]:
    return {one.name: sorted(one.chunks) for one in graph.find(text, 10)}


def test_two_people_of_one_name_are_two_entities_by_their_years():
    mentions = [row(chunk, "John Smith") for chunk in (1, 2, 3, 4, 5)]
    mentions += [row(1, "Jamestown"), row(2, "Dalmally"), row(3, "Jamestown"), row(4, "Dalmally"), row(5, "Paris")]
    openings = [(1, "", (), EXPLORER), (2, "", (), MINISTER), *((one, "", (), "Of John Smith.") for one in (3, 4, 5))]
    links = [(3, "john smith", "jamestown", "founded", 0, 9), (4, "john smith", "dalmally", "left", 0, 9)]
    graph = KnowledgeGraph(mentions, links, (), openings)
    assert names(graph, "john smith") == {
        "John Smith": [5], "John Smith (1580)": [1, 3], "John Smith (1938)": [2, 4],
    }  # fmt: skip
    related = {graph.entities[one].name: [graph.entities[other].name for other in graph.relations[one]]
               for one in graph.entities if "(" in graph.entities[one].name}  # fmt: skip
    assert related == {"John Smith (1580)": ["Jamestown"], "John Smith (1938)": ["Dalmally"]}


def test_qualifiers_in_titles_tell_apart_too_and_the_plain_name_still_leads_to_all():
    titles = ("Mercury (planet)", "Mercury (element)")
    mentions = [row(number, "Mercury") for number in (1, 2, 3)]
    openings = [(1, titles[0], (), "It is small."), (2, titles[1], (), "It is a metal."), (3, titles[1], (), "Liquid.")]
    graph = KnowledgeGraph(mentions, [], (), openings)
    assert names(graph, "mercury") == {"Mercury (planet)": [1], "Mercury (element)": [2, 3]}
    (found,) = graph.mentioned_in("How hot is Mercury?")
    assert graph.entities[found].name == "Mercury (element)"
    assert {1, 2, 3} <= {chunk for key in graph.subjects.keys_of("Mercury") for chunk in graph.subjects.chunks[key]}


def test_chinese_people_of_one_name_are_told_apart():
    openings = [(1, "", (), "张伟（1960年3月－2012年），工程师。"), (2, "", (), "张伟（1985年生），演员。")]
    graph = KnowledgeGraph([row(1, "张伟"), row(2, "张伟")], [], (), openings)
    assert names(graph, "张伟") == {"张伟 (1960)": [1], "张伟 (1985)": [2]}


def test_one_person_in_two_documents_stays_one():
    openings = [(1, "", (), EXPLORER), (2, "John Smith (explorer)", (), "John Smith (1579–1631) wrote.")]
    graph = KnowledgeGraph([row(1, "John Smith"), row(2, "John Smith")], [], (), openings)
    assert names(graph, "smith") == {"John Smith": [1, 2]}


def alias(chunk: int, name: str, short: str) -> tuple[int, str, str, str, int, int]:
    return (chunk, name.casefold(), short.casefold(), ALIAS_PHRASE, 0, 9)


def test_two_long_forms_of_an_abbreviation_are_one_only_if_they_are_spellings_of_each_other():
    forms = ["World Health Organization", "World Health Organisation", "Workshop of Harbour Operators"]
    mentions = [row(number, one) for number, one in enumerate(forms)] + [row(number, "WHO") for number in range(4)]
    links = [alias(number, one, "WHO") for number, one in enumerate(forms)] + [alias(3, forms[0], "WHO")]
    graph = KnowledgeGraph([*mentions, row(3, forms[0])], links)
    assert names(graph, "wo") == {"World Health Organization": [0, 1, 2, 3], "Workshop of Harbour Operators": [2]}


def test_aliases_of_namesakes_do_not_make_them_one():
    mentions = [row(one, name) for one in (1, 2) for name in ("John Smith", "JS")]
    links = [alias(1, "John Smith", "JS"), alias(2, "John Smith", "JS")]
    graph = KnowledgeGraph(mentions, links, (), [(1, "", (), EXPLORER), (2, "", (), MINISTER)])
    assert names(graph, "john smith") == {"John Smith (1580)": [1], "John Smith (1938)": [2]}
    assert [one.aliases for one in graph.find("john smith", 10)] == [["JS (1580)"], ["JS (1938)"]]
