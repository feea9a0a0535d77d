"""Take README's picture anew: `uv run python -m tests.take_readme_picture`, after `uv run movement run`."""

import shutil

from pipelines import graph, stage

PAGE = "en/change_byforbindelse.html"
WIDE, HIGH = 1200, 760


def main() -> None:
    """Write maps/readme.png from the published change map of the city link."""
    from playwright.sync_api import sync_playwright

    maps = graph.HOUSE / stage.MAPS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDE, "height": HIGH})
        page.goto((maps / PAGE).as_uri())
        page.wait_for_timeout(500)
        page.screenshot(path=maps / "readme.png")
        browser.close()


if __name__ == "__main__":
    main()
