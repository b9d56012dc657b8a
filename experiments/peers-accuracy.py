"""Random forest and histogram gradient boosting on prepared rows: peers-accuracy.py ROWS THREADS

ROWS is a line of JSON, {"task": "regression" | "binary", "parts": {name: [rows, inputs]}}; then of each part x,
row-major, and y, native float64. Prints what the validation rows choose of each model, as JSON: RMSE or log loss.
"""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.model_selection import ParameterGrid

TREES = 500
FOREST = ParameterGrid({"min_samples_leaf": [1, 2, 5, 10], "max_features": ["sqrt", 1 / 3, 1.0]})
ITERATIONS = 1000  # the validation rows choose how many of them
BOOSTING = ParameterGrid({"learning_rate": [0.03, 0.1], "max_leaf_nodes": [8, 31], "l2_regularization": [0.0, 1.0]})


def read_rows(path):
    with open(path, "rb") as file:
        header = json.loads(file.readline())
        numbers = lambda count: np.frombuffer(file.read(8 * count), dtype=np.float64)
        parts = {}
        for name, (rows, inputs) in header["parts"].items():
            x = numbers(rows * inputs).reshape(rows, inputs)
            parts[name] = (x, numbers(rows))
    return header["task"] == "binary", parts


def score(binary, predicted, y):
    if binary:
        least = np.finfo(np.float64).eps
        chance = np.clip(predicted[:, 1], least, 1 - least)
        return float(-np.mean(np.log(np.where(y == 1, chance, 1 - chance))))
    return float(np.sqrt(np.mean((predicted - y) ** 2)))


def forests(binary, parts, threads):
    kind = RandomForestClassifier if binary else RandomForestRegressor
    for setting in FOREST:
        began = time.perf_counter()
        model = kind(n_estimators=TREES, n_jobs=threads, random_state=1, **setting).fit(*parts["train"])
        seconds = time.perf_counter() - began
        predict = model.predict_proba if binary else model.predict
        scores = {name: score(binary, predict(x), y) for name, (x, y) in parts.items()}
        yield {**scores, "setting": setting, "seconds": seconds}


def boostings(binary, parts):
    kind = HistGradientBoostingClassifier if binary else HistGradientBoostingRegressor
    loss = "log_loss" if binary else "squared_error"
    for setting in BOOSTING:
        began = time.perf_counter()
        model = kind(loss=loss, max_iter=ITERATIONS, early_stopping=False, random_state=1, **setting)
        model.fit(*parts["train"])
        seconds = time.perf_counter() - began
        stages = model.staged_predict_proba if binary else model.staged_predict
        curves = {name: [score(binary, each, y) for each in stages(x)] for name, (x, y) in parts.items()}
        best = int(np.argmin(curves["validation"]))
        scores = {name: curve[best] for name, curve in curves.items()}
        yield {**scores, "setting": {**setting, "iterations": best + 1}, "seconds": seconds}


def best_of(candidates):
    return min(candidates, key=lambda candidate: candidate["validation"])


binary, parts = read_rows(sys.argv[1])
threads = int(sys.argv[2])
print(json.dumps({"forest": best_of(forests(binary, parts, threads)), "boosting": best_of(boostings(binary, parts))}))
