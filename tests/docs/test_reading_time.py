"""Times are summed from the pages."""

import pytest
from reading_time import in_words, minutes


def page(folder, name, time):
    (folder / f"{name}.md").write_text(f"# Page\n\n**You need:** a pencil. **Time:** {time}.\n")


def test_a_page_and_a_folder_are_added_up(tmp_path):
    part = tmp_path / "part"
    part.mkdir()
    page(tmp_path, "alone", "25 minutes, and 40 for the exercises")
    page(part, "one", "30 minutes, and an hour for the exercises")
    page(part, "two", "5\nminutes, and an hour and\na half for the exercises")
    (part / "index.md").write_text("# Part\n")  # an index takes no time
    assert minutes(tmp_path, ["alone"]) == (25, 40)
    assert minutes(tmp_path, ["alone", "part"]) == (25 + 30 + 5, 40 + 60 + 90)


@pytest.mark.parametrize("time", ["soon", "25 min", "25 minutes"])
def test_a_page_that_does_not_say_both_times_is_refused(tmp_path, time):
    page(tmp_path, "alone", time)
    with pytest.raises(ValueError, match=r"alone\.md doesn't say"):
        minutes(tmp_path, ["alone"])


def test_a_page_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="missing"):
        minutes(tmp_path, ["missing"])


@pytest.mark.parametrize(
    ("total", "words"),
    [(0, "0 min"), (119, "119 min"), (120, "2 hours"), (140, "2½ hours"), (170, "3 hours")],
)
def test_long_times_are_rounded_to_half_hours(total, words):
    assert in_words(total) == words
