"""Whatever a class hands in: each student gets what counts, and everything odd a line of the log."""

import os
import stat
import struct
import sys
import unicodedata
import zipfile

import pytest

from mlpedu.classroom import submissions
from mlpedu.classroom.assignment import UsageError
from mlpedu.classroom.submissions import collect, read_roster

STUDENTS = {"s1": "Ada", "s12": "Bo", "s1-2": "Cy"}


@pytest.fixture
def given(tmp_path):
    (tmp_path / "given").mkdir()
    return tmp_path / "given"


def make_zip(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def only(given, roster=STUDENTS):
    """What one student has handed in, and the log as text."""
    found, log = collect(given, roster)
    return found.get("s1"), "\n".join(f"{about}: {what}" for about, what in log)


def test_a_zip_a_folder_and_single_files(given):
    make_zip(given / "s1.zip", {"02_relu.py": "one"})
    (given / "s12").mkdir()
    (given / "s12" / "relu.py").write_text("two")
    (given / "Cy_s1-2_02_relu.py").write_text("three")
    (given / "s1-2_linear.py").write_text("four")
    found, log = collect(given, STUDENTS)
    assert found == {
        "s1": {"relu": "one"},
        "s12": {"relu": "two"},
        "s1-2": {"relu": "three", "linear": "four"},
    }
    assert log == []


@pytest.mark.parametrize(
    ("name", "exercise"),
    [
        ("s1_relu.py", "relu"),
        ("s1_02_relu.py", "relu"),
        ("Doe_Jane_S1_02_relu (1).py", "relu"),
        ("s1-softmax-cross-entropy.py", "softmax_cross_entropy"),
        ("10_l1_s1_gradient_check.py", "gradient_check"),
    ],
)
def test_names_of_single_files(given, name, exercise):
    (given / name).write_text("x")
    assert only(given) == ({exercise: "x"}, "")


def test_an_id_of_digits_is_no_number_of_an_exercise(given):
    (given / "123_relu.py").write_text("x")
    (given / "7_02_relu.py").write_text("y")
    (given / "2_relu.py").write_text("z")
    assert collect(given, ["123", "7", "2"])[0] == {
        "123": {"relu": "x"},
        "7": {"relu": "y"},
        "2": {"relu": "z"},
    }


@pytest.mark.parametrize(
    "student", ["Łukasz", "Ρωξάνη", "Дмитрий", "李小龍", "محمد", "Nguyễn", "ぱんだ", "s'o\"x", "=1+1", "a b"]
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_in_every_script(given, student, form):
    if sys.platform == "win32" and '"' in student:
        pytest.skip("no name of a file there")
    make_zip(given / f"{unicodedata.normalize(form, student)}_hand-in-1.zip", {"relu.py": "x"})
    assert collect(given, [student]) == ({student: {"relu": "x"}}, [])


def test_a_file_of_nobody_and_one_of_two(given):
    (given / "s3_relu.py").write_text("x")
    (given / "s1_s12_relu.py").write_text("x")
    found, log = collect(given, STUDENTS)
    assert found == {}
    assert dict(log) == {
        "s3_relu.py": "not graded: no id of the roster is in its name",
        "s1_s12_relu.py": "not graded: its name fits s12, s1",
    }


def test_ids_that_look_like_parts_of_others(given):
    for name in ("s1-2_relu.py", "s1_2_relu.py", "s12_12_sgd.py"):
        (given / name).write_text(name)
    found, log = collect(given, [*STUDENTS, "2"])
    assert {student: list(files) for student, files in found.items()} == {
        "s1-2": ["relu"],
        "s1": ["relu"],
        "s12": ["sgd"],
    }
    assert log == []


def test_of_two_submissions_the_last_by_name_counts(given):
    for number in (9, 10):
        make_zip(given / f"s1-{number}.zip", {"relu.py": str(number)})
    (given / "s1_linear.py").write_text("x")
    found, log = only(given)
    assert found == {"relu": "10"}
    assert log == "s1: handed in several times: s1-10.zip counts, not s1-9.zip, s1_linear.py"


def test_zips_in_a_folder(given):
    (given / "Ada_s1_file").mkdir()
    for number in (1, 2):
        make_zip(given / "Ada_s1_file" / f"hand-in-{number}.zip", {"relu.py": str(number), "l1.py": "x"})
    (given / "Ada_s1_file" / "l1.py").write_text("y")
    found, log = only(given)
    assert found == {"relu": "2", "l1": "y"}
    assert "relu is there 2 times: hand-in-2.zip/relu.py counts" in log


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\3\4" + bytes(50), b"PK\5\6" + bytes(10)])
def test_a_broken_zip(given, content):
    (given / "s1.zip").write_bytes(content)
    found, log = only(given)
    assert found == {}
    assert "s1: s1.zip can't be read as a zip" in log


def test_a_truncated_and_a_damaged_zip(given):
    make_zip(given / "s1.zip", {"relu.py": "x = 1\n" * 1000})
    whole = (given / "s1.zip").read_bytes()
    (given / "s1.zip").write_bytes(whole[: len(whole) // 2])
    assert "can't be read as a zip" in only(given)[1]
    (given / "s1.zip").write_bytes(whole[:45] + b"\xff\xff\xff" + whole[48:])
    found, log = only(given)
    assert found == {}
    assert "relu.py can't be read" in log


def test_an_encrypted_file(given):
    make_zip(given / "s1.zip", {"relu.py": "x"})
    content = bytearray((given / "s1.zip").read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    (given / "s1.zip").write_bytes(content)
    assert "relu.py can't be read" in only(given)[1]


@pytest.mark.parametrize("name", ["../relu.py", "a/../../relu.py", "/relu.py", "C:\\relu.py", "..\\relu.py"])
def test_paths_that_leave_the_folder(given, tmp_path, name):
    make_zip(given / "s1.zip", {name: "bad", "l1.py": "x"})
    found, log = only(given)
    assert found == {"l1": "x"}
    assert "leaves the folder: not read" in log
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["given", "s1.zip"]


def test_a_link_in_a_zip(given):
    link = zipfile.ZipInfo("relu.py")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(given / "s1.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    found, log = only(given)
    assert found == {}
    assert "s1.zip/relu.py is a link or no ordinary file: not read" in log


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_and_pipes_on_the_disk(given, tmp_path):
    (tmp_path / "secret.py").write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "l1.py").write_text("secret")
    (given / "s1").mkdir()
    (given / "s1" / "relu.py").symlink_to(tmp_path / "secret.py")
    (given / "s1" / "deeper").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(given / "s1" / "linear.py")
    (given / "s12").symlink_to(tmp_path / "elsewhere")
    (given / "s1-2_relu.py").symlink_to(tmp_path / "secret.py")
    found, log = collect(given, STUDENTS)
    assert found == {"s1": {}, "s12": {}, "s1-2": {}}
    links = [what.partition(" is a link")[0] for _, what in log if " is a link" in what]
    assert sorted(links) == ["deeper", "linear.py", "relu.py", "s1-2_relu.py", "s12"]


def test_large_files_are_not_read(given):
    make_zip(given / "s1.zip", {"relu.py": bytes(50_000_000), "l1.py": "x", "data.bin": bytes(50_000_000)})
    found, log = only(given)
    assert found == {"l1": "x"}
    assert "s1.zip/relu.py has 50,000,000 bytes: not read" in log
    assert "s1.zip/data.bin has 50,000,000 bytes: not read" in log


def test_a_file_that_is_larger_than_its_zip_says(given):
    make_zip(given / "s1.zip", {"relu.py": bytes(50_000_000)})
    content = bytearray((given / "s1.zip").read_bytes())
    size = struct.pack("<I", 50_000_000)
    (given / "s1.zip").write_bytes(content.replace(size, struct.pack("<I", 100)))
    found, log = only(given)
    assert found.get("relu", "") in ("", "\0" * 100)
    assert log or found


def test_too_many_files(given):
    make_zip(given / "s1.zip", dict.fromkeys((f"{number}.txt" for number in range(2100)), ""))
    assert "holds more than 2000 files" in only(given)[1]
    make_zip(given / "s1.zip", dict.fromkeys((f"{number}.txt" for number in range(30_000)), ""))
    assert "it lists too many files" in only(given)[1]


@pytest.mark.parametrize(
    ("content", "text", "read_as"),
    [
        ("ä".encode(), "ä", None),
        (b"\xef\xbb\xbf" + "ä".encode(), "ä", None),
        ("ä".encode("cp1252"), "ä", "cp1252"),
        ("ä".encode("utf-16"), "ä", "utf-16"),
        (b"\x81\xff", "\ufffdÿ", "cp1252"),
    ],
)
def test_encodings(given, content, text, read_as):
    (given / "s1_relu.py").write_bytes(content)
    log = f"s1: s1_relu.py isn't UTF-8: read as {read_as}" if read_as else ""
    assert only(given) == ({"relu": text}, log)


def test_what_systems_leave_behind_is_no_submission(given):
    make_zip(given / "s1.zip", {"02_relu.py": "x", "__MACOSX/._02_relu.py": "y", ".git/relu.py": "z"})
    (given / ".DS_Store").write_text("")
    assert only(given) == ({"relu": "x"}, "")


def test_other_files(given):
    (given / "s1.pdf").write_text("x")
    (given / "s12").mkdir()
    assert collect(given, STUDENTS) == (
        {"s1": {}, "s12": {}},
        [
            ("s1", "s1.pdf is no folder, zip or exercise file: not read"),
            ("s1", "no exercise file in it can be read"),
            ("s12", "no exercise file in it can be read"),
        ],
    )


def test_a_long_list_of_problems_is_cut(given):
    make_zip(given / "s1.zip", dict.fromkeys((f"../{number}" for number in range(100)), ""))
    _, log = collect(given, STUDENTS)
    assert len(log) == submissions.TOLD + 1
    assert log[-1][1].endswith("problems more")


def test_no_folder(tmp_path):
    with pytest.raises(UsageError, match="is no folder"):
        collect(tmp_path / "missing", STUDENTS)


@pytest.mark.parametrize(
    "content",
    [
        "student,name\ns1,Zoë\n",
        "\ufeffstudent;name\r\ns1;Zoë\r\n",
        "Name\tStudent\nZoë\ts1\n",
        '"student","name","group"\n"s1","Zoë","A"\n\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_rosters_of_all_spreadsheets(tmp_path, content, encoding):
    if encoding != "utf-8":
        content = content.removeprefix("\ufeff")
    (tmp_path / "roster.csv").write_bytes(content.encode(encoding))
    assert read_roster(tmp_path / "roster.csv") == {"s1": "Zoë"}


def test_a_roster_without_names(tmp_path):
    (tmp_path / "roster.csv").write_text("student\ns1\n")
    assert read_roster(tmp_path / "roster.csv") == {"s1": ""}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "expected a first line with the columns student and name"),
        ("id,name\ns1,Ada\n", "expected a first line with the columns student and name; got 'id,name'"),
        ("student,name\n", "names no student"),
        ("student,name\ns1,Ada\nS1,Bo\n", "line 3 is about 'S1', as is line 2"),
        ("student,name\n,Ada\n", "line 2 is about ''"),
    ],
)
def test_rosters_that_cannot_be_used(tmp_path, content, problem):
    (tmp_path / "roster.csv").write_text(content)
    with pytest.raises(UsageError, match=problem):
        read_roster(tmp_path / "roster.csv")
