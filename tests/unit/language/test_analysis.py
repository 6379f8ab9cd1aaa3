"""What index and query terms become of Chinese and English text."""

from hypothesis import given
from hypothesis import strategies as st

from aistack.language.analysis import index_terms, query_terms

ANY_TEXT = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("知识图谱。！？.!? \nabc")), max_size=400)


def test_english_words_are_stemmed_folded_and_rid_of_stop_words():
    assert index_terms("The Gateway is forwarding CAFÉ requests") == ["gateway", "forward", "cafe", "request"]


def test_chinese_becomes_overlapping_pairs():
    assert index_terms("知识图谱") == ["知识", "识图", "图谱"]
    assert index_terms("用 RAG 检索") == ["用", "rag", "检索"]


def test_full_width_letters_are_found_by_plain_ones():
    assert index_terms("ＡＰＩ　１２３") == index_terms("api 123")


def test_a_question_keeps_only_the_terms_that_tell():
    assert query_terms("What is the gateway?") == ["gateway"]
    assert query_terms("什么是图谱？") == ["图谱"]
    assert query_terms("缆绳什么时候更换？") == ["缆绳", "更换"]
    assert query_terms("to be or not to be?") == []


@given(ANY_TEXT)
def test_any_text_can_be_analysed(text: str):
    assert all(term and " " not in term and '"' not in term for term in index_terms(text))
    assert all(term and " " not in term and '"' not in term for term in query_terms(text))
