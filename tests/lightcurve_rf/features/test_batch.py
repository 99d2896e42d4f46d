"""The compiled loop knows of every file that is compiled into it."""

from pathlib import Path

from lightcurve_rf.features import batch


def test_an_edit_anywhere_in_the_folder_compiles_anew():
    # Numba tells compiled functions apart by the values in their closures.
    before = batch._digest()
    (cell,) = (c.cell_contents for c in batch._fill.py_func.__closure__)
    assert cell == before


def test_the_digest_is_of_every_file(tmp_path, monkeypatch):
    for path in Path(batch.__file__).parent.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(batch, "__file__", str(tmp_path / "batch.py"))
    digests = {batch._digest()}
    for path in sorted(tmp_path.glob("*.py")):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        digests.add(batch._digest())
    assert len(digests) == 1 + len(list(tmp_path.glob("*.py")))
