"""Figures: nothing where there is nothing, the same bytes twice, ids that do not meet, words in the language."""

import re

import pytest

from movement.publish import figures, modelled_figures
from movement.publish.report import words_in
from tests.publish.world import empty_world, full_world

ALL = (
    figures.site_figure,
    figures.effect_figure,
    modelled_figures.screenline_figure,
    modelled_figures.terms_figure,
    modelled_figures.fit_figure,
    modelled_figures.forecast_figure,
)


@pytest.mark.parametrize("draw", ALL)
def test_no_rows_no_figure(draw):
    assert draw(empty_world(), words_in(empty_world(), "da")) == ""


@pytest.mark.parametrize("draw", ALL)
def test_a_figure_is_the_same_twice_and_says_what_it_is(draw):
    found = full_world()
    first, second = (draw(found, words_in(found, "da")) for _ in range(2))
    assert first == second
    assert re.match(r'<svg role="img" aria-label="[^"]{20,}"', first)
    assert "<metadata>" not in first


def test_ids_of_figures_do_not_meet_and_every_reference_leads_somewhere():
    found = full_world()
    together = [draw(found, words_in(found, "en")) for draw in ALL]
    ids = [name for one in together for name in re.findall(r' id="([^"]+)"', one)]
    assert len(ids) == len(set(ids))
    for one in together:
        wanted = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', one))
        assert wanted <= set(re.findall(r' id="([^"]+)"', one))
