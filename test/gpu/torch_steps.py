"""Training steps of a PSiLON network in PyTorch on a GPU: as PyTorch runs them, and as a CUDA graph that is replayed.

Jobs come as JSON: {"device", "batches", "epochs", "jobs"}; a line of JSON for each way to train each of them goes out,
with the seconds of a step in each epoch, or why there is none. A way that fails is told on stderr, and the others go on.
The networks are those of bench/peers/torch_step.py.
"""

import json
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "peers"))
from torch_step import make_modules  # noqa: E402


class Training:
    """One batch at a time, whose rows are named by `rows` on the device."""

    def __init__(self, torch, job, batches, device):
        self.torch, self.job, self.batches, self.device = torch, job, batches, device
        self.batch = job["batch"]
        modules = make_modules(torch)[job["kind"]]
        self.network = modules(job["inputs"], job["hidden"], job["depth"], job["outputs"]).to(device)
        count = self.batch * batches
        self.x = torch.randn(count, job["inputs"], device=device)
        softmax = job["loss"] == "softmax"
        outputs = job["outputs"]
        self.y = torch.randint(outputs, (count,)) if softmax else torch.randn(count, outputs)
        self.y = self.y.to(device)
        self.loss = torch.nn.functional.cross_entropy if softmax else torch.nn.functional.mse_loss
        fast = {"fused": True, "capturable": True} if device == "cuda" else {}
        self.adam = torch.optim.Adam(self.network.parameters(), lr=job["learningRate"], **fast)
        self.rows = torch.arange(self.batch, device=device)

    def step(self):
        self.adam.zero_grad(set_to_none=True)
        strength = 0.5 * self.job["lambda"]
        outputs = self.network(self.x[self.rows])
        objective = 0.5 * self.loss(outputs, self.y[self.rows]) + strength * self.network.path_norm()
        objective.backward()
        self.adam.step()

    def recorded(self):
        """The step as a graph, after the warm-up that capturing needs."""
        torch = self.torch
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        self.adam.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.step()
        return graph.replay

    def epoch(self, step):
        order = self.torch.randperm(self.x.shape[0], device=self.device)
        for k in range(self.batches):
            self.rows.copy_(order[k * self.batch : (k + 1) * self.batch])
            step()

    def wait(self):
        if self.device == "cuda":
            self.torch.cuda.synchronize()


def measure(torch, request, job, recorded):
    training = Training(torch, job, request["batches"], request["device"])
    step = training.recorded() if recorded else training.step
    training.epoch(step)
    training.wait()
    seconds = []
    for _ in range(request["epochs"]):
        begin = time.perf_counter()
        training.epoch(step)
        training.wait()
        seconds.append((time.perf_counter() - begin) / request["batches"])
    return seconds


def ways(request):
    """Graphs last, as a capture that fails may leave the device unusable."""
    for recorded in (False, True) if request["device"] == "cuda" else (False,):
        for precision in ("float32", "tf32") if request["device"] == "cuda" else ("float32",):
            for job in request["jobs"]:
                yield job, precision, recorded


def main():
    request = json.load(sys.stdin)
    try:
        import torch
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    if request["device"] == "cuda" and not torch.cuda.is_available():
        print(json.dumps({"missing": f"PyTorch {torch.__version__} sees no GPU"}))
        return
    failed = False
    for job, precision, recorded in ways(request):
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        try:
            seconds = measure(torch, request, job, recorded)
        except Exception:
            failed = True
            print(f"{job['name']}, {precision}, {'graph' if recorded else 'plain'}:", file=sys.stderr)
            traceback.print_exc()
            continue
        way = {"precision": precision, "graph": recorded}
        versions = {"torch": torch.__version__, "cuda": torch.version.cuda}
        print(json.dumps({"job": job["name"], **way, "seconds": seconds, "versions": versions}), flush=True)
    sys.exit(failed)


main()
