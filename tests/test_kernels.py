from movement import forget_outdated_kernels


def test_compiled_kernels_go_when_any_file_of_the_room_changes(tmp_path):
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    (tmp_path / "trees.py").write_text("one = 1\n")
    kept = cache / "loading.f-1.py311.nbi"
    forget_outdated_kernels(tmp_path)
    kept.write_text("compiled")
    forget_outdated_kernels(tmp_path)
    assert kept.exists()
    (tmp_path / "trees.py").write_text("one = 2\n")
    forget_outdated_kernels(tmp_path)
    assert not kept.exists()


def test_a_room_that_was_never_compiled_is_only_marked(tmp_path):
    (tmp_path / "trees.py").write_text("one = 1\n")
    forget_outdated_kernels(tmp_path)
    assert [path.name for path in (tmp_path / "__pycache__").iterdir()] == ["kernels.sha256"]
