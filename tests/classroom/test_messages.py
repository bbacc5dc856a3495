"""What a student reads: the diagnosis first, and no word missing where there is no colour."""

import json
import subprocess
import sys

import pytest

from mlpedu import ReLU
from mlpedu.classroom import check
from mlpedu.classroom.checking import Report
from mlpedu.classroom.diagnosis import Finding
from mlpedu.classroom.messages import Line, about, as_json, show, summary, table, text

GATE = Finding("gradient", "Look at the condition in backward.", "relu.gate-wrong", "dL/dX")
FAILED = Report("relu", 1234, [GATE])


class GatedByTheGradient(ReLU):
    def backward(self, grad_output):
        return grad_output * (grad_output > 0)


def lines_of(report):
    return text(about(report)).splitlines()


def test_the_diagnosis_comes_first_and_the_way_to_repeat_it_last():
    assert lines_of(FAILED) == [
        "02_relu.py: not right yet",
        "  Look at the condition in backward.",
        "  The book calls it relu.gate-wrong, on the page layers/relu.",
        "  The same case again: mlpedu check relu --seed 1234",
    ]


def test_the_students_own_lines_follow_the_diagnosis():
    lines = (
        (3, "<module>", "import nump"),
        (31, "backward", "return grad_output @ x"),
        (4, "the file", "class"),
    )
    report = FAILED._replace(findings=[Finding("file", "It raises\nValueError.", lines=lines)])
    assert lines_of(report)[1:5] == [
        "  It raises ValueError.",
        "    line 3: import nump",
        "    line 31, in backward: return grad_output @ x",
        "    line 4: class",
    ]


def test_two_findings_are_both_told_and_faults_come_first():
    remark = Finding("robustness", "float64 comes out.", kind="remark")
    shown = text(about(FAILED._replace(findings=[remark, GATE])))
    assert shown.index(GATE.text) < shown.index(remark.text)


def test_what_is_not_written_is_never_called_wrong():
    nothing = Finding("forward", "Not attempted yet: what forward returns.", symbol="Y", kind="not attempted")
    assert lines_of(Report("relu", 1, [nothing])) == ["02_relu.py: not attempted yet"]
    half = nothing._replace(text="Not attempted yet: what backward returns.", symbol="dL/dX")
    assert lines_of(Report("relu", 1, [half])) == [
        "02_relu.py: not attempted yet",
        "  Not attempted yet: what backward returns.",
    ]


def test_a_right_one_is_told_in_a_line_and_a_remark_after_it():
    assert lines_of(Report("relu", 1, [])) == ["02_relu.py: right"]
    remark = Finding("robustness", "float64 comes out.", kind="remark")
    assert lines_of(Report("relu", 1, [remark])) == ["02_relu.py: right", "  float64 comes out."]


def test_a_name_that_isnt_of_this_exercise_is_not_looked_up_in_the_book():
    assert "book" not in text(about(FAILED._replace(findings=[GATE._replace(id="act.other")])))


def test_twenty_lines_are_shown_of_what_was_printed():
    report = Report("relu", 1, [], printed="".join(f"{i}\n" for i in range(25)))
    assert lines_of(report)[1:3] == ["  Your code printed:", "    0"]
    assert lines_of(report)[-2:] == ["    19", "    and 5 more lines"]


def test_printed_control_characters_dont_reach_the_terminal():
    shown = text(about(Report("relu", 1, [], printed="\x1b[31mred\x07\tä")))
    assert "?[31mred?" in shown
    assert "ä" in shown
    assert shown.replace("\n", "").isprintable()


def test_a_report_shows_its_message_in_a_notebook():
    GatedByTheGradient.__name__ = "ReLU"
    report = check("relu", GatedByTheGradient, seed=7)
    assert repr(report) == str(report)
    assert repr(report).startswith("02_relu.py: not right yet\n  Which numbers decided")
    assert repr(report).endswith("The same case again: check('relu', ..., seed=7)")


def test_json_has_the_documented_schema():
    (record,) = json.loads(as_json([FAILED._replace(printed="é")]))
    assert record == {
        "exercise": "relu",
        "status": "failed",
        "seed": 1234,
        "findings": [
            {
                "group": "gradient",
                "kind": "fault",
                "id": "relu.gate-wrong",
                "text": GATE.text,
                "symbol": "dL/dX",
                "factor": None,
                "lines": [],
            }
        ],
        "printed": "é",
        "repeat": "mlpedu check relu --seed 1234",
    }
    assert as_json([FAILED._replace(printed="é")]).isascii()
    for word in [*record, *record["findings"][0]]:
        assert word in as_json.__doc__


def test_a_case_that_wasnt_run_isnt_repeated():
    report = Report("relu", None, [Finding("file", "It is missing.")])
    assert lines_of(report) == ["02_relu.py: not right yet", "  It is missing."]
    assert json.loads(as_json([report]))[0]["repeat"] == "mlpedu check relu"


def test_the_summary_counts_in_words():
    assert (
        summary([FAILED, FAILED, Report("relu", 1, [])]).text == "Of 3 exercises: 1 right, 2 not right yet."
    )


def test_the_table_is_aligned():
    assert text(table([("01_linear.py", "done"), ("02_relu.py", "not attempted")])) == (
        "01_linear.py  done\n02_relu.py    not attempted"
    )


def test_prose_is_broken_at_the_width_and_code_is_not():
    lines = [Line("one two three four", 2), Line("return a + b + c + d", 4, code=True)]
    assert text(lines, 12) == "  one two\n  three four\n    return a + b + c + d"


@pytest.mark.parametrize(
    ("terminal", "no_color", "colour"), [(True, "", True), (True, "1", False), (False, "", False)]
)
def test_colour_is_for_a_terminal_without_no_color(monkeypatch, capsys, terminal, no_color, colour):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich asks this, for capsys is no terminal
    show(*about(FAILED))
    shown = capsys.readouterr().out
    assert ("\x1b[" in shown) == colour
    for word in ("not right yet", "Look at the condition in"):
        assert word in shown
    assert terminal == ("relu.gate-wrong, on the" not in shown)


def test_rich_is_imported_only_to_print_in_colour():
    program = (
        "import sys\n"
        "from mlpedu.classroom import messages, command\n"
        "messages.show(messages.Line('plain'))\n"
        "print('rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["plain", "False"]


def test_control_characters_of_an_exception_are_replaced_too():
    assert text([Line("a\x1bb")]) == "a?b"
