"""Training steps of a PSiLON network in PyTorch: requests come as lines of JSON, answers go out the same way.

Written as PyTorch is best used: whole batches, few large operations, the path norm in its closed form. How many threads
it has is said by the environment before it starts, for OpenBLAS reads it but once.
"""

import functools
import json
import operator
import sys
import time


def product(factors):
    """Written out: the gradient of torch.prod looks for zeros on the host, so it cannot be part of a CUDA graph."""
    return functools.reduce(operator.mul, factors)


def make_modules(torch):
    functional = torch.nn.functional

    def lengths(g, size, shared):
        return torch.nn.Parameter(torch.full((1 if shared else size,), g))

    class Linear(torch.nn.Module):
        """z = x W^T + b with W_i = g_i v_i / |v_i|_1. The factor of a row is one of a column of x v^T."""

        def __init__(self, inputs, outputs, shared):
            super().__init__()
            self.v = torch.nn.Parameter(torch.nn.init.orthogonal_(torch.empty(outputs, inputs)))
            self.g = lengths(1.0, outputs, shared)
            self.b = torch.nn.Parameter(torch.zeros(outputs))

        def forward(self, x):
            return torch.addcmul(self.b, functional.linear(x, self.v), self.g / self.v.abs().sum(1))

    class CReluLinear(torch.nn.Module):
        """The same for max(x, 0) and min(x, 0), with two matrices of which a row has the norm of their maximum."""

        def __init__(self, inputs, outputs, shared, length):
            super().__init__()
            v = torch.nn.init.orthogonal_(torch.empty(outputs, inputs))
            self.positive, self.negative = torch.nn.Parameter(v), torch.nn.Parameter(v.clone())
            self.g = lengths(length, outputs, shared)
            self.b = torch.nn.Parameter(torch.zeros(outputs))

        def forward(self, x):
            a, b = self.positive, self.negative
            # max(|a|, |b|) = (|a + b| + |a - b|) / 2, whose gradient is cheaper and the same, ties included
            norms = 0.5 * ((a + b).abs().sum(1) + (a - b).abs().sum(1))
            above = functional.relu(x)
            product = torch.addmm(functional.linear(above, a), x - above, b.t())
            return torch.addcmul(self.b, product, self.g / norms)

    class Mlp(torch.nn.Module):
        def __init__(self, inputs, hidden, depth, outputs):
            super().__init__()
            widths = [inputs] + [hidden] * depth
            self.hidden = torch.nn.ModuleList(Linear(a, b, True) for a, b in zip(widths, widths[1:]))
            self.last = Linear(hidden, outputs, False)

        def forward(self, x):
            for layer in self.hidden:
                x = functional.relu(layer(x))
            return self.last(x)

        def path_norm(self):
            return product(layer.g.abs() for layer in self.hidden) * self.last.g.abs().sum()

    class ResNet(torch.nn.Module):
        def __init__(self, inputs, hidden, depth, outputs):
            super().__init__()
            self.first = Linear(inputs, hidden, True)
            self.blocks = torch.nn.ModuleList(CReluLinear(hidden, hidden, True, 0.0) for _ in range(depth - 1))
            self.last = CReluLinear(hidden, outputs, False, 1.0)

        def forward(self, x):
            z = self.first(x)
            for block in self.blocks:
                z = z + block(z)
            return self.last(z)

        def path_norm(self):
            blocks = (1 + block.g.abs() for block in self.blocks)
            return product([self.first.g.abs(), *blocks]) * self.last.g.abs().sum()

    return {"mlp": Mlp, "resnet": ResNet}


class Training:
    def __init__(self, torch, job, batches):
        self.torch, self.job = torch, job
        self.batch, self.batches = job["batch"], batches
        network = make_modules(torch)[job["kind"]]
        self.network = network(job["inputs"], job["hidden"], job["depth"], job["outputs"])
        rows = self.batch * batches
        self.x = torch.randn(rows, job["inputs"])
        softmax = job["loss"] == "softmax"
        self.y = torch.randint(job["outputs"], (rows,)) if softmax else torch.randn(rows, job["outputs"])
        self.loss = torch.nn.functional.cross_entropy if softmax else torch.nn.functional.mse_loss
        self.adam = torch.optim.Adam(self.network.parameters(), lr=job["learningRate"], betas=(0.9, 0.999))

    def epoch(self):
        order = self.torch.randperm(self.x.shape[0])
        strength = 0.5 * self.job["lambda"]
        for k in range(self.batches):
            rows = order[k * self.batch : (k + 1) * self.batch]
            self.adam.zero_grad(set_to_none=True)
            objective = 0.5 * self.loss(self.network(self.x[rows]), self.y[rows]) + strength * self.network.path_norm()
            objective.backward()
            self.adam.step()


def answer(torch, trainings, request):
    job = request["job"]
    if job["name"] not in trainings:
        trainings[job["name"]] = Training(torch, job, request["batches"])
    training = trainings[job["name"]]
    training.epoch()
    seconds = []
    for _ in range(request["repeats"]):
        begin = time.perf_counter()
        training.epoch()
        seconds.append((time.perf_counter() - begin) / request["batches"])
    return {"seconds": seconds}


def main():
    try:
        import torch
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), flush=True)
        return
    torch.set_flush_denormal(True)
    print(json.dumps({"version": torch.__version__}), flush=True)
    trainings = {}
    for line in sys.stdin:
        print(json.dumps(answer(torch, trainings, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
