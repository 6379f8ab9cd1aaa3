"""The walk of graph retrieval: where it starts, which chunks it leads to, and that it only adds."""

from hypothesis import given
from hypothesis import strategies as some

from aistack.language.analysis import query_terms
from aistack.rag.graph.knowledge_graph import KnowledgeGraph
from aistack.rag.graph.random_walk import added_to, start_of, walked
from tests.properties import examples

FILMS = {
    1: ("Payment on Demand", "Payment on Demand is a drama starring Bette Davis. It was directed by Curtis Bernhardt."),
    2: ("Curtis Bernhardt", "Curtis Bernhardt was born in Worms."),
    3: ("Bette Davis", "Bette Davis was an actress."),
    4: ("Payment", "Every payment that is made on demand."),
    5: ("青松机械", "青松机械位于海州市，由李大山创立。"),
    6: ("李大山", "李大山出生于一九六〇年。"),
}


def graph(titled: bool = True) -> KnowledgeGraph:
    openings = [(chunk, title if titled else "", (), text) for chunk, (title, text) in FILMS.items()]
    mentions = [(chunk, title.casefold(), title, "name", 1) for chunk, (title, _) in FILMS.items() if chunk != 4]
    return KnowledgeGraph(mentions, [], (), openings)


def ranked(question: str, found: list[tuple[int, float]], titled: bool = True) -> list[int]:
    start = start_of(graph(titled), question, found)
    added = walked(start, {one: FILMS[one] for one in start.chunks}, dict.fromkeys(query_terms(question), 1.0))
    return [chunk for chunk, _ in added_to(found, added)]


def test_a_question_about_the_director_leads_over_the_film_to_the_director():
    question = "Where was the director of Payment on Demand born?"
    assert ranked(question, [(1, 1.0), (4, 0.5)])[:2] == [1, 2]
    assert {*ranked(question, [])[:3]} == {1, 2, 3}  # the name in the question is enough


def test_the_name_that_a_text_begins_with_is_its_subject():
    assert ranked("Who was the director of Payment on Demand?", [(1, 1.0)], titled=False)[:2] == [1, 2]


def test_chinese_names_lead_on():
    assert ranked("青松机械的创立者何时出生？", [(5, 1.0)])[:2] == [5, 6]


@examples(50)
@given(some.lists(some.tuples(some.sampled_from(sorted(FILMS)), some.floats(0.01, 1)), unique_by=lambda one: one[0]))
def test_the_walk_takes_nothing_away(found: list[tuple[int, float]]):
    found.sort(key=lambda one: -one[1])
    question = "Who directed Payment on Demand?"
    start = start_of(graph(), question, found)
    added = walked(start, {one: FILMS[one] for one in start.chunks}, {})
    assert all(score >= 0 for score in added.values())
    scores = dict(added_to(found, added))
    assert all(scores[chunk] >= score for chunk, score in found)
