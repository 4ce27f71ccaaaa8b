"""Tables and JSON as people's programs write them: Excel's byte order mark and semicolons, blank rows and cells."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ..errors import DataError

SEPARATORS = ",;\t"
YES, NO = ("1", "true", "yes"), ("0", "false", "no")


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells by lower-case column, and where it stands, to name it."""

    path: Path
    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """What the cell says.

        Raises:
            DataError: it is blank.
        """
        if not (said := self.cells.get(column, "")):
            raise self.wrong(column, "is blank")
        return said

    def integer(self, column: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`; 35.0 is one, and so is 35,0.

        Raises:
            DataError: the cell is blank or says something else.
        """
        said = self.text(column)
        try:
            number = float(said.replace(",", "."))
        except ValueError:
            number = float("nan")
        if not (least <= number <= most and number == int(number)):
            raise self.wrong(column, f"is {said}, not a whole number from {least} to {most}")
        return int(number)

    def flag(self, column: str) -> bool:
        """1 or 0, true or false, yes or no.

        Raises:
            DataError: the cell is blank or says something else.
        """
        said = self.text(column)
        if said.lower() not in YES + NO:
            raise self.wrong(column, f"is {said}, not 1 or 0")
        return said.lower() in YES

    def wrong(self, column: str, what: str) -> DataError:
        """The error that names the cell."""
        return DataError(f"{self.path}, line {self.line}: {column} {what}. Mend that cell, or remove the line.")


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file, columns apart by commas, semicolons or tabs; rows without any cell are passed over.

    columns: those it must have, in lower case.

    Raises:
        DataError: it is no such text, lacks a column, or a row has more cells than there are columns.
    """
    lines = _text(path).splitlines(keepends=True)
    first, separator = 0, ""
    if lines and lines[0].lower().startswith("sep="):  # how a file tells Excel
        first, separator = 1, lines[0][4:5]
    head = lines[first] if len(lines) > first else ""
    table = csv.reader(lines[first:], delimiter=separator or max(SEPARATORS, key=head.count))
    try:
        names = [name.strip().lower() for name in next(table, [])]
        found = [(first + table.line_num, [cell.strip() for cell in cells]) for cells in table]
    except csv.Error as error:
        raise DataError(f"{path} cannot be read as a table ({error}). Save it again as CSV.") from error
    if missing := [column for column in columns if column not in names]:
        raise DataError(
            f"{path} needs the columns {', '.join(columns)}; {missing[0]} is missing. They are named in its first line."
        )
    long = [line for line, cells in found if any(cells[len(names) :])]
    if long:
        raise DataError(f"{path}, line {long[0]}: more cells than columns. Put those with the separator in quotes.")
    filled = [(line, zip_longest(names, cells[: len(names)], fillvalue="")) for line, cells in found if any(cells)]
    return [Row(path, line, dict(cells)) for line, cells in filled]


def read_json(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds.

    Raises:
        DataError: there is no such file, or it holds something else.
    """
    try:
        found = json.loads(_text(path))
    except ValueError as error:
        raise DataError(f"{path} cannot be read as JSON ({error}).") from error
    if not isinstance(found, dict):
        raise DataError(f"{path} does not hold an object of names and values.")
    return found


def _text(path: Path) -> str:
    """What a file of UTF-8, or of UTF-16 with its mark, says; without the mark."""
    try:
        raw = path.read_bytes()
        marked = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return raw.decode("utf-16" if marked else "utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text in UTF-8 ({error}). Save it again as CSV UTF-8.") from error
