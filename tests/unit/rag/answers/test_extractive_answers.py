"""Which pieces of the documents make the answer, and when there is none."""

import pytest

from aistack.language.analysis import index_terms, query_terms
from aistack.rag.answers.candidates import candidates, shortened_row
from aistack.rag.answers.evidence import Question, term_weights, without_focus
from aistack.rag.answers.extractive import Chosen, choose
from aistack.rag.wire import Hit

HUTS = "Hut: Kestrel; Altitude: 2140 m; Beds: 36\n\nHut: Marmot; Altitude: 1875 m; Beds: 52"
YEARS = "Harbour Mills had a turnover of 15.3 million crowns in 2022. Tram line 4 opened on 28 December 2023."
YEARS_ZH = "恒远生物2022年实现营业收入15.32亿元，同比下降22.8%。地铁四号线于2023年12月28日通车。"
QUEUE = """Windlass is a queue for harbour jobs.

Run this in a shell to install it:

```sh
python -m venv here

here/bin/pip install windlass-queue
```

It needs Python."""
SETTINGS = """| Setting | Default | Meaning |
|---|---|---|
| `max_open_jobs` | 64 | jobs at a time |
| `retry_wait_ms` | 250 | pause between attempts |"""
DUST_ZH = "日期: 2024-01-05; 站点: 城南站; PM2.5: 38\n\n日期: 2024-01-06; 站点: 城南站; PM2.5: 122"
PLAIN = {"chunk": "1", "document": "d", "name": "n", "title": "", "page": None, "heading": [], "start": 100, "end": 101}


def hit(text: str, **more: object) -> Hit:
    return Hit.model_validate(PLAIN | {"text": text, "score": 1.0, "scores": {"lexical": 1.0}} | more)


def chosen(question: str, *hits: Hit) -> list[Chosen]:
    terms = query_terms(question)
    in_texts = {term: sum(term in index_terms(one.text) for one in hits) for term in terms}
    return choose(
        candidates(hits), Question(question, without_focus(question, term_weights(terms, len(hits), in_texts)))
    )


def answer(question: str, *texts: str, **more: object) -> list[str]:
    return [one.piece.text for one in chosen(question, *(hit(text, **more) for text in texts))]


def test_the_sentence_that_holds_most_of_the_question_is_given_alone():
    text = "Ropes are long. A mooring line lasts four hundred tides. Fish swim."
    (only,) = chosen("How many tides does a mooring line last?", hit(text))
    assert only.piece.text == "A mooring line lasts four hundred tides."
    assert (only.start, only.piece.end) == (116, 156)


def test_a_heading_counts_for_the_sentences_under_it():
    found = chosen(
        "When is the mooring line replaced?",
        hit("It is replaced after a year.", heading=["Anchor chain"]),
        hit("It is replaced each day.", heading=["Mooring line"]),
    )
    assert found[0].piece.text == "It is replaced each day."


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Which rope did the king of France wear?", "Ropes are long."),
        ("What was the turnover of Harbour Mills in 2021?", YEARS),
        ("When did tram line 5 open?", YEARS),
        ("When was Debian 13 released?", "Debian 12 was released in June 2023. It has 13 maintainers."),
        ("恒远生物2021年的营业收入是多少？", YEARS_ZH),
        ("地铁五号线什么时候通车？", YEARS_ZH),
        ("How many beds has the hut Gentian?", HUTS),
        ("What is the default of max_idle_jobs?", SETTINGS),
        ("谁写了《红楼梦》？", "《西游记》是吴承恩写的小说。"),
    ],
)
def test_what_the_documents_do_not_say_is_not_answered(question: str, text: str):
    assert answer(question, text) == []


@pytest.mark.parametrize(
    ("question", "text", "with_number"),
    [
        (
            "How many beds does the Kestrel hut have?",
            "The beds of the Kestrel hut are made of larch.",
            "Kestrel hut has 36 beds.",
        ),
        ("红隼小屋有多少张床位？", "红隼小屋的床位由落叶松制成。", "红隼小屋的床位共36张。"),
    ],
)
def test_a_number_that_is_asked_for_has_to_be_there(question: str, text: str, with_number: str):
    assert answer(question, text) == []
    assert answer(question, text, with_number)[0] == with_number


def test_half_of_what_an_english_question_asks_has_to_be_there():
    text = "The lamp of Skerry Bell burns colza oil. Its keeper reads at night."
    assert answer("What oil does the lamp of Skerry Bell burn?", text)
    assert not answer("What does the harbour master of Skerry Bell eat for breakfast?", text)


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("What was the turnover of Harbour Mills in 2022?", YEARS, "15.3 million"),
        ("When did tram line 4 open?", YEARS, "28 December 2023"),
        ("地铁4号线什么时候通车？", YEARS_ZH, "2023年12月28日"),
        ("How many beds has Marmot?", HUTS, "Beds: 52"),
        ("What is the default of max_open_jobs?", SETTINGS, "Setting: `max_open_jobs`; Default: 64"),
        ("1月6日城南站的PM2.5是多少？", DUST_ZH, "122"),
    ],
)  # fmt: skip
def test_what_the_question_states_decides(question: str, text: str, expected: str):
    (only,) = answer(question, text)
    assert expected in only


def test_what_is_cited_has_the_year_that_the_question_states():
    text = "In 1169 the fleet landed at Bannow Bay. The Normans then settled in the east of Ireland."
    found = chosen("Where in Ireland did the Normans settle in 1169?", hit(text))
    assert "the east of Ireland" in found[-1].piece.text and found[-1].start == 100


def test_the_title_may_state_the_year():
    assert answer("How many visitors came in 2023?", "In all, 388 visitors came.", title="Report 2023")


def test_code_is_quoted_whole_with_the_sentence_that_introduces_it():
    (only,) = answer("How do I install Windlass?", QUEUE, title="Windlass")
    assert only.startswith("Run this in a shell to install it:\n\n```sh\npython -m venv here\n\nhere/bin/pip")
    assert only.endswith("windlass-queue\n```")


def test_each_line_of_a_log_is_a_piece():
    log = "\n".join(
        f"2024-05-{day:02} 10:00:07 node{day} INFO heartbeat from worker w{day} accepted" for day in range(1, 9)
    )
    log += "\n2024-05-09 10:00:09 node3 WARN volume vol137 exceeded its disk quota"
    assert answer("Which volume exceeded its disk quota?", log) == [log.splitlines()[-1]]


def test_a_piece_is_given_once():
    assert len(answer("Are ropes long?", "Ropes are long.", "Ropes are long.")) == 1


def test_the_word_that_the_answer_stands_for_need_not_be_there():
    assert answer("What colour is the lamp?", "The lamp is green. The door is red.") == ["The lamp is green."]


def test_a_second_sentence_brings_what_the_first_lacks():
    text = "The lamp of Skerry Bell burns colza oil. Birds sit there. The lens of Skerry Bell was ground in Dresden."
    found = answer("What oil does the lamp of Skerry Bell burn, and where was its lens ground?", text)
    assert found == ["The lamp of Skerry Bell burns colza oil.", "The lens of Skerry Bell was ground in Dresden."]


def test_a_long_row_keeps_its_first_column_and_those_asked_for():
    row = "; ".join(["Station: Kiel", *(f"Column {number}: {number * 7}" for number in range(60)), "Rain: 803"])
    assert shortened_row(row, ["rain"]) == "Station: Kiel; Rain: 803"


@pytest.mark.parametrize(
    "text", ["一" * 6000, "亿" * 6000, "1" * 6000, "A1_" * 2000, "| " * 3000, "```\n" * 1000, "k: v\n" * 900]
)
def test_endless_runs_are_read(text: str):
    assert isinstance(answer(f"第{text[:1500]}号线 in 2024?", text), list)
