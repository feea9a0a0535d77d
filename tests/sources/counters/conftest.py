import pytest


@pytest.fixture
def folder(tmp_path):
    """Write count files; `__` in a keyword stands for the dot of the file's name."""

    def write(**files):
        for name, text in files.items():
            content = text if isinstance(text, bytes) else text.encode()
            (tmp_path / (name.replace("__", "."))).write_bytes(content)
        return tmp_path

    return write
