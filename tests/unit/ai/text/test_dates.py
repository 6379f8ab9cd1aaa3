"""Dates in questions."""

from datetime import date

import pytest

from aistack.ai.text.dates import date_spans

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(("text", "start", "end"), [
    ("in 2024", "2024-01-01", "2025-01-01"), ("2024年", "2024-01-01", "2025-01-01"),
    ("march 2024", "2024-03-01", "2024-04-01"), ("2024年3月", "2024-03-01", "2024-04-01"),
    ("2024年十二月", "2024-12-01", "2025-01-01"), ("Q2 2024", "2024-04-01", "2024-07-01"),
    ("2024年第二季度", "2024-04-01", "2024-07-01"), ("2024-02-29", "2024-02-29", "2024-03-01"),
    ("last month", "2026-10-01", "2026-11-01"), ("上个月", "2026-10-01", "2026-11-01"),
    ("this year", "2026-01-01", "2027-01-01"), ("去年", "2025-01-01", "2026-01-01"),
    ("last week", "2026-11-09", "2026-11-16"), ("last 7 days", "2026-11-15", "2026-11-22"),
    ("最近7天", "2026-11-15", "2026-11-22"), ("yesterday", "2026-11-20", "2026-11-21"),
    ("between 2020 and 2022", "2020-01-01", "2023-01-01"), ("2020年到2022年", "2020-01-01", "2023-01-01"),
    ("since 2020", "2020-01-01", "9999-12-31"), ("after 2020", "2021-01-01", "9999-12-31"),
    ("before 2020", "0001-01-01", "2020-01-01"), ("the last 2 months", "2026-09-22", "2026-11-22"),
    ("May 3, 2024", "2024-05-03", "2024-05-04"), ("2024年上半年", "2024-01-01", "2024-07-01"),
])  # fmt: skip
def test_dates_are_half_open_spans_of_days(text: str, start: str, end: str):
    assert (start, end) in [(span.start, span.end) for _, _, span in date_spans(text, TODAY)]


@pytest.mark.parametrize("text", ["2024-13-40", "february 30 2024", "2023年13月", "99999", "last 999999999 years"])
def test_invalid_dates_have_no_empty_span(text: str):
    for _, _, span in date_spans(text, TODAY):
        assert date.fromisoformat(span.start) < date.fromisoformat(span.end)
