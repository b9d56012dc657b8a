"""Folds of the rows that train, and scores on what they hold out."""

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

FOLDS = 5


def folds_of(x, y, classes):
    kind = StratifiedKFold if classes else KFold
    return list(kind(FOLDS, shuffle=True, random_state=1).split(x, y))


def loss(predicted, y, classes):
    """Root mean squared error, or mean log loss of chances [rows, classes]."""
    if classes == 0:
        return float(np.sqrt(np.mean((predicted - y) ** 2)))
    least = np.finfo(np.float64).eps
    chances = predicted[np.arange(len(y)), y.astype(int)]
    return float(-np.mean(np.log(np.clip(chances, least, 1 - least))))


class Average:
    """The mean of what several models predict."""

    def __init__(self, models):
        self.models = models

    def predict(self, x):
        return np.mean([model.predict(x) for model in self.models], axis=0)


class Chances:
    """A classifier of scikit-learn whose predictions are chances."""

    def __init__(self, model):
        self.model = model

    def predict(self, x):
        return self.model.predict_proba(x)


def predicting(model, classes):
    return Chances(model) if classes else model
