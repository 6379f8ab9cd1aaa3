"""The pages in Chromium: without scripts, with the keyboard alone, and with passkeys."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from harness.processes import missing
from harness.services.gateway import Gateway
from tests.integration.sign_in.people import PASSWORD, email_of, invite, member

pytestmark = pytest.mark.heavy
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
expect.set_options(timeout=60_000)


@pytest.fixture
def gateway_toml() -> str:
    return "[identity]\npublic_url = 'http://localhost:GATEWAY_PORT'\n"


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        missing("Chromium")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        await running.close()


async def opened(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page, and what its console complains about, other than statuses of responses."""
    page, complaints = await context.new_page(), list[str]()

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


async def test_an_invited_person_signs_in_with_the_keyboard_and_without_scripts(gateway: Gateway, chromium: Browser):
    _, path = await invite(gateway, "Ann")
    context = await chromium.new_context(base_url=f"http://localhost:{gateway.port}", java_script_enabled=False)
    page, complaints = await opened(context)
    await page.goto(path)
    await page.get_by_label("New password", exact=True).focus()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/")
    await page.goto("/account")
    await expect(page.get_by_text("Signed in as ann@example.test")).to_be_visible()
    await page.get_by_role("button", name="Sign out").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sign-in")
    await page.get_by_label("E-mail address").focus()
    await page.keyboard.type(email_of("Ann"))
    await page.keyboard.press("Tab")
    await page.keyboard.type("not this one")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("E-mail address or password is wrong.")
    await expect(page.get_by_label("E-mail address")).to_have_value(email_of("Ann"))
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/")
    assert complaints == []


async def test_the_pages_fit_on_a_phone_in_chinese(gateway: Gateway, chromium: Browser, tmp_path: Path):
    await member(gateway, "Ann")
    context = await chromium.new_context(
        base_url=f"http://localhost:{gateway.port}", locale="zh-CN", viewport={"width": 360, "height": 740}
    )
    page, complaints = await opened(context)
    await page.goto("/sign-in?next=/account")
    await page.get_by_label("邮箱").fill(email_of("Ann"))
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.wait_for_url("**/account")
    await expect(page.get_by_role("heading", name="登录的会话")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []


async def test_a_passkey_is_added_and_used(gateway: Gateway, chromium: Browser):
    await member(gateway, "Ann")
    context = await chromium.new_context(base_url=f"http://localhost:{gateway.port}")
    page, complaints = await opened(context)
    # The button is tried, not the offer in the e-mail field, which the virtual device would take at once.
    await context.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    devices = await context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    await page.goto("/sign-in?next=/account")
    await page.get_by_label("E-mail address").fill(email_of("Ann"))
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url("**/account")
    await devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_role("button", name="Remove")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.wait_for_url("**/")
    await page.goto("/account")
    await expect(page.get_by_text("Signed in as ann@example.test")).to_be_visible()
    assert complaints == []
