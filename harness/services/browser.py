"""A browser without scripts: cookies, forms and redirects, as far as signing in needs them."""

import re
from html import unescape
from typing import Self
from urllib.parse import urljoin

import httpx

FORM = re.compile(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
INPUT = re.compile(r"<input[^>]*>")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


class Browser:
    """One person's browser at a gateway. It follows redirects and sends forms as a browser does."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.client = httpx.AsyncClient(base_url=url, timeout=60, headers=headers, follow_redirects=True)
        self.page = httpx.Response(200)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def open(self, path: str) -> httpx.Response:
        self.page = await self.client.get(path)
        return self.page

    async def send(self, action: str, **fields: str) -> httpx.Response:
        """Sends the page's form for `action`, with its hidden fields and these."""
        forms = self.forms(action)
        assert forms, f"no form for {action} on {self.page.url}: {self.page.text}"
        form = next(
            (one for one in forms if all(one.get(name, value) == value for name, value in fields.items())), forms[0]
        )
        return await self.post(action, **(form | fields))

    async def post(self, action: str, **fields: str) -> httpx.Response:
        origin = f"{self.page.url.scheme}://{self.page.url.netloc.decode()}" if self.page._request else self.url
        headers = {"origin": origin, "sec-fetch-site": "same-origin"}
        self.page = await self.client.post(urljoin(str(self.url), action), data=fields, headers=headers)
        return self.page

    def forms(self, action: str) -> list[dict[str, str]]:
        """The values of the page's forms for an action."""
        found: list[dict[str, str]] = []
        for where, body in FORM.findall(self.page.text):
            if unescape(where) == action:
                inputs = [dict(ATTRIBUTE.findall(one)) for one in INPUT.findall(body)]
                found.append({one["name"]: unescape(one.get("value", "")) for one in inputs if one.get("value")})
        return found

    @property
    def cookie(self) -> str:
        """The session cookie; empty when nobody is signed in."""
        for name in ("__Host-aistack-session", "aistack-session"):
            if value := self.client.cookies.get(name):
                return value
        return ""

    async def sign_in(self, email: str, password: str, path: str = "/sign-in") -> httpx.Response:
        await self.open(path)
        return await self.send("/sign-in", email=email, password=password)
