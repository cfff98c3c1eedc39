"""The README's batch commands, run as they stand there."""

import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(gimp-console.*?)^```", README, re.M | re.S)
RESULTS = ({"out/a.jpg": 2, "out/photo.png": 2}, {"photo-x2.png": 2}, {"fused.png": 1})  # each file, times as large


@pytest.mark.parametrize(
    ("command", "results"), list(zip(COMMANDS, RESULTS, strict=True)), ids=["python", "script-fu", "fuse"]
)
def test_batch(theatre, tmp_path, command, results):
    (tmp_path / "in").mkdir()
    for name in ("photo.png", "a.jpg"):
        Image.radial_gradient("L").convert("RGB").resize((40, 30)).save(tmp_path / "in" / name)
    here = theatre.gimp.command(["sh", "-c", f"cd '{tmp_path}' && {command}"], [theatre.folder])
    env = {**theatre.env, "GIMP3_DIRECTORY": str(theatre.profile), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(here, env=env, capture_output=True, text=True, timeout=300)
    for name, scale in results.items():
        assert (tmp_path / name).exists(), done.stdout + done.stderr
        assert Image.open(tmp_path / name).size == (scale * 40, scale * 30)
