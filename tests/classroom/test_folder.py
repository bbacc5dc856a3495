"""The student's folder: nothing is overwritten, nothing is lost, and a broken memory is no memory."""

import json
import os
import zipfile

import pytest

from mlpedu.classroom import folder
from mlpedu.classroom.checking import Report
from mlpedu.classroom.folder import MEMORY, Folder, UsageError, create
from mlpedu.classroom.stubs import stub

FILES = ["01_relu.py", "02_twin.py", "03_both.py"]


def passed(name):
    return Report(name, 1, [])


def test_create_makes_the_stubs_and_a_readme(few, tmp_path):
    assert create(tmp_path / "new" / "work") == ["README.md", *FILES]
    made = sorted(path.name for path in (tmp_path / "new" / "work").iterdir())
    assert made == [*FILES, "README.md"]
    assert (tmp_path / "new" / "work" / "01_relu.py").read_text("utf-8") == stub(few["relu"])
    readme = (tmp_path / "new" / "work" / "README.md").read_text("utf-8")
    assert f"| `01_relu.py` | {few['relu'].task} | `layers/relu` |" in readme
    assert "{exercises}" not in readme


@pytest.mark.parametrize("there", ["README.md", "02_twin.py"])
def test_create_overwrites_nothing_and_then_makes_nothing(few, tmp_path, there):
    (tmp_path / there).write_text("mine")
    with pytest.raises(UsageError, match=rf"holds {there} already.*mlpedu start DIR"):
        create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_create_leaves_other_files_alone(few, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    create(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_create_undoes_what_it_began(few, tmp_path, monkeypatch):
    write = folder._write_new

    def full(path, content):
        if path.name == "02_twin.py":
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(folder, "_write_new", full)
    with pytest.raises(OSError, match="No space"):
        create(tmp_path / "new" / "work")
    assert list(tmp_path.iterdir()) == []


def test_create_refuses_a_file_as_folder(few, tmp_path):
    (tmp_path / "work").write_text("mine")
    with pytest.raises(UsageError, match="is a file, not a folder"):
        create(tmp_path / "work")


def test_another_folder_is_refused_with_the_way_to_the_right_one(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"^This folder holds no exercises.*has made: cd work$"):
        Folder(".")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"folder empty holds no exercises.*or make one: mlpedu start DIR"):
        Folder("empty")
    (tmp_path / "empty" / MEMORY).write_text("{}")
    assert Folder("empty").state("relu") == "missing", "a folder that has lost its files can reset them"
    with pytest.raises(UsageError, match="nowhere is no folder"):
        Folder("nowhere")


@pytest.mark.parametrize("given", ["relu", "ReLU", "01_relu.py", "1_relu", "./01_relu.py"])
def test_an_exercise_has_several_names(place, given):
    assert place.names([given]) == ["relu"]


def test_names_come_in_the_order_of_the_book(place):
    assert place.names(["both", "relu", "01_relu.py"]) == ["relu", "both"]
    assert place.names([]) == ["relu", "twin", "both"]


@pytest.mark.parametrize("given", ["rleu", "", "..", "01", "01_relu.txt"])
def test_an_unknown_name_is_refused_with_all_names(place, given):
    with pytest.raises(UsageError, match=r"is no exercise. There are relu, twin, both"):
        place.names([given])


def test_a_file_of_another_folder_is_refused(place, tmp_path):
    (tmp_path / "01_relu.py").write_text("")
    with pytest.raises(UsageError, match="--folder"):
        place.names(["../01_relu.py"])
    assert place.names([str(place.path.resolve() / "01_relu.py")]) == ["relu"]


def test_the_state_follows_the_file_and_the_last_check(place, write):
    assert place.state("relu") == "not attempted"
    write("relu")
    assert place.state("relu") == "not checked yet"
    place.remember_check(passed("relu"), place.digest("relu"))
    assert place.done("relu")
    write("relu", {"ReLU.forward": "return 1"})
    assert place.state("relu") == "changed since the last check"
    place.file("relu").unlink()
    assert place.state("relu") == "missing"


def test_a_part_that_changed_makes_its_check_old(place, write):
    write("both")
    place.remember_check(passed("both"), place.digest("both"))
    assert place.done("both")
    write("twin")
    assert place.state("both") == "changed since the last check"


def test_a_stub_with_the_line_ends_of_windows_is_untouched(place):
    place.file("relu").write_bytes(place.content("relu").replace(b"\n", b"\r\n"))
    assert place.state("relu") == "not attempted"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\xff\xfe",
        b"[",
        b"[" * 100_000,
        b"3",
        b'{"hints": 3, "checks": []}',
        b'{"hints": {"relu": "x"}, "checks": {"relu": 4}}',
        b'{"hints": {"relu": null}, "checks": {"relu": {"digest": {}, "status": []}}}',
        b'{"hints": {"relu": 1e400}, "checks": {"relu": [NaN]}}',
    ],
    ids=range(9),
)
def test_a_broken_memory_is_no_memory(place, write, broken):
    (place.path / MEMORY).write_bytes(broken)
    write("relu")
    assert place.state("relu") in ("not checked yet", "changed since the last check")
    assert place.next_hint("relu") == 0
    place.remember_check(passed("relu"), place.digest("relu"))
    assert place.done("relu")
    assert place.next_hint("relu") == 1


def test_a_wrong_status_with_the_right_digest_is_no_check(place, write):
    write("relu")
    memory = {"checks": {"relu": {"digest": place.digest("relu"), "status": ["passed"]}}}
    (place.path / MEMORY).write_text(json.dumps(memory))
    assert place.state("relu") == "not checked yet"


def test_a_memory_that_cant_be_written_stops_nothing(place):
    (place.path / MEMORY).mkdir()
    assert place.next_hint("relu") == 0
    place.remember_check(passed("relu"), place.digest("relu"))
    assert sorted(os.listdir(place.path)) == [MEMORY, *FILES, "README.md"]


def test_hints_come_one_after_the_other_and_start_again(place):
    assert [place.next_hint("relu") for _ in range(5)] == [0, 1, 2, 0, 1]
    assert place.next_hint("twin") == 0


def test_reset_keeps_every_old_file(place, few):
    for number in (1, 2):
        place.file("relu").write_text(f"try {number}")
        assert place.reset("relu").name == f"01_relu.old-{number}.py"
    assert (place.path / "01_relu.old-1.py").read_text() == "try 1"
    assert (place.path / "01_relu.old-2.py").read_text() == "try 2"
    assert place.file("relu").read_text("utf-8") == stub(few["relu"])


def test_reset_has_nothing_to_keep_of_a_fresh_or_missing_file(place):
    assert place.reset("relu") is None
    place.file("relu").unlink()
    assert place.reset("relu") is None
    assert place.untouched("relu")
    assert sorted(path.name for path in place.path.glob("*.py")) == FILES


def test_reset_that_fails_gives_the_file_back(place, monkeypatch):
    place.file("relu").write_text("mine")

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "_write_new", full)
    with pytest.raises(OSError, match="No space"):
        place.reset("relu")
    assert place.file("relu").read_text() == "mine"
    assert sorted(path.name for path in place.path.glob("*.py")) == FILES


def test_pack_holds_the_exercise_files_and_nothing_else(place, write):
    write("relu")
    (place.path / "notes.txt").write_text("mine")
    place.file("twin").write_text("mine")
    place.reset("twin")
    path, files = place.pack()
    assert (path.name, files) == ("hand-in-1.zip", FILES)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == FILES
        assert archive.read("01_relu.py") == place.content("relu")
        assert archive.testzip() is None


def test_equal_files_give_equal_zips_and_no_zip_is_overwritten(place):
    first, _ = place.pack()
    os.utime(place.file("relu"), (0, 0))
    second, _ = place.pack()
    assert (first.name, second.name) == ("hand-in-1.zip", "hand-in-2.zip")
    assert first.read_bytes() == second.read_bytes()


def test_pack_leaves_out_what_is_missing(place):
    place.file("twin").unlink()
    assert place.pack()[1] == ["01_relu.py", "03_both.py"]
