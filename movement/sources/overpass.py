"""OpenStreetMap extracts fetched from Overpass, with what was asked, when and under which licence."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from movement.tables import Fault, InputFaults

_TIMEOUT_S = 180
_WANTED = ("highway", "railway", "waterway", "natural=water", "barrier", "man_made=embankment")


def fetch(folder: Path, bounds: tuple[float, float, float, float], *, url: str) -> Path:
    """Fetch ways people use, and what may be a barrier, and write them as `extract.osm.gz`.

    Parameters
    ----------
    folder
        Where to write the extract and `extract.txt`, which says date, query and licence.
    bounds
        West, south, east and north in degrees.
    url
        An Overpass server, as osmnx names it, without `/interpreter`.

    Returns
    -------
    path
        The extract; an old one is replaced only once the new one is whole.

    Raises
    ------
    InputFaults
        If the server cannot be reached or does not answer with an extract; says what to do.
    """
    west, south, east, north = bounds
    box = f"({south:.6f},{west:.6f},{north:.6f},{east:.6f})"
    ways = "".join(f"way[{key}]{box};" for key in (f'"{tag}"'.replace("=", '"="') for tag in _WANTED))
    query = f"[out:xml][timeout:{_TIMEOUT_S}];({ways});(._;>;);out meta;"
    try:
        asked = Request(f"{url.rstrip('/')}/interpreter", data=urlencode({"data": query}).encode())
        with urlopen(asked, timeout=_TIMEOUT_S) as answer:
            content = answer.read()
    except (URLError, OSError, ValueError) as away:
        raise InputFaults([Fault("overpass_away", folder.as_posix(), value=str(away), detail={"url": url})]) from away
    if b"<osm" not in content[:500] or b"</osm>" not in content[-200:] or b"<way" not in content:
        detail = {"url": url}
        said = content[:200].decode("utf-8", "replace")
        raise InputFaults([Fault("overpass_odd", folder.as_posix(), value=said, detail=detail)])
    folder.mkdir(parents=True, exist_ok=True)
    path, fresh = folder / "extract.osm.gz", folder / "extract.osm.gz.new"
    fresh.write_bytes(gzip.compress(content, mtime=0))
    fresh.replace(path)
    told = f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}\n{url}\n{query}\nOpenStreetMap contributors, ODbL 1.0\n"
    (folder / "extract.txt").write_text(told, encoding="utf-8", newline="\n")
    return path
