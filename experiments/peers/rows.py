"""Prepared rows: a line of JSON, {"classes", "inputs", "columns", "train", "test"}, the number of classes (0 for values), of
inputs and of rows, and how columns became inputs; then x and y of the rows that train and x of the test rows, row-major,
native float64."""

import json
from dataclasses import dataclass

import numpy as np


@dataclass
class Rows:
    classes: int
    columns: list  # {"kind", "width"}: a number and perhaps a mark of missing cells, or one input a level
    x: np.ndarray
    y: np.ndarray
    test: np.ndarray


def read_rows(path):
    with open(path, "rb") as file:
        header = json.loads(file.readline())
        train, test, inputs = header["train"], header["test"], header["inputs"]
        numbers = lambda count: np.frombuffer(file.read(8 * count), dtype=np.float64)
        x = numbers(train * inputs).reshape(train, inputs)
        y = numbers(train)
        return Rows(header["classes"], header["columns"], x, y, numbers(test * inputs).reshape(test, inputs))
