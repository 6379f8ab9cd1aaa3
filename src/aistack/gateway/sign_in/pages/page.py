"""The pages for signing in: plain HTML that works without scripts, in the console's style."""

from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.requests import Request

from aistack.gateway.sign_in.pages.cookies import keep_language
from aistack.gateway.sign_in.pages.refused import Refused
from aistack.gateway.sign_in.pages.words import LANGUAGES, WORDS, language_of

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "same-origin",  # with no-referrer, browsers would send forms with 'Origin: null'
    "x-content-type-options": "nosniff",
}
LAYOUT = Template((files("aistack.gateway.sign_in.pages") / "layout.html").read_text("utf-8"))


class Page:
    """One page in the language of its request. Texts are escaped; `html` is not."""

    def __init__(self, request: Request, title: str, **values: object) -> None:
        self.language = language_of(request)
        self._request = request
        self._title = self.say(title, **values)
        self._parts: list[str] = []
        self._script = ""
        self._refused: Refused | None = None

    def say(self, key: str, **values: object) -> str:
        """A text in the page's language, not escaped."""
        return WORDS[self.language][key].format(**values)

    def html(self, *parts: str) -> None:
        self._parts.extend(parts)

    def heading(self, key: str, **values: object) -> None:
        self.html(f"<h2>{escape(self.say(key, **values))}</h2>")

    def text(self, key: str, **values: object) -> None:
        self.html(f'<p class="muted">{escape(self.say(key, **values))}</p>')

    def refuse(self, refused: Refused | None) -> None:
        """Shows why something was refused, and answers with that status."""
        if refused is not None:
            self._refused = refused
            self.html(f'<p class="trouble" role="alert">{escape(self.say(refused.key, **refused.values))}</p>')

    def link(self, key: str, path: str, kind: str = "") -> None:
        """A link that looks like a button; `kind` is its class."""
        self.html(f'<a class="button {kind}" href="{escape(path)}">{escape(self.say(key))}</a>')

    def script(self, name: str) -> None:
        """Loads one of the console's scripts, which the page also works without."""
        self._script = f'<script type="module" src="/console/{escape(name)}"></script>'

    def form(
        self,
        action: str,
        button: str,
        inputs: Iterable[str] = (),
        hidden: Mapping[str, str] | None = None,
        kind: str = "",
    ) -> None:
        """A form; `kind` is the button's class."""
        kept = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in (hidden or {}).items()
        )
        style = f' class="{kind}"' if kind else ""
        self.html(
            f'<form class="stacked" method="post" action="{escape(action)}">{kept}{"".join(inputs)}'
            f'<button type="submit"{style}>{escape(self.say(button))}</button></form>'
        )

    def input(self, name: str, label: str, kind: str, autocomplete: str, value: str = "", **more: str) -> str:
        """A labelled input field."""
        extra = "".join(f' {key}="{escape(text)}"' for key, text in more.items())
        return (
            f'<label>{escape(self.say(label))}<input name="{name}" type="{kind}" autocomplete="{autocomplete}" '
            f'value="{escape(value)}" required{extra}></label>'
        )

    def response(self) -> HTMLResponse:
        path = self._request.url.path
        query = {key: value for key, value in self._request.query_params.items() if key != "lang"}
        other = "zh" if self.language == "en" else "en"
        body = LAYOUT.substitute(
            lang=LANGUAGES[self.language],
            title=escape(self._title),
            body="\n".join(self._parts),
            script=self._script,
            other_href=escape(f"{path}?{urlencode(query | {'lang': other})}"),
            other_lang=LANGUAGES[other],
            other="中文" if other == "zh" else "English",
        )
        refused = self._refused
        response = HTMLResponse(body, 200 if refused is None else refused.status, HEADERS)
        if refused is not None and "seconds" in refused.values:
            response.headers["retry-after"] = str(refused.values["seconds"])
        if self._request.query_params.get("lang") in WORDS:
            keep_language(response, self._request, self.language)
        return response


def redirect(path: str) -> RedirectResponse:
    """303 to a path of this site, or to a provider."""
    return RedirectResponse(path, 303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})
