"""One model on prepared rows: main.py MODEL ROWS PREDICTIONS; main.py versions prints those of the libraries.

Writes what the model predicts for the test rows, values [rows] or chances [rows, classes], native float64, and prints
{ setting, seconds, wall, bytes }: what it chose, the processor and wall time of the whole fit, the size of the pickled model.
"""

import json
import pickle
import resource
import sys
import warnings
from importlib import import_module
from time import perf_counter

import numpy as np
from rows import read_rows

LIBRARIES = {"scikit-learn": "sklearn", "xgboost": "xgboost", "PyTorch": "torch"}
MODELS = {"linear": "linear", "forest": "forest", "boosting": "boosting", "xgboost": "xgb", "realmlp": "realmlp"}


def versions():
    found = {}
    for name, module in LIBRARIES.items():
        try:
            found[name] = import_module(module).__version__
        except ImportError:
            found[name] = None
    return found


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure(name, rows_path, predictions_path):
    fit = import_module(MODELS[name]).fit
    rows = read_rows(rows_path)
    began, start = processor_seconds(), perf_counter()
    model, setting = fit(rows)
    seconds, wall = processor_seconds() - began, perf_counter() - start
    np.asarray(model.predict(rows.test), dtype=np.float64).tofile(predictions_path)
    return {"setting": setting, "seconds": seconds, "wall": wall, "bytes": len(pickle.dumps(model))}


warnings.filterwarnings("ignore")
print(json.dumps(versions() if sys.argv[1] == "versions" else measure(*sys.argv[1:])))
