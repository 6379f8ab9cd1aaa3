"""Which sentences make the answer."""

from aistack.rag.answers.extractive import candidates, choose
from aistack.rag.wire import Hit


def hit(text: str, **more: object) -> Hit:
    values: dict[str, object] = {
        "chunk": 1,
        "document": "d",
        "name": "n",
        "title": "t",
        "page": None,
        "heading": [],
        "start": 100,
        "end": 100 + len(text),
    }
    return Hit.model_validate(values | {"text": text, "score": 1.0, "scores": {}} | more)


def test_the_sentence_that_holds_most_of_the_question_comes_first():
    found = candidates([hit("Ropes are long. A mooring line lasts four hundred tides. Fish swim.")])
    chosen = choose(found, {"moor": 3.0, "line": 1.0, "tide": 2.0})
    assert chosen[0].text == "A mooring line lasts four hundred tides."
    assert (chosen[0].start, chosen[0].end) == (116, 156)


def test_a_heading_counts_for_the_sentences_under_it():
    found = candidates([hit("It is replaced after a year."), hit("It is replaced each day.", heading=["Mooring line"])])
    assert choose(found, {"moor": 3.0, "line": 3.0, "replac": 1.0})[0].text == "It is replaced each day."


def test_when_little_of_the_question_is_there_nothing_is_chosen():
    assert choose(candidates([hit("Ropes are long.")]), {"rope": 1.0, "king": 5.0, "franc": 5.0}) == []
    assert choose([], {"rope": 1.0}) == []


def test_each_sentence_is_taken_once():
    found = candidates([hit("Ropes are long."), hit("Ropes are long.")])
    assert len(choose(found, {"rope": 1.0})) == 1


def test_code_is_not_a_sentence():
    found = candidates([hit("Ropes join with one call:\n\n```sh\nrope --join\n```\n\nThey hold.")])
    assert [one.text for one in found] == ["Ropes join with one call:", "They hold."]
