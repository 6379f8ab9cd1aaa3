"""The models page in a browser: the table, the playground, usage."""

import asyncio
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from harness.servers.openai_upstream import OpenAIUpstream, Script
from harness.services.model_worker import CHAT_MODEL, models_folder
from harness.stack import Stack

pytestmark = pytest.mark.heavy


@pytest.fixture
def models(browser: Browser, shared_stack: Stack) -> Iterator[Page]:
    context = browser.new_context(locale="en-US", viewport={"width": 1200, "height": 1000})
    one = context.new_page()
    errors: list[str] = []
    one.on("pageerror", lambda error: errors.append(str(error)))
    one.on("dialog", lambda dialog: dialog.accept())
    one.goto(shared_stack.url + "/console/models")
    yield one
    context.close()
    for entry in shared_stack.http.get("/gateway/models").json()["models"]:
        shared_stack.http.delete(f"/gateway/models/{entry['name']}")
    assert errors == []


def add(page: Page, name: str, **values: str) -> None:
    page.get_by_role("button", name="Add a model").click()
    page.locator("#model-form [name=name]").fill(name)
    for key, value in values.items():
        page.locator(f"#model-form [name={key}]").fill(value)
    page.get_by_role("button", name="Save").click()


def test_a_model_is_added_asked_counted_and_removed(models: Page, upstream: OpenAIUpstream):
    expect(models.locator("#models")).to_contain_text("No model is configured yet")
    add(models, "small", url=upstream.url, model="upstream-small", key="secret-key")
    expect(models.locator("#models")).to_contain_text("upstream-small")
    expect(models.locator("#models")).not_to_contain_text("secret-key")
    models.locator("#system").fill("Be brief.")
    models.locator("#message").fill("Who are you?")
    models.get_by_role("button", name="Send").click()
    expect(models.locator("#reply")).to_have_text("Hello")
    expect(models.locator("#figures")).to_contain_text("11 + 7 tokens")
    assert upstream.received[-1].headers["authorization"] == "Bearer secret-key"
    expect(models.locator("#usage tbody tr")).to_contain_text("small")
    models.get_by_role("button", name="Remove").click()
    expect(models.locator("#models")).to_contain_text("No model is configured yet")


def test_what_an_upstream_lacks_is_shown_and_outlives_a_change(
    models: Page, shared_stack: Stack, upstream: OpenAIUpstream
):
    given = {"url": upstream.url, "structured_output": False, "tool_choice": False}
    assert shared_stack.http.put("/gateway/models/small", json={"upstreams": [given]}).is_success
    models.reload()
    expect(models.locator("#models")).to_contain_text("no structured output · no required tools")
    models.get_by_role("button", name="Edit").click()
    models.locator("#model-form [name=model]").fill("renamed")
    models.get_by_role("button", name="Save").click()
    expect(models.locator("#models")).to_contain_text("renamed")
    expect(models.locator("#models")).to_contain_text("no structured output · no required tools")


def test_a_change_in_the_form_keeps_what_the_form_does_not_show(
    models: Page, shared_stack: Stack, upstream: OpenAIUpstream
):
    one = {"url": upstream.url, "model": "m", "key": "k-1"}
    assert shared_stack.http.put("/gateway/models/other", json={"upstreams": [one]}).is_success
    given = {
        "upstreams": [one, one | {"model": "second", "key": "k-2", "drain": False}],
        "fallbacks": ["other"], "first_token_seconds": 7, "seconds": 70, "repeatable": True, "context_length": 4096,
        "prices": {"input": 1.5, "output": 2}, "defaults": {"temperature": 0.5}, "services": False,
    }  # fmt: skip
    assert shared_stack.http.put("/gateway/models/small", json=given).is_success
    before = shared_stack.http.get("/gateway/models/small").json()
    models.reload()
    models.locator("#models tr").filter(has_text="second").get_by_role("button", name="Edit").click()
    models.locator("#model-form [name=model]").fill("renamed")
    models.get_by_role("button", name="Save").click()
    expect(models.locator("#models")).to_contain_text("renamed")
    before["upstreams"][0]["model"] = "renamed"
    assert shared_stack.http.get("/gateway/models/small").json() == before
    assert shared_stack.http.delete("/gateway/models/small").is_success  # before its fallback


def test_an_alias_leads_to_its_model(models: Page, upstream: OpenAIUpstream):
    add(models, "small", url=upstream.url)
    expect(models.locator("#models tbody tr")).to_have_count(1)
    add(models, "default", alias="small")
    expect(models.locator("#models")).to_contain_text("another name for small")
    models.locator("#model").select_option("default")
    models.locator("#message").fill("Who?")
    models.get_by_role("button", name="Send").click()
    expect(models.locator("#reply")).to_have_text("Hello")


def test_what_is_wrong_is_shown(models: Page, upstream: OpenAIUpstream):
    add(models, "small", url="ftp://nowhere")
    expect(models.locator("#problem")).to_contain_text("url")
    models.locator("#model-form [name=url]").fill(upstream.url)
    models.get_by_role("button", name="Save").click()
    expect(models.locator("#models")).to_contain_text("small")
    upstream.script(Script(status=400, error={"error": {"message": "no <b>such</b> thing", "type": "x", "code": None}}))
    models.locator("#message").fill("Who?")
    models.get_by_role("button", name="Send").click()
    expect(models.locator("#reply .trouble")).to_contain_text("no <b>such</b> thing")


def test_an_answer_can_be_stopped(models: Page, upstream: OpenAIUpstream):
    add(models, "small", url=upstream.url)
    models.locator("#model").select_option("small")
    upstream.script(Script(text=("Half", "never"), later=asyncio.Event()))
    models.locator("#message").fill("Long?")
    models.get_by_role("button", name="Send").click()
    expect(models.locator("#reply")).to_have_text("Half")
    models.get_by_role("button", name="Stop").click()
    expect(models.locator("#figures")).to_have_text("Stopped.")
    expect(models.get_by_role("button", name="Send")).to_be_enabled()


def row(page: Page, name: str) -> Locator:
    return page.locator("#local > li").filter(has=page.get_by_text(name, exact=True))


def press(page: Page, button: Locator) -> None:
    """Reaches a button and presses it, all with the keyboard."""
    expect(button).to_be_enabled()
    button.focus()
    page.keyboard.press("Enter")


def test_a_model_of_this_machine_is_pulled_used_asked_and_removed(models: Page, shared_stack: Stack):
    partial = shared_stack.data / "models" / f".{CHAT_MODEL}.part"
    partial.mkdir(parents=True)  # an interrupted pull that has everything but the check of it
    shutil.copyfile(models_folder(CHAT_MODEL) / "models" / CHAT_MODEL / "model.gguf", partial / "model.gguf.growing")
    models.reload()
    small = row(models, CHAT_MODEL)
    expect(small).to_contain_text("chat, tiny")
    expect(small).to_contain_text("interrupted")
    press(models, models.get_by_role("button", name=f"Resume {CHAT_MODEL}"))
    expect(models.get_by_role("button", name=f"Use {CHAT_MODEL}")).to_be_focused()
    press(models, models.get_by_role("button", name=f"Use {CHAT_MODEL}"))
    expect(small).to_contain_text("in use · in memory")
    expect(small).to_contain_text("default")
    expect(models.locator("#models")).to_contain_text(CHAT_MODEL)
    models.locator("#model").select_option("default")
    models.locator("#message").fill("Say hello.")
    models.get_by_role("button", name="Send").click()
    expect(models.locator("#figures")).to_contain_text("tokens")
    assert models.locator("#reply").inner_text().strip()
    press(models, models.get_by_role("button", name=f"Stop using {CHAT_MODEL}"))
    expect(small.get_by_text("installed", exact=True)).to_be_visible()
    expect(models.locator("#models")).to_contain_text("No model is configured yet")
    press(models, models.get_by_role("button", name=f"Delete {CHAT_MODEL}"))
    expect(small).to_contain_text("not installed")


def test_a_pull_that_fails_says_what_to_do(models: Page):
    press(models, models.get_by_role("button", name="Pull bge-small-zh-v1.5"))
    expect(row(models, "bge-small-zh-v1.5").locator(".trouble")).to_contain_text("pull the model again to resume")
    press(models, models.get_by_role("button", name="Delete bge-small-zh-v1.5"))
    expect(row(models, "bge-small-zh-v1.5")).to_contain_text("not installed")


def test_nothing_is_wider_than_a_phone(models: Page):
    models.set_viewport_size({"width": 390, "height": 800})
    expect(row(models, CHAT_MODEL)).to_be_visible()
    assert models.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_speaks_chinese(models: Page):
    models.get_by_role("button", name="切换语言").click()
    expect(models.locator("h1")).to_have_text("模型")
    expect(models.get_by_role("button", name="添加模型")).to_be_visible()
    expect(models.locator("#local-title")).to_have_text("本机模型")
    expect(models.get_by_role("button", name=f"下载 {CHAT_MODEL}")).to_be_visible()
    expect(row(models, CHAT_MODEL)).to_contain_text("对话，微型")
