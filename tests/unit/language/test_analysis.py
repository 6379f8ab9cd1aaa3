"""What index and query terms become of text: what a reader takes for the same has the same terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.language import first_form
from aistack.language.analysis import index_terms, query_terms
from aistack.rag.indexes.term_tables import SIGNS

ANY_TEXT = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("知识图谱一二三年月日。！？.!? \n-abcWHO1290,.:/'’+#$%")),
    max_size=200,
)


def is_found(query: str, text: str) -> bool:
    """Whether every term of the query is in the text."""
    terms = query_terms(query)
    return bool(terms) and set(terms) <= set(index_terms(text))


def test_english_words_are_stemmed_folded_and_rid_of_stop_words():
    assert index_terms("The Gateway is forwarding CAFÉ requests") == ["gateway", "forward", "cafe", "request"]


def test_a_question_keeps_only_the_terms_that_tell():
    assert query_terms("What is the gateway?") == ["gateway"]
    assert query_terms("什么是图谱？") == ["图谱"]
    assert query_terms("缆绳什么时候更换？") == ["缆绳", "更换"]
    assert query_terms("to be or not to be?") == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("茶", "他每天喝茶读书"),
        ("目的地", "我们的目的地是青岛"),
        ("目的地在哪里", "目的地在青岛"),
        ("几何", "平面几何的习题"),
        ("酒吧", "街角的酒吧"),
        ("了解", "为了了解情况"),
        ("项目", "该项\n目已经完成"),
        ("季度", "第三季\r\n    度的营业收入"),
        ("青松机械", "青 松 机 械 股份"),
        ("國家圖書館", "国家图书馆"),
        ("国家图书馆", "國家圖書館"),
        ("台湾", "臺灣"),
        ("头发", "頭髮"),
        ("东京都", "東京都"),
        ("ﾃｽﾄ", "テスト"),
        ("데이터", "데이터베이스"),
        ("ข้อมูล", "ฐานข้อมูล"),
    ],
)
def test_text_without_spaces_is_found_by_its_parts(query: str, text: str):
    assert is_found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("example", "exam-\nple"),
        ("softhyphen", "soft\u00adhyphen"),
        ("softhyphen", "soft\u00ad\nhyphen"),
        ("zerowidth", "zero\u200bwidth\ufeff"),
        ("API 123", "ＡＰＩ　１２３"),
        ("Lodz", "Łódź"),
        ("strasse", "Straße"),
        ("naïve", "naive"),
        ("office", "oﬃce"),
        ("القرآن", "القران"),
        ("كتاب", "كِتَابٌ"),
        ("книга", "книги"),
        ("елка", "ёлка"),
        ("किताब", "किताबें"),
        ("C++", "written in C++."),
        ("C#", "C# and F#"),
        (".NET", "the .NET runtime"),
        ("WHO", "the WHO warns"),
        ("US", "made in the US"),
        ("IT", "IT department"),
        ("U.S.", "US exports"),
        ("USA", "the U.S.A."),
        ("R&D", "R&D costs"),
        ("AT&T", "by AT&T"),
        ("email", "send an e-mail"),
        ("e-mail", "send an e-mail"),
        ("well known", "a well-known fact"),
        ("wifi", "Wi-Fi"),
        ("nodejs", "Node.js"),
        ("O'Brien", "Mr O’Brien"),
        ("OBrien", "Mr O'Brien"),
        ("dog", "the dog’s tail"),
        ("sku0077", "SKU-0077"),
        ("SKU 0077", "SKU-0077"),
        ("vol137", "volume vol137 is full"),
        ("covid19", "COVID-19"),
        ("max_open_jobs", "set max_open_jobs to 64"),
        ("power point", "PowerPoint"),
        ("get user name", "getUserName()"),
        ("PM2.5", "PM2.5浓度"),
        ("user@example.com", "mail user@example.com"),
    ],
)
def test_words_are_found_however_they_are_written(query: str, text: str):
    assert is_found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("10 GB", "10GB"),
        ("10GB", "10 GB"),
        ("1234.5", "1,234.50"),
        ("1,234,567", "1234567"),
        ("1.234.567,89", "1,234,567.89"),
        ("１２３", "123"),
        ("٣٤", "34"),
        ("5%", "5 %"),
        ("22.04", "Ubuntu 22.04 LTS"),
        ("1.2.3", "v1.2.3"),
        ("v1.2.3", "version 1.2.3"),
        ("3.11", "Python 3.11"),
        ("12:30", "at 12:30:45"),
        ("1月6日", "2024-01-06"),
        ("2024年1月6日", "2024-01-06"),
        ("2024-01-06", "二〇二四年一月六日"),
        ("2024-01-06", "2024/1/6"),
        ("2024-01-06", "2024年1月6日"),
        ("2024-01-06", "6 January 2024"),
        ("2024-01-06", "January 6th, 2024"),
        ("2024-01-06", "06.01.2024"),
        ("2024-01-06", "2024-01-06T12:30:45Z"),
        ("2024年1月", "2024-01-06"),
        ("二〇二四年", "2024年"),
        ("2024", "二〇二四年"),
        ("三百二十", "三百二十人"),
        ("320", "三百二十人"),
        ("15000", "1.5万"),
        ("978-3-16-148410-0", "9783161484100 978 3 16 148410 0"),
    ],
)
def test_numbers_and_dates_have_one_form(query: str, text: str):
    assert is_found(query, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10 gigabytes", "10 GB"), ("5 percent", "5%"), ("百分之五", "5%"), ("$1,234.50", "USD 1234.5"),
        ("25 ℃", "25摄氏度"), ("3公里", "3 km"), ("5号线", "五号线"), ("Jan 6", "1月6日"), ("3 million", "300万"),
    ],
)  # fmt: skip
def test_quantities_share_a_term_that_tells(one: str, other: str):
    shared = set(query_terms(one)) & set(index_terms(other))
    assert any(any(sign.isdigit() for sign in term) for term in shared)
    assert not {"10gb", "5%", "--01-06"} & set(index_terms("10 MB and 6 GB, 15 people, 2024-01-16"))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("22.04", "April 22, and 04"), ("3.1", "Python 3.10"), ("C++", "vitamin C"), ("WHO", "who warns"),
        ("US", "tell us"), ("2021年", "2022年"),
        ("Debian 13", "Debian 12"), ("2024-01-06", "2024-01-05"), ("１月６日", "1月5日"),
    ],
)  # fmt: skip
def test_what_differs_is_told_apart(query: str, text: str):
    assert not is_found(query, text)


def test_stop_words_of_a_line_in_capitals_are_no_names():
    assert index_terms("WHO IS THE KING OF IT") == ["king"]


def test_the_first_form_takes_text_as_it_stands():
    assert first_form.query_terms("What is the 國家 of 22.04?") == ["國家", "22", "04"]


@given(ANY_TEXT)
def test_any_text_can_be_analysed(text: str):
    for term in (*index_terms(text), *query_terms(text)):
        assert term and not any(one.isspace() for one in term)
        assert all(one in SIGNS or one.isalnum() or not one.isascii() for one in term), term


@pytest.mark.parametrize("text", ["一" * 6000, "亿" * 6000, f"{'1' * 6000} GB", f"{'9' * 400} million", "1," * 3000])
def test_endless_numbers_are_words(text: str):
    assert all(len(term) <= 64 for term in index_terms(text))
    assert all(len(term) <= 64 for term in query_terms(text))
