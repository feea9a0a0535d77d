"""Heights of a terrain of two by two cells of 10 m, one without a height."""

import numpy as np
import pytest
import rasterio
from pyproj import Transformer

from movement.sources import rasters

CRS = "EPSG:25832"


@pytest.fixture
def terrain(tmp_path):
    path = tmp_path / "terrain.tif"
    heights = np.array([[1.0, 2.0], [3.0, -9999.0]], dtype="float32")
    place = rasterio.transform.from_origin(700_000, 6_180_020, 10, 10)
    with rasterio.open(
        path, "w", driver="GTiff", width=2, height=2, count=1, dtype="float32", crs=CRS, transform=place, nodata=-9999
    ) as file:
        file.write(heights, 1)
    return path


X = np.array([700_005.0, 700_015, 700_005, 700_015, 700_025, 699_999.9])
Y = np.array([6_180_015.0, 6_180_015, 6_180_005, 6_180_005, 6_180_005, 6_180_015])
WANTED = [1, 2, 3, np.nan, np.nan, np.nan]


def test_each_point_gets_the_height_of_its_cell(terrain):
    found = rasters.sample_heights(terrain, X, Y, crs=CRS)
    np.testing.assert_array_equal(found.height_m, WANTED)
    assert found.missing == 3


def test_points_in_another_crs(terrain):
    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(X[:4], Y[:4])
    found = rasters.sample_heights(terrain, np.asarray(lon), np.asarray(lat), crs="EPSG:4326")
    np.testing.assert_array_equal(found.height_m, WANTED[:4])


def test_no_points(terrain):
    assert rasters.sample_heights(terrain, np.array([]), np.array([]), crs=CRS).missing == 0


def test_real_terrain_with_its_edge(shared_data):
    path = shared_data / "terrain/dk-soelleroed-dtm-16m.tif"
    with rasterio.open(path) as file:
        box = file.bounds
        middle = ((box.left + box.right) / 2, (box.bottom + box.top) / 2)
    x, y = np.array([middle[0], box.left - 1]), np.array([middle[1], middle[1]])
    found = rasters.sample_heights(path, x, y, crs=CRS)
    assert 0 < found.height_m[0] < 120
    assert found.missing == 1
