"""Several processes that train one model together, on several GPUs or machines, started by torchrun:

    torchrun --nproc-per-node 4 -m export.restore.train FOLDER --task denoise

Each looks at crops of its own; after every step backward they take the mean of their gradients (data parallel). One
process alone is a team, too, and does nothing of this.
"""

import os
import sys

import torch
from torch import distributed, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

RANK, SIZE = (int(os.environ.get(name, default)) for name, default in (("RANK", 0), ("WORLD_SIZE", 1)))
LOCAL = int(os.environ.get("LOCAL_RANK", 0))  # the number of the process on its machine, and of its GPU
APART = 1_000_003  # between the seeds of the processes: more than one will ever make steps


def join() -> torch.device:
    """The device of this process, which has joined the others. Only the first of them has a voice."""
    device = torch.device("cuda", LOCAL) if torch.cuda.is_available() else torch.device("cpu")
    if SIZE > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        if RANK:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - as long as the process lives
    return device


def share(model: nn.Module) -> None:
    """Give all processes the first one's weights."""
    if SIZE > 1:
        for tensor in (*model.parameters(), *model.buffers()):
            distributed.broadcast(tensor.detach(), 0)


def agree(loss: torch.Tensor, seconds: float) -> tuple[bool, float]:
    """(whether every process has a finite loss, the longest time of all), the same for each."""
    finite = bool(torch.isfinite(loss))
    if SIZE == 1:
        return finite, seconds
    found = torch.tensor([0.0 if finite else 1.0, seconds], dtype=torch.float64, device=loss.device)
    distributed.all_reduce(found, distributed.ReduceOp.MAX)
    return found[0].item() == 0, found[1].item()


def mean_gradients(model: nn.Module) -> None:
    """Every process's gradients become the mean of all."""
    if SIZE > 1:
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        flat = parameters_to_vector(gradients)
        distributed.all_reduce(flat)
        vector_to_parameters(flat / SIZE, gradients)
