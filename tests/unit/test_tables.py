"""Tables as Excel and others write them, and cells that say nothing."""

import shutil

import pytest

from cgan_demo.data.faces import list_faces
from cgan_demo.data.fake import write_fake_captioned, write_fake_faces
from cgan_demo.data.tables import read_json, read_table
from cgan_demo.errors import DataError
from cgan_demo.gan_cls.dataset import load_captioned

PLAIN = "file,age,gender,frontal\na.png,35,0,1\nb.png,7,1,0\n"
WRITTEN = {
    "plain": PLAIN.encode(),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode(),
    "semicolons": PLAIN.replace(",", ";").replace("35", '"35,0"').encode(),
    "tabs in UTF-16": PLAIN.replace(",", "\t").encode("utf-16"),
    "separator said": b"sep=;\r\n" + PLAIN.replace(",", ";").encode(),
    "capitals, spaces, blank rows": b"File , Age, Gender ,Frontal\n\n a.png, 35.0 ,0,TRUE\nb.png,7,1,no\n,,,\n , ,,\n",
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_table_is_read_however_it_was_written(how, tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    (tmp_path / "index.csv").write_bytes(WRITTEN[how])
    found = [(path.name, *told) for path, *told in list_faces(tmp_path)]
    assert found == [("a.png", 35, 0, True), ("b.png", 7, 1, False)]


@pytest.mark.parametrize(
    "row, said",
    [
        ("a.png,,0,1", "line 2: age is blank"),
        ("a.png,35,,1", "line 2: gender is blank"),
        ("a.png,35,0,", "line 2: frontal is blank"),
        ("a.png,35,0", "line 2: frontal is blank"),
        (",35,0,1", "line 2: file is blank"),
        ("a.png,35.5,0,1", "age is 35.5, not a whole number from 0 to 125"),
        ("a.png,old,0,1", "age is old, not a whole number"),
        ("a.png,-3,0,1", "age is -3, not"),
        ("a.png,35,2,1", "gender is 2, not a whole number from 0 to 1"),
        ("a.png,35,0,maybe", "frontal is maybe, not 1 or 0"),
        ("a.png,35,0,1,9", "line 2: more cells than columns"),
    ],
)
def test_a_cell_that_says_nothing_is_named(row, said, tmp_path):
    (tmp_path / "a.png").touch()
    (tmp_path / "index.csv").write_text(f"file,age,gender,frontal\n{row}\n")
    with pytest.raises(DataError, match="index.csv, ") as caught:
        list_faces(tmp_path)
    assert said in str(caught.value)


def test_columns_and_texts_that_are_missing_are_named(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("file,years,gender\na.png,3,0\n")
    with pytest.raises(DataError, match="needs the columns file, age, gender; age is missing"):
        read_table(path, ("file", "age", "gender"))
    path.write_bytes(b"file,age\nM\xfcller.png,3\n")
    with pytest.raises(DataError, match="not text in UTF-8"):
        read_table(path, ("file", "age"))
    path.write_bytes(b"")
    with pytest.raises(DataError, match="file is missing"):
        read_table(path, ("file", "age"))
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "none.csv", ("file",))
    path.write_text("file,age\n a.png ,3\n")
    assert [(r.line, r.text("file"), r.integer("age", 0, 9)) for r in read_table(path, ("file",))] == [(2, "a.png", 3)]
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(path) == {"a": 1}


def test_frontal_may_be_left_out(tmp_path):
    (tmp_path / "a.png").touch()
    (tmp_path / "index.csv").write_text("file,age,gender\na.png,35,0\n")
    assert list_faces(tmp_path)[0][1:] == (35, 0, True)


def test_labels_of_pictures_may_come_from_excel(tmp_path):
    root = write_fake_captioned(tmp_path / "flowers", per_class=1)
    labels = root / "labels.csv"
    before = load_captioned(root, tmp_path / "cache", 16)
    labels.write_bytes(b"\xef\xbb\xbf" + labels.read_text().replace(",", ";").encode())
    assert load_captioned(root, tmp_path / "cache", 16).names == before.names
    picture = next((root / "images").glob("*.png"))
    shutil.copy(picture, picture.with_suffix(".webp"))
    with pytest.raises(DataError, match=f"names {picture.stem}, which may be"):
        load_captioned(root, tmp_path / "cache", 16)


def test_leftovers_among_faces_are_no_faces(tmp_path):
    root = write_fake_faces(tmp_path / "faces", per_bin=1)
    count = len(list_faces(root))
    for name in ("._3_0_0_00000.png", "35_0_notes.txt", ".DS_Store"):
        (root / name).touch()
    (root / "__MACOSX").mkdir()
    assert len(list_faces(root)) == count
