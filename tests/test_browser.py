"""Every page in a real browser, from file://: no request leaves it, no error, and it shows what the tables say."""

import os
import shutil
from contextlib import contextmanager

import pytest

from movement import tables
from movement.publish import language as languages
from movement.publish.language import LANGUAGES
from movement.publish.map import change_map, modelled, swipe_map
from movement.publish.map_layers import rounded
from movement.publish.map_network import network_map
from movement.publish.map_observed import observed_map
from pipelines import graph, stage

from .publish import map_world as world

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
            assert page.locator("details.legend").evaluate("part => part.open") == (size["width"] > 760)


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
