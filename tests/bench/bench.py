"""What gesso costs over the networks' own work: whole warm calls through GIMP against the runs of networks in them.

    python tests/bench/bench.py [--runs 5] [--megapixels 1 12 48] [--actions ...] [--gimp 3.0]

Prints a Markdown table: medians of one run on this machine, and the engine's largest memory. Bounds: overhead at most
0.35 s + 10 % of the raw runs; fill of a 400-pixel hole in 12 MP at most 1.5 s; engine below 1.2 GB at 48 MP.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
from gesso import gimp3
from gesso.contract.actions import find
from gesso.engine import session
from gesso.engine.files import write
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.install import install_into

HERE = Path(__file__).resolve().parent
HOLE = 400  # pixels, for fill
CASES = ("enhance denoise", "enhance upscale", "inpaint fill")
LARGEST = {"enhance upscale": 12}  # megapixels: x2 of 48 MP is a 192-MP image, an hour of work here


class Timed:
    """Adds up how long the runs of networks took, whatever runs them."""

    seconds = 0.0

    @classmethod
    def of(cls, run):
        def timed(network: session.Network, inputs, progress):
            start = time.perf_counter()
            try:
                return run(network, inputs, progress)
            finally:
                cls.seconds += time.perf_counter() - start

        return timed


def photo(megapixels: float) -> np.ndarray:
    """A 3:2 picture of that size, repeated from a real photo, with a little noise; HxWx3 uint8."""
    from skimage import data

    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(height * 1.5)
    piece = data.coffee()
    repeats = (-(-height // piece.shape[0]), -(-width // piece.shape[1]), 1)
    picture = np.tile(piece, repeats)[:height, :width]
    noise = np.random.default_rng(1).integers(-6, 7, picture.shape, np.int8)
    return np.clip(picture.astype(np.int16) + noise, 0, 255).astype(np.uint8)


def hole(array: np.ndarray) -> np.ndarray:
    mask = np.zeros(array.shape[:2], np.float32)
    y, x = (array.shape[0] - HOLE) // 2, (array.shape[1] - HOLE) // 2
    mask[y : y + HOLE, x : x + HOLE] = 1
    return mask


def raw_seconds(action: str, array: np.ndarray, models: session.Models, runs: int) -> float:
    """Median sum of the networks' runs of one action, in this process, after a first run that loads the model."""
    menu, name = action.split()
    mask = hole(array) if action == "inpaint fill" else None
    found = []
    for _ in range(runs + 1):
        Timed.seconds = 0.0
        perform(find(menu, name), {}, models, Progress(), Picture(array), mask)
        found.append(Timed.seconds)
    return statistics.median(found[1:])


def peak_memory(home: Path) -> float:
    """The engine's largest resident memory so far, in MB; the planes it maps are in it."""
    os.environ["GESSO_HOME"] = str(home)
    from gesso.client.link import Engine

    with Engine() as engine:
        status = Path(f"/proc/{engine.hello()['pid']}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megapixels", type=int, nargs="+", default=[1, 12, 48])
    parser.add_argument("--actions", nargs="+", choices=CASES, default=CASES)
    parser.add_argument("--gimp", default="3.0")
    args = parser.parse_args()
    session.Network.run = Timed.of(session.Network.run)
    gimp, models = gimp3.find(args.gimp), session.Models()
    with tempfile.TemporaryDirectory(prefix="gesso-bench-") as name:
        folder = Path(name)
        (folder / "profile").mkdir()
        install_into(folder / "profile", gimp.engine_python(folder))
        print(f"GIMP {gimp.version}, onnxruntime {ort.__version__}, {os.cpu_count()} cores, medians of {args.runs}\n")
        print("| action | MP | first call | warm call | raw runs | overhead | allowed | engine MB |")
        print("|---|---|---|---|---|---|---|---|")
        for megapixels in args.megapixels:
            array = photo(megapixels)
            write(folder / "photo.png", Picture(array))
            for action in args.actions:
                if megapixels > LARGEST.get(action, megapixels):
                    continue
                runs = args.runs if megapixels < 48 else 1
                home = folder / f"home-{megapixels}-{action.split()[1]}"
                code = (
                    f"import sys; sys.path[:0] = [{str(HERE.parent / 'gimp')!r}, {str(HERE)!r}]; import inside;"
                    f"inside.measure({action!r}, {str(folder)!r}, {runs}, {HOLE})"
                )
                env = {"HOME": name, "GESSO_HOME": str(home), "GESSO_IDLE": "60"}
                done = gimp.batch(code, folder / "profile", [HERE.parent, folder], env)
                times = folder / "times.json"
                if not times.exists():
                    raise SystemExit(f"GIMP did not measure {action}:\n{done.stdout}\n{done.stderr}")
                first, *warm = json.loads(times.read_text())
                times.unlink()
                memory = peak_memory(home)  # before the raw runs: an idle engine leaves
                whole, raw = statistics.median(warm), raw_seconds(action, array, models, runs)
                print(
                    f"| {action} | {megapixels} | {first:.2f} s | {whole:.2f} s | {raw:.2f} s | {whole - raw:.2f} s |"
                    f" {0.35 + 0.1 * raw:.2f} s | {memory:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
