"""The line chart of percentages, as coordinates."""

from participation.presentation.line_chart import line_chart


def test_a_chart_breaks_its_line_where_nothing_was_due():
    chart = line_chart({"now": [0.0, None, 1.0, 0.5]}, ["a", "b", "c", "d"])
    (line,) = chart.lines
    assert line.path.count("M") == 2
    assert len(line.marks) == 3
    assert [mark.y for mark in line.marks] == [162.0, 12.0, 87.0]
