"""RealMLP-TD in PyTorch, written after its description: Holzmüller, Grinsztajn, Steinwart 2024 (arXiv 2407.04491).

Its defaults for everything; nothing is searched. Of classes it is the variant that its authors advise where the log loss
counts: no label smoothing, and the epoch is chosen by the log loss.

A network trains on four of five folds and keeps its epoch with the least loss on the fifth; the model averages the five.
"""

import copy
import math

import numpy as np
import torch
from folds import Average, folds_of, loss
from realmlp_network import Network
from torch.nn import functional

EPOCHS = 256
BATCH = 256
RATE = {"values": 0.2, "classes": 0.04}
BETAS = (0.9, 0.95)
DROPOUT = 0.15
DECAY = 0.02


def cycles(t):
    """Four cosines, each twice as long as the one before."""
    return 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * t)))


def flat_cosine(t):
    return 1.0 if t < 0.5 else 0.5 * (1 + math.cos(math.pi * (2 * t - 1)))


def tensor(values):
    return torch.tensor(values, dtype=torch.float32)


class Trained:
    """Values within those of the rows that trained, or chances [rows, classes]."""

    def __init__(self, network, classes, y):
        self.network = network
        self.classes = classes
        self.mean, self.deviation = (0.0, 1.0) if classes else (float(y.mean()), float(y.std()) or 1.0)
        self.least, self.largest = float(y.min()), float(y.max())

    def scaled(self, y):
        return torch.tensor(y, dtype=torch.long) if self.classes else tensor((y - self.mean) / self.deviation)

    @torch.no_grad()
    def predict(self, x):
        self.network.eval()
        outputs = self.network(tensor(x)).double()
        self.network.train()
        if self.classes:
            return outputs.softmax(1).numpy()
        return np.clip(self.mean + self.deviation * outputs[:, 0].numpy(), self.least, self.largest)


def objective(outputs, y, classes):
    return functional.cross_entropy(outputs, y) if classes else functional.mse_loss(outputs[:, 0], y)


def adjust(optimizer, network, rate, t):
    network.dropout = DROPOUT * flat_cosine(t)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"] * cycles(t)
        group["weight_decay"] = DECAY * flat_cosine(t) if group["decays"] else 0.0


def trained(columns, classes, train, held, seed):
    """The network at its best epoch, and the loss and number of that."""
    torch.manual_seed(seed)
    x, y = tensor(train[0]), train[1]
    network = Network(columns, x, classes)
    model = Trained(network, classes, y)
    y = model.scaled(y)
    optimizer = torch.optim.AdamW(network.groups(), betas=BETAS, foreach=True)
    size = min(BATCH, len(x))
    steps = len(x) // size
    best = (math.inf, 0, None)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(x))
        for step in range(steps):
            rows = order[step * size : (step + 1) * size]
            adjust(optimizer, network, RATE["classes" if classes else "values"], (epoch + step / steps) / EPOCHS)
            optimizer.zero_grad(set_to_none=True)
            objective(network(x[rows]), y[rows], classes).backward()
            optimizer.step()
        found = loss(model.predict(held[0]), held[1], classes)
        if found <= best[0]:
            best = (found, epoch + 1, copy.deepcopy(network.state_dict()))
    network.load_state_dict(best[2])
    return model, best[0], best[1]


def fit(rows):
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    x, y, classes = rows.x, rows.y, rows.classes
    found = [
        trained(rows.columns, classes, (x[a], y[a]), (x[b], y[b]), seed)
        for seed, (a, b) in enumerate(folds_of(x, y, classes))
    ]
    models, losses, epochs = zip(*found)
    return Average(models), {"epochs": epochs, "score": float(np.mean(losses))}
