"""Training in several processes: one model, the mean of all gradients, one checkpoint."""

import os
import subprocess
import sys
from pathlib import Path

import torch

SCRIPT = """
import argparse, sys, torch
from export import team
from export.training import Run
chosen = argparse.Namespace(threads=1, seed=1, start=None, fresh=False, minutes=1, steps=3)
run = Run("tiny", torch.nn.Linear(2, 1), chosen, lr=0.1)  # each begins with weights of its own
begun = [value.clone() for value in run.model.state_dict().values()]
for pixels in (torch.eye(2), torch.ones(1, 2), torch.ones(1, 2)):
    bad = run.steps == 2 and team.RANK == 1
    run.step(run.model(pixels * (1 + team.RANK)).square().mean() * (float("nan") if bad else 1))
state = {"begun": begun, "end": list(run.model.state_dict().values()), "seed": chosen.seed}
torch.save(state, f"{sys.argv[1]}-{team.RANK}.pt")
print("said once")
"""


def test_two_processes_train_one_model(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29517"]
    told = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}, "timeout": 300}
    made = subprocess.run([*command, "script.py", str(tmp_path / "state")], capture_output=True, text=True, **told)
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("said once") == 1
    first, second = (torch.load(tmp_path / f"state-{rank}.pt", weights_only=True) for rank in (0, 1))
    assert first["seed"] != second["seed"]
    for part in ("begun", "end"):
        assert all(torch.equal(a, b) for a, b in zip(first[part], second[part], strict=True))
    assert not torch.equal(first["begun"][0], first["end"][0])
    kept = torch.load(tmp_path / ".work/tiny.pt", weights_only=True)
    assert kept["steps"] == 3 and torch.equal(kept["model"]["weight"], first["end"][0])
