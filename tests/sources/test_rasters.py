"""Heights of a terrain of two by two cells of 10 m, one without a height."""

import numpy as np
import pytest
import rasterio
from pyproj import Transformer

from movement.sources import rasters
from movement.tables import InputFaults

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
    found = rasters.sample_heights([terrain], X, Y, crs=CRS)
    np.testing.assert_array_equal(found.height_m, WANTED)
    assert found.missing == 3


def test_points_in_another_crs(terrain):
    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(X[:4], Y[:4])
    found = rasters.sample_heights([terrain], np.asarray(lon), np.asarray(lat), crs="EPSG:4326")
    np.testing.assert_array_equal(found.height_m, WANTED[:4])


def test_no_points(terrain):
    assert rasters.sample_heights([terrain], np.array([]), np.array([]), crs=CRS).missing == 0


def test_real_terrain_with_its_edge(shared_data):
    path = shared_data / "terrain/dk-soelleroed-dtm-16m.tif"
    with rasterio.open(path) as file:
        box = file.bounds
        middle = ((box.left + box.right) / 2, (box.bottom + box.top) / 2)
    x, y = np.array([middle[0], box.left - 1]), np.array([middle[1], middle[1]])
    found = rasters.sample_heights([path], x, y, crs=CRS)
    assert 0 < found.height_m[0] < 120
    assert found.missing == 1


def test_between_the_centres_of_cells_heights_lie_between(terrain):
    x, y = np.array([700_010.0, 700_005, 700_007.5, 700_009]), np.array([6_180_015.0, 6_180_010, 6_180_015, 6_180_011])
    found = rasters.sample_heights([terrain], x, y, crs=CRS)
    np.testing.assert_allclose(found.height_m, [1.5, 2.0, 1.25, 1.0])  # the last is beside the empty cell


def test_a_mosaic_and_a_second_raster_in_another_crs_fill_each_other(terrain, tmp_path):
    other = tmp_path / "other.tif"
    place = rasterio.transform.from_origin(12.18, 55.74, 0.001, 0.001)
    with rasterio.open(
        other, "w", driver="GTiff", width=30, height=30, count=1, dtype="float32", crs="EPSG:4326", transform=place
    ) as file:
        file.write(np.full((30, 30), 7.0, dtype="float32"), 1)
    mosaic = tmp_path / "all.vrt"
    mosaic.write_text(
        '<VRTDataset rasterXSize="2" rasterYSize="2"><SRS>EPSG:25832</SRS>'
        "<GeoTransform>700000, 10, 0, 6180020, 0, -10</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><NoDataValue>-9999</NoDataValue><SimpleSource>'
        '<SourceFilename relativeToVRT="1">terrain.tif</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    found = rasters.sample_heights([mosaic, other], X, Y, crs=CRS)
    np.testing.assert_allclose(found.height_m, [1, 2, 3, 7, 7, 7])
    assert rasters.cell_m(mosaic) == 10
    assert 100 < rasters.cell_m(other) < 120


def test_what_is_no_raster_is_named(tmp_path):
    path = tmp_path / "bad.tif"
    path.write_bytes(b"no picture")
    with pytest.raises(InputFaults) as found:
        rasters.sample_heights([path], X, Y, crs=CRS)
    assert [(fault.rule, fault.file) for fault in found.value.faults] == [("unreadable_raster", path.as_posix())]
