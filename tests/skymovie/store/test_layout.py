"""What Zarr makes in memory is what it would have put on a disk."""

import numpy as np
import zarr

from skymovie.store import layout

N, E = layout.BLOCK + 70, 3


def images() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 4000, (N, E, 5, 5), dtype=np.uint16)


def test_files_are_those_that_zarr_writes(tmp_path):
    like = zarr.create_array(tmp_path / "a", **layout.array("images", N, E, 5))
    values = images()
    like[:] = values
    for k, rows in enumerate((slice(0, layout.BLOCK), slice(layout.BLOCK, N))):
        files = layout.encode(like, rows, values[rows])
        assert list(files) == [f"c/{k}/0/0/0"]
        for name, content in files.items():
            assert bytes(content) == (tmp_path / "a" / name).read_bytes()


def test_descriptions_open_as_a_group(tmp_path):
    files = layout.descriptions({"seed": 1}, {"train": N, "test": 2}, E, 5)
    assert next(iter(files)) == "zarr.json"
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    group = zarr.open_group(tmp_path, mode="r")
    assert dict(group.attrs) == {"seed": 1}
    assert group["train/images"].shape == (N, E, 5, 5)
    assert group["test/exposure"].fill_value == -1
    assert layout.descriptions({"seed": 1}, {"train": N, "test": 2}, E, 5) == files


def test_a_block_of_zeros_has_a_file(tmp_path):
    like = zarr.create_array(tmp_path / "a", **layout.array("images", N, E, 5))
    assert layout.encode(like, slice(0, layout.BLOCK), np.zeros_like(images()[: layout.BLOCK]))
