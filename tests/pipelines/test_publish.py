from pathlib import Path

import pytest

from pipelines.publish import swap


@pytest.fixture
def folders(tmp_path):
    published, fresh = tmp_path / "maps", tmp_path / "maps/.new"
    for root, word in ((published, "old"), (fresh, "new")):
        (root / "da").mkdir(parents=True)
        (root / "index.html").write_text(word)
        (root / "da/report.html").write_text(word)
    (published / "readme.png").write_text("kept")
    return published, fresh


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_everything_changes_and_what_is_not_ours_stays(folders):
    published, fresh = folders
    swap(fresh, published, aside=published / ".old")
    assert content(published) == {"index.html": "new", "da/report.html": "new", "readme.png": "kept"}


def test_a_locked_entry_leaves_all_as_it_was(folders, monkeypatch):
    published, fresh = folders
    before = {name: text for name, text in content(published).items() if not name.startswith(".new")}
    replace = Path.replace

    def locked(source, target):
        if str(target).endswith("maps/index.html") and ".new" in str(source):
            raise PermissionError(13, "in use", str(target))
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(PermissionError):
        swap(fresh, published, aside=published / ".old")
    after = {name: text for name, text in content(published).items() if not name.startswith((".new", ".old"))}
    assert after == before
