"""Every page in a real browser, from file://: no request leaves it, no error, and it shows what the tables say."""

import os
import re
import shutil
from contextlib import contextmanager

import pytest

from movement import tables
from movement.publish import language as languages
from movement.publish import report, site_register
from movement.publish.language import LANGUAGES
from movement.publish.map import change_map, modelled, swipe_map
from movement.publish.map_layers import rounded
from movement.publish.map_network import network_map
from movement.publish.map_observed import observed_map
from pipelines import graph, stage

from .publish import map_world as world
from .publish.world import facts, full_world

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
LINKS_DRAWN = """() => { let n = 0; window.__map.eachLayer(layer => {
  if (layer instanceof L.Polyline && layer.getTooltip()) n += 1; }); return n; }"""
LARGEST = """() => { const rows = JSON.parse(document.getElementById('map-data').textContent).views[0].rows;
  return rows.reduce((a, b) => Math.abs(b[6]) > Math.abs(a[6]) ? b : a); }"""
MIDDLE = """line => { const data = JSON.parse(document.getElementById('map-data').textContent), out = [];
  let lat = 0, lng = 0, steps = data.lines[line];
  for (let i = 0; i < steps.length; i += 2) { lat += steps[i]; lng += steps[i + 1]; out.push([lat / 1e5, lng / 1e5]); }
  const k = Math.floor((out.length - 1) / 2), a = out[k], b = out[k + 1];
  const middle = [a[0] * .6 + b[0] * .4, a[1] * .6 + b[1] * .4];
  window.__map.setView(middle, 19, {animate: false});
  const p = window.__map.latLngToContainerPoint(middle);
  const box = window.__map.getContainer().getBoundingClientRect(); return [p.x + box.left, p.y + box.top]; }"""


# What is wider than its place and cannot be scrolled inside a box of its own; maps move by themselves
CUT = """() => [...document.querySelectorAll('svg, img, table')].filter(part => {
  if (part.closest('.leaflet-container')) return false;
  const wide = part.getBoundingClientRect(), place = part.parentElement.getBoundingClientRect();
  if (!wide.width || (wide.right <= innerWidth + 1 && wide.width <= place.width + 1)) return false;
  for (let box = part.parentElement; box && box !== document.body; box = box.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX))
      return box.getBoundingClientRect().right > innerWidth;
  return true; }).map(part => part.id || part.getAttribute('aria-label') || part.outerHTML.slice(0, 80))"""
SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth"
UNSAID = """() => [...document.querySelectorAll('.scroll')].filter(box => box.clientWidth &&
  (box.scrollWidth > box.clientWidth + 4) !== (getComputedStyle(box, '::before').content.length > 6))
  .map(box => box.innerHTML.slice(0, 80))"""
MOST_PAGES = 25  # of the printed report
PAPER_PX = 688  # 182 mm between the margins of A4 at 96 a inch


@pytest.fixture(scope="session")
def browser():
    """Chromium of the machine; in CI it must be there."""
    chromium = shutil.which("chromium")
    if not chromium:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The maps of the small world in both languages."""
    folder = tmp_path_factory.mktemp("kort æøå")
    around = world.surroundings(is_synthetic=True)
    scales = {"change_scale": world.CHANGE_SCALE, "flow_scale": world.FLOW_SCALE, "flow_parts": world.flow_parts()}
    name = world.SCENARIO["scenario_id"]
    flows = modelled(world.changes(), name, around, largest_changes=12, **scales)
    for language in LANGUAGES:
        own = {"language": language}
        drawn = {
            "change_bridge": change_map(flows, world.screenline_flows(), world.SCENARIO, around, **own),
            "swipe_bridge": swipe_map(flows, world.SCENARIO, around, **own),
            "observed": observed_map(
                world.site_changes(), world.site_days(), around, change_scale=world.CHANGE_SCALE, **own
            ),
            "network": network_map(*world.network(), around, **own),
            "report": report.report_page(full_world(), facts=facts(), **own),
            "sites": site_register.register_page(full_world(), facts=facts(), **own),
        }
        (folder / language).mkdir()
        for name, html in drawn.items():
            (folder / language / f"{name}.html").write_text(html, encoding="utf-8", newline="\n")
    return folder


@contextmanager
def opened(browser, path, **options):
    """Open a page; at the end nothing may have failed, been logged as an error or been asked of anyone else."""
    page = browser.new_page(**({"viewport": {"width": 1280, "height": 800}} | options))
    wrong = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url[:200]}"))
    page.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else wrong.append(asked.url)
    )
    page.goto(path.as_uri())
    try:
        yield page
        assert wrong == [], path.name
    finally:
        page.close()


def hover_link(page, line):
    """Return the tooltip of a link; the canvas listens to the second of two moves."""
    x, y = page.evaluate(MIDDLE, line)
    for step in (3, 1, 0):
        page.mouse.move(x + step, y + step)
        page.wait_for_timeout(80)
    page.locator(".tip").wait_for()
    return page.locator(".tip").inner_text()


def shown_number(language, value, *, sign=False):
    return languages.catalogue(language).number(rounded(value), sign=sign)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["change_bridge", "swipe_bridge", "observed", "network"])
def test_small_world_opens_cleanly_on_desktop_and_phone(browser, pages, language, name):
    for size in ({"width": 1280, "height": 800}, {"width": 390, "height": 844}):
        with opened(browser, pages / language / f"{name}.html", viewport=size) as page:
            assert page.locator("html").get_attribute("lang") == language
            assert page.locator(".banner").is_visible()
            assert page.locator(".site").count() == (5 if name == "network" else 2)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert page.locator("details.legend").evaluate("part => part.open") == (size["width"] > 900)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_pointed_at_says_the_numbers_of_the_table(browser, pages, language):
    changes = world.changes()
    row = changes.loc[(changes["link_id"] == "N1") & (changes["mode"] == "all")].iloc[0]
    with opened(browser, pages / language / "change_bridge.html") as page:
        assert page.evaluate(LINKS_DRAWN) == 3  # the fourth is used by nobody
        tip = hover_link(page, 3)
        assert tip.startswith("A Ny stibro")
        assert shown_number(language, row["flow_after"]) in tip
        assert shown_number(language, row["flow_change"], sign=True) in tip
        assert shown_number(language, row["change_low"], sign=True) in tip
        text = languages.catalogue(language)
        assert f"{text('map.rerouted')}\t{shown_number(language, 160.0, sign=True)}" in tip
        assert f"{text('map.new_trips')}\t{shown_number(language, 6.0, sign=True)}" in tip
        assert page.locator(".answer:visible .big").inner_text().startswith("+15")


def test_choices_work_by_keyboard_and_the_address_keeps_them(browser, pages):
    with opened(browser, pages / "en" / "change_bridge.html") as page:
        page.locator('input[name="what"][value="change"]').focus()
        page.keyboard.press("ArrowDown")
        assert page.locator('input[name="what"]:checked').get_attribute("value") == "before"
        assert page.evaluate("Object.keys(window.__drawn)") == ["before"]
        assert page.locator('[data-legend="flow"]').first.is_visible()
        assert "what=before" in page.url
        assert "map=" in page.url
        page.reload()
        assert page.locator('input[name="what"]:checked').get_attribute("value") == "before"


def test_the_table_beside_the_map_is_reached_by_keyboard(browser, pages):
    with opened(browser, pages / "en" / "change_bridge.html") as page:
        page.locator("details.largest summary").focus()
        page.keyboard.press("Enter")
        first = page.locator("details.largest button:visible").first
        assert first.inner_text() == "Skovvej"
        first.focus()
        page.keyboard.press("Enter")
        middle = world.changes().geometry.iloc[[0]].to_crs("EPSG:4326").iloc[0].interpolate(0.5, normalized=True)
        assert page.evaluate("window.__map.getCenter().lng") == pytest.approx(middle.x, abs=2e-4)
        assert page.evaluate("window.__map.getCenter().lat") == pytest.approx(middle.y, abs=2e-4)


def test_divider_moves_by_keyboard_and_cuts_both_sides(browser, pages):
    with opened(browser, pages / "en" / "swipe_bridge.html") as page:
        divider = page.locator("#divider")
        assert divider.get_attribute("aria-label")
        clip = "window.__map.getPane('flows').style.clipPath"
        before = page.evaluate(clip)
        divider.focus()
        for _ in range(7):
            page.keyboard.press("ArrowLeft")
        assert divider.input_value() == "43"
        assert page.evaluate(clip) != before
        assert "divider=43" in page.url


def test_observed_sites_say_counts_with_their_interval(browser, pages):
    with opened(browser, pages / "en" / "observed.html") as page:
        page.locator(".site").first.focus()
        tip = page.locator(".tip")
        tip.wait_for()
        assert "500 (450\u2013550)" in tip.inner_text()
        assert "model" not in tip.inner_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_panel_of_a_site_stays_inside_a_small_map(browser, pages, language):
    with opened(browser, pages / language / "observed.html", viewport={"width": 390, "height": 844}) as page:
        for site in range(2):
            page.locator(".site").nth(site).focus()
            page.keyboard.press("Enter")
            panel = page.locator(".leaflet-popup-content-wrapper").last
            panel.wait_for()
            page.wait_for_timeout(600)  # the map moves until there is room, and the panel before fades
            shown, place = panel.bounding_box(), page.locator(".folium-map").bounding_box()
            assert shown["x"] >= place["x"]
            assert shown["y"] >= place["y"]
            assert shown["x"] + shown["width"] <= place["x"] + place["width"]
            assert panel.locator("strong").inner_text().startswith(f"S{site + 1} ")
            page.keyboard.press("Escape")


def test_sites_beside_each_other_stay_apart_and_say_their_id(browser, pages):
    with opened(browser, pages / "en" / "observed.html") as page:
        page.evaluate("window.__map.setZoom(11, {animate: false})")
        first, second = (page.locator(".site > span").nth(at).bounding_box() for at in range(2))
        assert max(abs(first["x"] - second["x"]), abs(first["y"] - second["y"])) >= 14
        assert page.locator(".place-site").all_inner_texts() == ["S1", "S2"]


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", ["report", "sites"])
def test_what_is_wider_than_the_page_scrolls_in_its_own_box_and_says_so(browser, pages, name, width):
    with opened(browser, pages / "da" / f"{name}.html", viewport={"width": width, "height": 844}) as page:
        assert not page.evaluate(SIDEWAYS)
        assert page.evaluate(CUT) == []
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        page.wait_for_timeout(100)
        assert page.evaluate(UNSAID) == []
        assert width > 390 or page.locator(".scrolls").count() > 1


def test_paper_lacks_long_tables_that_stay_folded_and_only_them(browser, pages):
    with opened(browser, pages / "en" / "report.html", viewport={"width": PAPER_PX, "height": 1000}) as page:
        page.evaluate("document.querySelector('details.annex').classList.add('long')")  # as if it had many rows
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        long = page.locator("details.long").first
        assert not long.is_visible()
        assert page.locator("details.annex:not(.long) table").first.is_visible()
        long.evaluate("part => { part.open = true; }")
        assert long.locator("table").is_visible()


@pytest.fixture(scope="session")
def published():
    """The repository's own pages, where the main job has run."""
    found = sorted((graph.HOUSE / stage.MAPS).rglob("*.html"))
    if not found:
        pytest.skip("maps/ has not been published")
    return found


def test_every_published_page_opens_cleanly(browser, published):
    for path in published:
        with opened(browser, path) as page:
            assert page.locator("html").get_attribute("lang") in LANGUAGES
            here = [
                link for link in page.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
            ]
            targets = {link.split("#")[0] for link in here if "://" not in link} - {""}
            assert [link for link in sorted(targets) if not (path.parent / link).exists()] == [], path
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 844})
                assert not page.evaluate(SIDEWAYS), (path, width)
                assert page.evaluate(CUT) == [], (path, width)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_published_report_is_short_on_paper_and_nothing_makes_it_shrink(browser, published, language):
    """A table too wide for the paper makes the browser print every page smaller; those across have a sheet across."""
    (path,) = [path for path in published if path.name == "report.html" and path.parent.name == language]
    with opened(browser, path, viewport={"width": PAPER_PX, "height": 1000}) as page:
        pdf = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type /Page\b", pdf)) <= MOST_PAGES
        page.emulate_media(media="print")
        page.evaluate("document.querySelectorAll('.across').forEach(part => part.remove())")
        assert not page.evaluate(SIDEWAYS)


def test_published_changes_say_the_numbers_of_the_table(browser, published):
    path_of = graph.HOUSE / stage.FLOW_CHANGES
    if not path_of.exists():
        pytest.skip("the tables are not here")
    changes = tables.FLOW_CHANGES.read(path_of).sort_values(["link_id", "mode"], kind="stable")
    for path in [path for path in published if path.name.startswith("change_")]:
        own = changes.loc[changes["scenario_id"] == path.stem.removeprefix("change_")]
        if not len(own):
            continue
        with opened(browser, path) as page:
            assert page.evaluate(LINKS_DRAWN) == page.evaluate("window.__drawn.change") > 0
            page.evaluate("document.querySelectorAll('.site, .badge').forEach(mark => mark.remove())")
            largest = page.evaluate(LARGEST)
            link = own.drop_duplicates("link_id")["link_id"].iloc[largest[0]]
            reference, mode = page.evaluate(
                "JSON.parse(document.getElementById('map-data').textContent).views[0].id"
            ).split()
            seen = (own["reference"] + "." + own["land_use"] == reference) & (own["mode"] == mode)
            row = own.loc[seen & (own["link_id"] == link)].iloc[0]
            tip = hover_link(page, largest[0])
            for name in ("flow_before", "flow_after", "flow_change"):
                said = shown_number(path.parent.name, row[name], sign=name == "flow_change")
                assert said in tip, (path, link, name)
