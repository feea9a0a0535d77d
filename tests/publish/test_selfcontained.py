"""A page asks nobody for anything, and the same map gives the same bytes."""

import folium
import pytest

from movement.publish.selfcontained import ThirdPartyRequestError, check_no_third_party, self_contained


def page(**options):
    drawing = folium.Map(location=[55.7, 12.5], **options)
    folium.GeoJson({"type": "FeatureCollection", "features": []}).add_to(drawing)
    return self_contained(drawing, language="da", title="Ny <bro> & sti")


def test_same_map_same_bytes_without_anything_from_elsewhere():
    html = page(tiles=None)
    assert html == page(tiles=None)
    assert '<html lang="da">' in html
    assert "<title>Ny &lt;bro&gt; &amp; sti</title>" in html
    assert "user-scalable=no" not in html
    assert html.count("<main>") == html.count("</main>") == 1
    assert "L.map" in html
    assert "jquery" not in html.lower().replace("jquery.", "")


def test_tiles_from_a_third_party_are_refused_by_address():
    with pytest.raises(ThirdPartyRequestError, match=r"tile\.openstreetmap\.org"):
        page()


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        '<img srcset="small.png 1x, https://cdn.example/x.png 2x">',
        "<style>@import 'https://cdn.example/x.css';</style>",
        "<p style=\"background:url('https://cdn.example/x.png')\">",
        "<script>fetch('https://cdn.example/x')</script>",
        '<svg><image xlink:href="https://cdn.example/x.png"/></svg>',
        '<iframe src="http://cdn.example/"></iframe>',
    ],
)
def test_every_way_of_asking_is_found(html):
    with pytest.raises(ThirdPartyRequestError, match=r"cdn\.example"):
        check_no_third_party(html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://www.dst.dk">source</a>',
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>',
        '<link rel="icon" href="data:,">',
        '<script type="application/json">{"see":"https://example.org"}</script>',
        "<p>see https://example.org</p>",
        "<script>a.innerHTML = '<a href=\"https://leafletjs.com\">Leaflet</a>'</script>",
    ],
)
def test_links_to_follow_and_plain_text_are_allowed(html):
    check_no_third_party(html)
