"""What callers may rely on, wherever blobs are kept."""

import pytest

from windtunnel.kernel.blobs import FolderBlobs, MemoryBlobs


@pytest.fixture(params=["memory", "folder"])
def blobs(request, tmp_path):
    return MemoryBlobs() if request.param == "memory" else FolderBlobs(tmp_path / "blobs")


def test_a_blob_is_found_by_its_content(blobs):
    name = blobs.put(b"hello")

    assert name == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert blobs.get(name) == b"hello"


def test_the_same_bytes_are_stored_once(blobs):
    assert blobs.put(b"hello") == blobs.put(b"hello")


def test_an_unknown_name_is_a_key_error(blobs):
    with pytest.raises(KeyError):
        blobs.get("0" * 64)


def test_deleting_twice_is_harmless(blobs):
    name = blobs.put(b"hello")
    blobs.delete(name)
    blobs.delete(name)

    with pytest.raises(KeyError):
        blobs.get(name)


def test_a_half_written_blob_is_never_found(tmp_path):
    blobs = FolderBlobs(tmp_path)
    name = blobs.put(b"hello")
    blobs.delete(name)
    (tmp_path / name[:2] / (name[2:] + ".part")).write_bytes(b"hel")

    with pytest.raises(KeyError):
        blobs.get(name)
    assert blobs.get(blobs.put(b"hello")) == b"hello"
