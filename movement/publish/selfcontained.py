"""A folium map as one HTML file that asks nobody for anything: Leaflet from its wheel, written into the page."""

from __future__ import annotations

import base64
import hashlib
import html as markup
import importlib.metadata
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any

import folium

_WHEEL = "XStatic-Leaflet"
_WANTED = frozenset({"leaflet.js", "leaflet.css", "layers.png", "layers-2x.png", "marker-icon.png"})
_OUTSIDE = re.compile(r"^\s*(?:https?:|ftp:|wss?:)?//", re.IGNORECASE)
_IN_CSS = re.compile(
    r"url\(\s*['\"]?\s*((?:https?:)?//[^)'\"\s]+)|@import\s+['\"]((?:https?:)?//[^'\"]+)", re.IGNORECASE
)
_IN_SCRIPT = re.compile(
    r"(?:https?|wss?)://[^\s'\"`\\<>)]+|(?<=['\"`])//[a-z0-9{][^\s'\"`<>)]*\.[^\s'\"`<>)]*", re.IGNORECASE
)
_NAMESPACES = ("http://www.w3.org/", "https://www.w3.org/")
_LINK_BEFORE = re.compile(r"(?:<|\\u003c)a\b[^<>]*\bhref=\\?['\"]?$", re.IGNORECASE)
_ALWAYS_ASKED = frozenset({"src", "srcset", "poster", "background", "data"})
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


class ThirdPartyRequestError(ValueError):
    """A page would ask a third party for something."""


def self_contained(map: folium.Map, *, language: str, title: str) -> str:
    """Render a map as one HTML file with everything in it.

    Only Leaflet is kept of what folium asks for; jQuery, Bootstrap and the icon fonts serve popups and
    icons, which the maps do not use. The ids folium draws by lot become 1, 2, ... in order of appearance, so that
    the same map gives the same bytes.

    Parameters
    ----------
    map
        Map without tiles. Not changed but for the scripts and style sheets it asks for.
    language
        Language of the page (`da`, `en`).
    title
        Title of the page, plain text.

    Raises
    ------
    ThirdPartyRequestError
        If anything would still be fetched from elsewhere.
    ValueError
        If the installed Leaflet is not as its wheel recorded it.
    """
    map.default_js = [(name, url) for name, url in map.default_js if name == "leaflet"]
    map.default_css = [(name, url) for name, url in map.default_css if name == "leaflet_css"]
    root: Any = map.get_root()
    root.title = markup.escape(title)
    page = _inline_leaflet(root.render())
    page = re.sub(r'<meta name="viewport"[^>]*>', _VIEWPORT, page, count=1)
    page = page.replace("<html>", f'<html lang="{language}">', 1)
    page = page.replace("<head>", '<head>\n    <link rel="icon" href="data:,">', 1)
    page = page.replace("<body>", "<body>\n<main>", 1)
    page = _close_main(page)
    page = _number_ids(page)
    check_no_third_party(page)
    return page


def check_no_third_party(html: str) -> None:
    """Hold a page against the rule that it asks no third party for anything; links to follow are allowed.

    Raises
    ------
    ThirdPartyRequestError
        With every address that would be asked.
    """
    found = _Requests()
    found.feed(html)
    found.close()
    if found.addresses:
        raise ThirdPartyRequestError("the page would ask " + ", ".join(sorted(set(found.addresses))))


class _Requests(HTMLParser):
    """Collects the addresses a page would fetch when opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.addresses: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        runs = values.get("type", "") in ("", "module", "text/javascript", "application/javascript")
        self._within = tag if tag == "style" or (tag == "script" and runs) else ""
        for name, value in values.items():
            fetched = name in _ALWAYS_ASKED or (name in ("href", "xlink:href") and tag not in ("a", "area", "base"))
            if fetched:
                self.addresses += [part.split()[0] for part in value.split(",") if _OUTSIDE.match(part)]
            if name == "style":
                self._look_in_style(value)
            if name.startswith("on"):
                self._look_in_script(value)
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self._look_in_script(values.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "style":
            self._look_in_style(data)
        elif self._within == "script":
            self._look_in_script(data)

    def _look_in_style(self, text: str) -> None:
        self.addresses += [first or second for first, second in _IN_CSS.findall(text)]

    def _look_in_script(self, text: str) -> None:
        for hit in _IN_SCRIPT.finditer(text):
            is_link = _LINK_BEFORE.search(text[max(0, hit.start() - 200) : hit.start()])
            if not is_link and not hit.group().startswith(_NAMESPACES):
                self.addresses.append(hit.group())


@cache
def _leaflet() -> dict[str, bytes]:
    """Read Leaflet's files from the installed wheel, each held against the wheel's own record."""
    found = {}
    for file in importlib.metadata.files(_WHEEL) or []:
        if file.name not in _WANTED or "data" not in file.parts:
            continue
        content = file.locate().read_bytes()  # type: ignore[attr-defined]
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        if file.hash is None or file.hash.value != digest:
            raise ValueError(f"{file}: not as its wheel recorded it; install {_WHEEL} again")
        found[file.name] = content
    missing = sorted(_WANTED - found.keys())
    if missing:
        raise ValueError(f"{_WHEEL} has no {', '.join(missing)}")
    return found


def _leaflet_style() -> str:
    files = _leaflet()

    def as_data(hit: re.Match[str]) -> str:
        image = base64.b64encode(files[PurePosixPath(hit.group(1)).name]).decode()
        return f"url(data:image/png;base64,{image})"

    return re.sub(r"url\((images/[^)]+)\)", as_data, files["leaflet.css"].decode())


def _leaflet_script() -> str:
    script = re.sub(r"//# sourceMappingURL=.*", "", _leaflet()["leaflet.js"].decode())
    script = re.sub(r"/\* @preserve.*?\*/", _without_addresses, script, count=1, flags=re.DOTALL)
    return script.replace("</script", "<\\/script")


def _without_addresses(licence: re.Match[str]) -> str:
    """Keep the licence line, its addresses without scheme so that no scan takes them for requests."""
    return licence.group().replace("https://", "")


def _inline_leaflet(page: str) -> str:
    """Put the style sheet and the script in the place of folium's tags for them; other tags stay to be found out."""
    page = re.sub(
        r'<link rel="stylesheet" href="[^"]*/leaflet@1\.9\.3/dist/leaflet\.css"\s*/?>',
        lambda _: f"<style>{_leaflet_style()}</style>",
        page,
    )
    return re.sub(
        r'<script src="[^"]*/leaflet@1\.9\.3/dist/leaflet\.js"></script>',
        lambda _: f"<script>{_leaflet_script()}</script>",
        page,
    )


def _close_main(page: str) -> str:
    head, found, tail = page.partition("</body>")
    return f"{head}</main>\n{found}{tail}"


def _number_ids(page: str) -> str:
    numbers: dict[str, str] = {}

    def number(hit: re.Match[str]) -> str:
        return "_" + numbers.setdefault(hit.group(1), str(len(numbers) + 1))

    return re.sub(r"_([0-9a-f]{32})(?![0-9a-f])", number, page)
