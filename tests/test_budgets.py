"""The book stays small enough for a head: lines of code by part, printed after every run of the tests."""


def test_each_part_keeps_within_its_budget(lines_of_code):
    assert len(lines_of_code) > 5
    for part, (lines, budget) in lines_of_code.items():
        assert lines <= budget, f"{part}: {lines} lines of code, the budget is {budget}; make it simpler"


def test_blanks_comments_and_docstrings_are_not_counted(code_lines, tmp_path):
    file = tmp_path / "module.py"
    file.write_text(
        '"""Docstring,\n\nof three lines."""\n'
        "\n"
        "# a comment\n"
        "import math  # counted: 1\n"
        "\n"
        "def f(x):  # 2\n"
        '    """Docstring."""\n'
        '    text = """a string\n'  # 3
        '    that is code"""\n'  # 4
        "    return math.sqrt(  # 5\n"
        "        x\n"  # 6
        "    ), text  # 7\n"
    )
    assert code_lines(file) == 7
