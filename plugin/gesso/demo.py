"""`gesso demo`: all of gesso inside a real GIMP 3, on one photo.

Finds a GIMP 3 or makes one, installs the plug-in into a profile made for the demo, runs `client/showcase` in
gimp-console, and writes the pictures, a before/after sheet and a table of times.
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gesso.contract.errors import BadInput, GessoError

CELL, ROW, GAP = 400, 340, 20  # pixels of the sheet: a picture's place, a row, what is between
COLUMNS = 4
LONGEST = 1800  # seconds that all of it may take
PREFERRED = "coffee"  # of scikit-image's own pictures; CC0, by Rachel Michetti


def run(photo: Path | None, output: Path) -> int:
    """Returns 0 when every action ran. `output` holds the pictures afterwards. Raises GessoError."""
    from gesso import gimp3, install

    output.mkdir(parents=True, exist_ok=True)
    output = output.resolve()
    source = prepare(photo, output / "photo.png")
    gimp = gimp3.find()
    print(f"GIMP {gimp.version}{f' in {gimp.tree}' if gimp.tree else ''}; first start, please wait ...", flush=True)
    profile = Path(tempfile.mkdtemp(prefix="gesso-demo-"))
    try:
        install.install_into(profile, python=gimp.engine_python(profile))
        with install.another_engine(profile):  # found under the same path in a tree
            done = gimp.batch(
                "import os, sys; sys.path.insert(0, os.path.join(os.environ['GIMP3_DIRECTORY'], 'plug-ins', 'gesso'));"
                f"from gesso.client.showcase import show; show({str(source)!r}, {str(output)!r})",
                profile,
                folders=[output],
                timeout=LONGEST,
            )
    except subprocess.TimeoutExpired:
        raise GessoError(f"GIMP did not end the demo in {LONGEST // 60} minutes.", "Run gesso diagnostics.") from None
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    report = output / "times.json"
    if not report.exists():
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise GessoError(f"GIMP did not run the demo:\n{tail}\n", "Run gesso diagnostics.")
    steps = json.loads(report.read_text())
    report.unlink()
    sheet(steps, output)
    print(table(steps))
    print(f"\nPictures, sheet.png and times.md are in {output}")
    return 0 if all("error" not in step for step in steps) else 1


def prepare(photo: Path | None, target: Path) -> Path:
    """The photo to work on as PNG, at most 1600 pixels wide or high. Raises BadInput."""
    try:
        if photo is None:
            from skimage import data

            picture = Image.fromarray(getattr(data, PREFERRED)())
        else:
            picture = Image.open(photo).convert("RGB")
    except ImportError:
        raise BadInput("No photo was named and scikit-image is not installed.", "pip install '.[demo]'") from None
    except OSError as error:
        raise BadInput(f"{photo} cannot be read: {error}.", "Name a PNG, JPEG, TIFF or WebP picture.") from None
    picture.thumbnail((1600, 1600))
    if min(picture.size) < 128:
        raise BadInput("The photo is too small for the demo.", "Use one of at least 128 x 128 pixels.")
    picture.save(target)
    return target


def table(steps: list[dict]) -> str:
    """The times as a Markdown table: first call (the model is loaded) and second call."""
    lines = ["| action | result | first call | again |", "|---|---|---|---|"]
    for step in steps:
        if "error" in step:
            lines.append(f"| {step['action']} | FAILED: {step['error']} | | |")
        else:
            first, again = step["seconds"]
            lines.append(f"| {step['action']} | {step['size']} | {first:.2f} s | {again:.2f} s |")
    return "\n".join(lines)


def sheet(steps: list[dict], output: Path) -> None:
    """sheet.png: every result, with what was there before on its left; and times.md."""
    (output / "times.md").write_text(table(steps) + "\n", encoding="utf-8")
    done = [step for step in steps if "error" not in step]
    places, row, column = [], 0, 0
    for step in done:
        width = 1 if step["before"] is None else 2
        if column + width > COLUMNS:
            row, column = row + 1, 0
        places.append((row, column))
        column += width
    page = Image.new("RGB", (COLUMNS * CELL + GAP, (row + 1) * ROW + GAP), (245, 244, 240))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(18)
    for step, (row, column) in zip(done, places, strict=True):
        x, y = GAP + column * CELL, GAP + row * ROW
        draw.text((x, y), f"{step['action']}   {step['seconds'][1]:.2f} s", (40, 40, 40), font)
        for number, name in enumerate(name for name in (step["before"], step["after"]) if name):
            with Image.open(output / name) as opened:
                picture = opened.convert("RGB")
            picture.thumbnail((CELL - GAP, ROW - 2 * GAP - 10), Image.Resampling.LANCZOS)
            page.paste(picture, (x + number * CELL, y + 28))
    page.save(output / "sheet.png")
