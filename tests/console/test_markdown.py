"""What a model writes: shown as markdown, without a request to anywhere else."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Viewers
from tests.console.hostile_answers import ANSWERS, EVIL, FETCHING_CHARTS

pytestmark = pytest.mark.heavy
SETTLED_MS = 50
FORBIDDEN = {
    "audio", "base", "embed", "form", "iframe", "input", "link", "meta", "object", "script", "source", "style", "svg",
    "template", "track", "video",
}  # fmt: skip
LOADING = re.compile("on|src|style$|background|poster|data$|ping|action|xlink|cite")


def aimed(viewers: Viewers, text: str) -> str:
    return text.replace("EVILHOST", viewers.evil.removeprefix("http://")).replace(EVIL, viewers.evil)


def test_hostile_answers_ask_for_nothing_elsewhere(viewers: Viewers):
    viewers.show("Markdown", source="$x$ `a` [b](https://c.example)")
    expect(viewers.page.locator("math")).to_be_attached()
    for answer in ANSWERS:
        viewers.show("Markdown", source=f"Before.\n\n{aimed(viewers, answer)}\n\nAfter.")
        expect(viewers.page.locator(".markdown")).to_contain_text("Before.")
        viewers.page.wait_for_timeout(SETTLED_MS)
        assert viewers.elsewhere() == [], answer
    assert len(ANSWERS) >= 60
    # Nothing reached the policy either: the renderer had left it out before.
    assert viewers.violations() == []
    assert [page.url for page in viewers.page.context.pages] == [f"{viewers.origin}/viewers/index.html"]


def test_nothing_in_the_page_could_load_from_elsewhere(viewers: Viewers):
    answers = "\n\n".join(aimed(viewers, one) for one in ANSWERS)
    viewers.show("Markdown", source=answers)
    expect(viewers.page.locator(".markdown-block").first).to_be_attached()
    elements = viewers.page.evaluate("[...document.querySelectorAll('#stage *')].map((one) => one.localName)")
    assert FORBIDDEN.isdisjoint(elements), FORBIDDEN & set(elements)
    attributes = viewers.page.evaluate(
        """() => [...document.querySelectorAll("#stage *")].flatMap((one) => [...one.attributes])
          .map(({ name, value }) => [name, value])"""
    )
    loading = [f"{name}={value}" for name, value in attributes if LOADING.match(name)]
    assert [one for one in loading if not one.startswith("style=") or "url" in one] == []


def test_hostile_charts_ask_for_nothing_elsewhere(viewers: Viewers):
    for spec in FETCHING_CHARTS:
        told: dict[str, Any] = json.loads(aimed(viewers, json.dumps(spec)))
        viewers.show("VegaChart", spec=told, label="Chart")
        viewers.page.locator(".vega-plot canvas, .notice.bad").first.wait_for()
        viewers.page.locator(".vega-plot").hover(force=True)
        viewers.page.wait_for_timeout(SETTLED_MS)
        assert viewers.elsewhere() == [], spec
    assert viewers.violations() == []


def test_links_show_the_host_they_lead_to(viewers: Viewers):
    viewers.show(
        "Markdown",
        source="[https://bank.example](https://evil.example/a) https://plain.example/b [in](/documents) <u@v.example>",
    )
    links = viewers.page.locator(".markdown a")
    expect(links).to_have_count(4)
    assert links.all_inner_texts() == [
        "https://bank.example evil.example",
        "https://plain.example/b",
        "in",
        "u@v.example",
    ]
    assert links.nth(0).get_attribute("rel") == "noopener noreferrer nofollow"
    assert links.nth(0).get_attribute("target") == "_blank"
    assert links.nth(2).get_attribute("target") is None


def test_a_growing_answer_keeps_what_is_drawn(viewers: Viewers):
    text = (
        "# Title\n\nFirst *one*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint(1)\n```\n\n"
        "- x\n- y\n\nEnd [link][l].\n\n[l]: /documents\n"
    )
    viewers.show("Markdown", source=text[:10], isGrowing=True)
    viewers.page.locator(".markdown-block").first.wait_for()
    viewers.page.evaluate("document.querySelector('.markdown-block').mark = 'kept'")
    for end in range(10, len(text)):
        viewers.show("Markdown", source=text[:end], isGrowing=True)
    assert viewers.page.evaluate("document.querySelector('.markdown-block').mark") == "kept"
    viewers.show("Markdown", source=text, isGrowing=False)
    expect(viewers.page.locator(".markdown a")).to_have_attribute("href", "/documents")
    grown = viewers.page.locator(".markdown").inner_html()
    viewers.page.evaluate("hide()")
    viewers.show("Markdown", source=text)
    expect(viewers.page.locator(".hljs-built_in")).to_be_attached()
    assert viewers.page.locator(".markdown").inner_html() == grown


def test_a_long_answer_grows_in_time_that_does_not_depend_on_its_length(viewers: Viewers):
    took = viewers.page.evaluate(
        """async () => {
          const part = "A paragraph with **bold** text and `code`, which says something.\\n\\n";
          const took = [];
          let source = part.repeat(4000);
          show("Markdown", { source, isGrowing: true });
          await new Promise((done) => setTimeout(done, 2000));
          for (let count = 0; count < 20; count += 1) {
            source += "more ";
            const begin = performance.now();
            show("Markdown", { source, isGrowing: true });
            took.push(performance.now() - begin);
          }
          return took;
        }"""
    )
    assert sorted(took)[10] < 500  # 4 000 paragraphs; milliseconds on a busy machine


def test_citations_tables_and_maths(viewers: Viewers):
    source = (
        "Sales rose [2], not [9]. It costs $5 and $6. $E=mc^2$\n\n"
        "$$\n\\int_0^1 x\\,dx\n$$\n\n| 名称 | n |\n|---|--:|\n| a,b | =1 |"
    )
    viewers.show("Markdown", ("onCitation",), source=source, citations=3)
    viewers.page.get_by_role("button", name="Source 2").click()
    assert viewers.calls() == [["onCitation", 2]]
    expect(viewers.page.locator(".markdown")).to_contain_text("not [9]. It costs $5 and $6.")
    expect(viewers.page.locator("math")).to_have_count(2)
    expect(viewers.page.get_by_role("cell", name="=1")).to_have_attribute("align", "right")
    viewers.page.get_by_role("button", name="Copy as CSV").click()
    expect(viewers.page.get_by_role("button", name="Copied")).to_be_visible()
    assert viewers.page.evaluate("navigator.clipboard.readText()").splitlines() == ["名称,n", '"a,b",\'=1']
    assert viewers.violations() == []


def test_a_code_block_copies_wraps_and_speaks_chinese(viewers: Viewers):
    viewers.page.evaluate("setLanguage('zh')")
    viewers.show("CodeBlock", code="SELECT 1 -- 一", language="sql")
    viewers.page.get_by_role("button", name="自动换行").click()
    viewers.page.get_by_role("button", name="复制").click()
    expect(viewers.page.get_by_role("button", name="已复制")).to_be_visible()
    assert viewers.page.evaluate("navigator.clipboard.readText()") == "SELECT 1 -- 一"
    expect(viewers.page.locator(".hljs-keyword")).to_have_text("SELECT")
