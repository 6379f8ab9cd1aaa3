"""Spreadsheets: what is shown, and cells that reach over others."""

from datetime import datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter

from aistack.rag.parsing.formats.office.number_formats import shown
from tests.unit.rag.parsing.test_formats import blocks, parsed


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.125, "0.0%", "12.5%"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-1234.5, "#,##0.00;(#,##0.00)", "(1,234.50)"),
        (-1234.5, '[$€-407] #,##0.00;[Red]-[$€-407] #,##0.00', "-€ 1,234.50"),
        (1234.5, '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', "$1,234.50"),
        (0, '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', "$-"),
        (2500000, '0.0,,"M"', "2.5M"),
        (7, "000", "007"),
        (2.5, "0.##", "2.5"),
        (123456, "0.00E+00", "1.23E+05"),
        (0.5, "# ?/?", "0.5"),
        (5, "[>3]0;0.0", "5"),
        (0.005, "0.00", "0.01"),
        (-0.001, "0.00", "-0.00"),
        (3.0, "", "3"),
        (12, '0 "kg"', "12 kg"),
        (datetime(2024, 1, 6), "d mmm yyyy", "6 Jan 2024"),
        (datetime(2024, 1, 6), 'yyyy"年"m"月"d"日"', "2024年1月6日"),
        (datetime(2024, 1, 6, 15, 4), "yyyy-mm-dd hh:mm", "2024-01-06 15:04"),
        (datetime(2024, 1, 6, 15, 4, 9), "m/d/yy h:mm:ss AM/PM", "1/6/24 3:04:09 PM"),
        (datetime(2024, 1, 6), "[$-F800]dddd, mmmm dd, yyyy", "Saturday, January 06, 2024"),
        (datetime(2024, 1, 6), "", "2024-01-06"),
        (time(9, 5), "h:mm", "9:05"),
        (timedelta(hours=36, minutes=5), "[h]:mm", "36:05"),
        (timedelta(hours=36, minutes=5), "", "36:05:00"),
        (True, "0", "TRUE"),
        (datetime(1900, 1, 11, 2, 24), "0.0", "12.1"),
    ],
)  # fmt: skip
def test_numbers_and_dates_in_their_format(value: object, code: str, text: str):
    assert shown(value, code) == text


def test_a_sheet_is_read_as_shown_with_merged_cells_for_each_record(tmp_path: Path):
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Fares")
        sheet.merge_range(1, 1, 1, 5, "Fares of the ferry")
        sheet.write_row(2, 1, ["Route", "Class", "Summer", "Winter", "From"])
        sheet.merge_range(3, 1, 4, 1, "Oban")
        date, euro = (book.add_format({"num_format": code}) for code in ("d mmm yyyy", '#,##0.00" €"'))
        sheet.write_row(3, 2, ["Adult"])
        sheet.write(3, 3, 1200.5, euro)
        sheet.write(3, 4, 9, euro)
        sheet.write_datetime(3, 5, datetime(2024, 1, 6), date)
        sheet.write_row(4, 2, ["Child"])
        sheet.merge_range(4, 3, 4, 4, "free")
    assert list(blocks(parsed(tmp_path, "x.xlsx", out.getvalue()))) == [
        "Fares of the ferry",
        "Route: Oban; Class: Adult; Summer: 1,200.50 €; Winter: 9.00 €; From: 6 Jan 2024",
        "Route: Oban; Class: Child; Summer, Winter: free",
    ]
