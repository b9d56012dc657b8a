"""The network of RealMLP-TD, Holzmüller, Grinsztajn, Steinwart 2024 (arXiv 2407.04491), section 3 and appendix A."""

import math

import torch
from torch import nn
from torch.nn import functional

HIDDEN = [256, 256, 256]
ONE_HOT_LEVELS = 9  # a column of more levels has an embedding
EMBEDDING = 8
FREQUENCIES = 16
DEVIATION = 0.1  # of the frequencies
PERIODIC = 3  # outputs for each number, beside the number itself
SIMPLEX = 5  # rows that a bias mixes


class Inputs(nn.Module):
    """From prepared rows: numbers [rows, n], marks of two values or one level [rows, m], levels [rows, k] to embed.

    Two levels are one mark, -1 or 1. Numbers and marks are scaled by median and inter-quartile range (where that is 0, by
    half the range) of the rows that train, then drawn in smoothly to less than 3.
    """

    def __init__(self, columns, x):
        super().__init__()
        self.numbers, self.marks, self.pairs, self.embedded = [], [], [], []
        first = 0
        for column in columns:
            width = column["width"]
            if column["kind"] == "number":
                self.numbers.append(first)
                self.marks.extend(range(first + 1, first + width))
            elif width == 2:
                self.pairs.append(first)
            elif width <= ONE_HOT_LEVELS:
                self.marks.extend(range(first, first + width))
            else:
                self.embedded.append((first, width))
            first += width
        plain = self.plain(x)
        low, median, high = (plain.quantile(p, dim=0) for p in (0.25, 0.5, 0.75))
        half_range = (plain.amax(0) - plain.amin(0)) / 2
        scale = torch.where(high > low, high - low, half_range)
        self.register_buffer("median", median)
        self.register_buffer("factor", torch.where(scale > 0, 1 / scale, torch.zeros_like(scale)))

    def plain(self, x):
        pairs = torch.tensor(self.pairs, dtype=torch.long)
        return torch.cat([x[:, self.numbers], x[:, self.marks], x[:, pairs + 1] - x[:, pairs]], dim=1)

    def forward(self, x):
        z = (self.plain(x) - self.median) * self.factor
        clipped = z / torch.sqrt(1 + (z / 3) ** 2)
        numbers = len(self.numbers)
        levels = [x[:, first : first + width] for first, width in self.embedded]
        return clipped[:, :numbers], clipped[:, numbers:], levels


class Periodic(nn.Module):
    """Each number x beside A cos(2 pi w x + b) + c, with w, b, A, c of its own."""

    def __init__(self, numbers):
        super().__init__()
        uniform = lambda *shape: torch.rand(shape) * 2 - 1
        root = math.sqrt(FREQUENCIES)
        self.frequency = nn.Parameter(DEVIATION * torch.randn(numbers, FREQUENCIES))
        self.phase = nn.Parameter(math.pi * uniform(numbers, FREQUENCIES))
        self.weight = nn.Parameter(uniform(numbers, FREQUENCIES, PERIODIC) / root)
        self.bias = nn.Parameter(uniform(numbers, PERIODIC) / root)

    def forward(self, x):
        waves = torch.cos(2 * math.pi * self.frequency * x.unsqueeze(2) + self.phase)
        mixed = torch.einsum("rnf,nfp->rnp", waves, self.weight) + self.bias
        return torch.cat([x, mixed.flatten(1)], dim=1)


class Linear(nn.Module):
    """x W / sqrt(inputs) + b, the neural tangent parametrisation. By the rows x it starts from, each output has the
    deviation 1 before b, and b takes away a random mean of some rows' outputs."""

    def __init__(self, x, outputs):
        super().__init__()
        inputs = x.shape[1]
        self.root = math.sqrt(inputs)
        weight = torch.randn(inputs, outputs)
        weight = weight / (x @ weight / self.root).std(0, unbiased=False).clamp_min(1e-6)
        z = x @ weight / self.root
        shares = torch.distributions.Exponential(1.0).sample((SIMPLEX, outputs))
        chosen = z.gather(0, torch.randint(len(x), (SIMPLEX, outputs)))
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(-(chosen * shares / shares.sum(0)).sum(0))

    def forward(self, x):
        return torch.addmm(self.bias, x, self.weight, alpha=1 / self.root)


class Activation(nn.Module):
    """x + a (act(x) - x), with an a for each unit."""

    def __init__(self, units, function):
        super().__init__()
        self.function = function
        self.slope = nn.Parameter(torch.ones(units))

    def forward(self, x):
        return torch.lerp(x, self.function(x), self.slope)


class Network(nn.Module):
    """Inputs, embeddings, a scale of each input, layers. `dropout` is set from outside."""

    dropout = 0.0

    @torch.no_grad()
    def __init__(self, columns, x, classes):
        super().__init__()
        self.inputs = Inputs(columns, x)
        numbers, _, levels = self.inputs(x)
        self.periodic = Periodic(numbers.shape[1])
        self.embeddings = nn.ParameterList(torch.randn(each.shape[1], EMBEDDING) for each in levels)
        embedded = self.embed(x)
        self.scale = nn.Parameter(torch.ones(embedded.shape[1]))
        self.layers, self.activations = nn.ModuleList(), nn.ModuleList()
        for units in HIDDEN:
            self.layers.append(Linear(embedded, units))
            self.activations.append(Activation(units, functional.selu if classes else functional.mish))
            embedded = self.activations[-1](self.layers[-1](embedded))
        self.last = Linear(embedded, max(1, classes))

    def embed(self, x):
        numbers, marks, levels = self.inputs(x)
        embedded = [each @ table for each, table in zip(levels, self.embeddings)]
        return torch.cat([self.periodic(numbers), marks, *embedded], dim=1)

    def forward(self, x):
        x = self.embed(x) * self.scale
        for layer, activation in zip(self.layers, self.activations):
            x = functional.dropout(activation(layer(x)), self.dropout, self.training)
        return self.last(x)

    def groups(self):
        """Parameters by how fast they learn and whether they decay."""
        of = lambda modules, name: [getattr(module, name) for module in modules]
        layers = [*self.layers, self.last]
        group = lambda params, factor, decays=True: {"params": params, "factor": factor, "decays": decays}
        return [
            group([*of(layers, "weight"), *self.embeddings], 1.0),
            group(of(layers, "bias"), 0.1, False),
            group(of(self.activations, "slope"), 0.1),
            group(list(self.periodic.parameters()), 0.1),
            group([self.scale], 6.0),
        ]
