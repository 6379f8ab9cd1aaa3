"""Feeds, pages and sitemaps as they are found, also broken ones."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from aistack.trend.feeds.items import Contents, UnreadableSource
from aistack.trend.feeds.wire_form import contents_of, read, request_of

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
RSS = """<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><title>新闻</title><ttl>30</ttl>
<language>zh-cn</language>
<item><title>央行降准</title><link>http://news.test/1</link><guid isPermaLink="false">1</guid>
<pubDate>2024-01-06 15:30</pubDate>
<description><![CDATA[<p>人民银行<b>宣布</b>降准。</p><script>alert(1)</script>]]></description></item>
<item><title>A &amp;amp; B &lt;b&gt;bold&lt;/b&gt;</title><link>/relative</link>
<description>x &lt; y</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://atom.test/x/"><title>T</title>
<entry><id>urn:1</id><title type="html">H &lt;i&gt;i&lt;/i&gt;</title><link href="p.html"/>
<updated>2024-01-06T00:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Body</div></content></entry></feed>"""
PAGE = """<html lang="zh"><meta charset="gbk"><title>要闻</title>
<div class="n"><a href="/1"><h3>标题一</h3></a><span>2024-01-06 12:00</span></div>
<div class="n"><h3>Two</h3><a href="/2">more</a><time datetime="2024-01-07T00:00Z">x</time></div>"""
SITEMAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>http://map.test/old</loc>
<lastmod>2023-01-01</lastmod></url><url><loc>http://map.test/1</loc><n:news><n:title>News 1</n:title>
<n:publication_date>2024-01-02</n:publication_date>
</n:news></url></urlset>"""


def contents(content: bytes, kind: str = "feed", content_type: str = "", selector: str = "") -> Contents:
    """As through the process that reads."""
    request = request_of(kind, content, content_type, "http://news.test/feed", selector, NOW, "")
    return contents_of(json.loads(json.dumps(read(json.loads(json.dumps(request))))))


def test_rss_in_another_encoding_with_markup_in_it():
    found = contents(RSS.encode("gb18030"), content_type="application/rss+xml")
    assert (found.title, found.language, found.refresh_seconds, found.notes) == ("新闻", "zh-cn", 1800, [])
    first, second = found.items
    assert (first.guid, first.title, first.text) == ("1", "央行降准", "人民银行宣布降准。")
    assert first.published == datetime(2024, 1, 6, 7, 30, tzinfo=UTC)
    assert (second.url, second.title, second.text) == ("http://news.test/relative", "A & B bold", "x < y")
    assert second.published is None


def test_atom_with_a_base():
    (entry,) = contents(ATOM.encode()).items
    assert (entry.guid, entry.url, entry.title, entry.text) == ("urn:1", "http://atom.test/x/p.html", "H i", "Body")


def test_json_feed():
    feed = {
        "version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [
            {"id": 1, "url": "/a", "content_html": "<p>x</p>", "tags": ["a", 2], "authors": [{"name": "Ann"}, 3],
             "date_published": "2024-01-06T00:00:00+01:00"}, "not an object",
        ],
    }  # fmt: skip
    (item,) = contents(json.dumps(feed).encode()).items
    assert (item.guid, item.url, item.text, item.tags, item.author) == (
        "1",
        "http://news.test/a",
        "x",
        ("a", "2"),
        "Ann",
    )


def test_what_can_be_read_of_a_broken_feed_is_read_and_the_rest_is_said():
    broken = b"<rss><channel><title>x</title><item><title>one & two</title><description>a <b> c</description></item><it"
    found = contents(broken)
    assert [item.title for item in found.items] == ["one & two"]
    assert "not well-formed" in found.notes[0]


def test_the_same_words_have_the_same_digest_whatever_their_guid():
    again = RSS.replace('isPermaLink="false">1<', 'isPermaLink="false">another<')
    first, other = contents(RSS.encode("gb18030")).items[0], contents(again.encode("gb18030")).items[0]
    assert first.guid != other.guid
    assert first.content_digest == other.content_digest


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>x</title>", "a web page, not a feed"),
        (b"\x00\x01\x02", "not an RSS, Atom or JSON feed"),
        (b"{}", "no list of items"),
        (b"{broken", "broken"),
    ],
)
def test_what_is_no_feed_is_said(content: bytes, reason: str):
    with pytest.raises(UnreadableSource, match=reason):
        contents(content)


def test_entities_are_not_expanded():
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><rss><channel><item><title>'
    assert all(len(item.title) < 100 for item in contents(bomb + b"&b;&b;</title></item></channel></rss>").items)
    system = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><urlset><url><loc>http://map.test/&x;</loc></url></urlset>'
    assert [item.url for item in contents(system, "sitemap").items] in ([], ["http://map.test/"])


def test_a_page_by_its_selector():
    first, second = contents(PAGE.encode("gbk"), "page", "text/html", ".n").items
    assert (first.title, first.url) == ("标题一", "http://news.test/1")
    assert first.published == datetime(2024, 1, 6, 4, 0, tzinfo=UTC)
    assert (second.title, second.url) == ("Two", "http://news.test/2")
    assert second.published == datetime(2024, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(("selector", "reason"), [(".none", "nothing that"), ("a[", "not valid")])
def test_a_selector_that_marks_nothing_is_said(selector: str, reason: str):
    with pytest.raises(UnreadableSource, match=reason):
        contents(PAGE.encode("gbk"), "page", "text/html", selector)


@pytest.mark.parametrize("content", [SITEMAP, gzip.compress(SITEMAP)])
def test_a_sitemap_newest_first(content: bytes):
    first, second = contents(content, "sitemap").items
    assert (first.title, first.url, second.url) == ("News 1", "http://map.test/1", "http://map.test/old")


def test_an_index_of_sitemaps():
    index = b"<sitemapindex><sitemap><loc>http://map.test/1.xml</loc></sitemap><sitemap><loc>ftp://x</loc></sitemap></sitemapindex>"
    assert contents(index, "sitemap").pages == ("http://map.test/1.xml",)


def test_a_sitemap_that_unpacks_to_too_much_is_refused():
    with pytest.raises(UnreadableSource, match="more than"):
        contents(gzip.compress(bytes(60 * 1024 * 1024)), "sitemap")
