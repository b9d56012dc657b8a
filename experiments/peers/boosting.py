"""Histogram gradient boosting of scikit-learn; five folds choose the setting and the number of iterations.

The model averages one of all rows with the mean of those of the folds: alone, the first is worse on large tables and the
others on small ones.
"""

import numpy as np
from folds import Average, folds_of, loss, predicting
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import ParameterGrid

GRID = ParameterGrid({"learning_rate": [0.03, 0.1], "max_leaf_nodes": [8, 31], "l2_regularization": [0.0, 1.0]})
ITERATIONS = 1000
STEP = 20  # going on costs a new binning of the rows
PATIENCE = 60  # iterations without a better score on the rows held out


def model_of(classes, setting, iterations):
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return kind(max_iter=iterations, early_stopping=False, warm_start=True, random_state=1, **setting)


def least_loss(classes, setting, train, held):
    """The least loss on the rows held out, and after how many iterations."""
    model = model_of(classes, setting, 0)
    best = (np.inf, 0)
    for iterations in range(STEP, ITERATIONS + 1, STEP):
        model.set_params(max_iter=iterations).fit(*train)
        best = min(best, (loss(predicting(model, classes).predict(held[0]), held[1], classes), iterations))
        if iterations - best[1] >= PATIENCE:
            break
    return best


def fit(rows):
    x, y, classes = rows.x, rows.y, rows.classes
    folds = folds_of(x, y, classes)
    best = (np.inf, None, None)
    for setting in GRID:
        found = [least_loss(classes, setting, (x[a], y[a]), (x[b], y[b])) for a, b in folds]
        score = float(np.mean([loss for loss, _ in found]))
        if score < best[0]:
            best = (score, setting, int(np.mean([iterations for _, iterations in found])))
    score, setting, iterations = best
    trained = lambda rows: predicting(model_of(classes, setting, iterations).fit(x[rows], y[rows]), classes)
    model = Average([trained(slice(None)), Average([trained(rows) for rows, _ in folds])])
    return model, {**setting, "iterations": iterations, "score": score}
