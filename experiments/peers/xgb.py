"""XGBoost; five folds choose between random settings and stop it early.

The search space is that of Grinsztajn et al. 2022 (arXiv 2207.08815), whose first setting is the library's own, with
learning rates from 0.01 to 0.3 instead of 1e-5 to 0.7: with so few trials, others would be wasted.

The model averages boosters of all rows that differ in their seeds. The mean of those of the folds instead, or besides, is
worse on small tables and hardly better on large ones.
"""

import numpy as np
import xgboost
from folds import Average, folds_of

ROUNDS = 2000
PATIENCE = 50  # rounds without a better score on the rows held out
SEEDS = 5


def trials(classes):
    """Each class has trees of its own."""
    return 30 if classes <= 2 else max(10, 60 // classes)


def settings(count):
    """The same ones for every table."""
    random = np.random.RandomState(1)
    log_uniform = lambda low, high: float(np.exp(random.uniform(np.log(low), np.log(high))))
    yield {}
    for _ in range(count - 1):
        yield {
            "max_depth": int(random.randint(1, 12)),
            "eta": log_uniform(0.01, 0.3),
            "min_child_weight": int(log_uniform(1, 101)),
            "subsample": float(random.uniform(0.5, 1)),
            "colsample_bylevel": float(random.uniform(0.5, 1)),
            "colsample_bytree": float(random.uniform(0.5, 1)),
            "gamma": log_uniform(1e-8, 7),
            "lambda": log_uniform(1, 4),
            "alpha": log_uniform(1e-8, 100),
        }


def objective(classes):
    if classes == 0:
        return {"objective": "reg:squarederror", "eval_metric": "rmse"}
    if classes == 2:
        return {"objective": "binary:logistic", "eval_metric": "logloss"}
    return {"objective": "multi:softprob", "eval_metric": "mlogloss", "num_class": classes}


def parameters(classes, setting, seed=1):
    return {"tree_method": "hist", "nthread": 1, "seed": seed, "verbosity": 0, **objective(classes), **setting}


class Booster:
    """Values, or chances [rows, classes]."""

    def __init__(self, booster, classes):
        self.booster = booster
        self.classes = classes

    def predict(self, x):
        two = self.classes == 2
        predicted = self.booster.predict(xgboost.DMatrix(x, nthread=1), output_margin=two).astype(np.float64)
        return 1 / (1 + np.exp(np.stack([predicted, -predicted], axis=1))) if two else predicted


def stopped(classes, setting, train, held):
    options = {"evals": [(held, "held")], "early_stopping_rounds": PATIENCE, "verbose_eval": False}
    return xgboost.train(parameters(classes, setting), train, ROUNDS, **options)


def fit(rows):
    x, y, classes = rows.x, rows.y, rows.classes
    matrix = lambda rows: xgboost.DMatrix(x[rows], y[rows], nthread=1)
    folds = [(matrix(a), matrix(b)) for a, b in folds_of(x, y, classes)]
    best = (np.inf, None, None)
    for setting in settings(trials(classes)):
        boosters = [stopped(classes, setting, train, held) for train, held in folds]
        score = float(np.mean([booster.best_score for booster in boosters]))
        if score < best[0]:
            best = (score, setting, int(np.mean([booster.best_iteration + 1 for booster in boosters])))
    score, setting, rounds = best
    rows = matrix(slice(None))
    trained = lambda seed: Booster(xgboost.train(parameters(classes, setting, seed), rows, rounds), classes)
    return Average([trained(seed) for seed in range(1, SEEDS + 1)]), {**setting, "rounds": rounds, "score": score}
