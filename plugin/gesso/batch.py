"""`gesso <menu> <action>` on files: one run, or one for each of several photos."""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from gesso.arguments import settings
from gesso.contract.actions import Action
from gesso.contract.actions.action import SIDES
from gesso.contract.errors import BadInput, GessoError, NothingFound
from gesso.contract.params import OtherLayer
from gesso.engine import colour, composite, files
from gesso.engine.image import Picture, alike
from gesso.engine.job import perform, whole
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.plan import Run, check, check_formats, check_unused, inputs, other_file, partner, plan, spread

SPECKS = 0.08  # of a JPEG mask: so much its compression alone may leave beside an edge
FAILURES = (GessoError, OSError, MemoryError)


def run_action(args: argparse.Namespace) -> int:
    """The exit status. Of several photos it goes on after a bad one, says which it was, and ends with its status."""
    chosen, models, given = settings(args), Models(), getattr(args, "image", [])
    several = len(given) > 1 or any(path.is_dir() for path in given)
    runs = list(plan(args, chosen.get("candidates", 1), several))
    check(args, chosen, runs)
    if not several:
        print(perform_one(args, chosen, models, runs[0], alone=True))
        return 0
    status = 0
    for run in tqdm(runs, unit="picture", desc=args.action.title, disable=None):
        try:
            tqdm.write(perform_one(args, chosen, models, run, alone=False), file=sys.stdout)
        except BrokenPipeError:  # nobody reads what is printed any more
            raise
        except FAILURES as error:
            text = sentence(error)
            tqdm.write(text if str(run.photo) in text else f"{run.photo}: {text}", file=sys.stderr)
            status = getattr(error, "exit_code", 1)
    return status


def sentence(error: BaseException) -> str:
    """What an error of FAILURES says to the user."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    return str(error) or "There is not enough memory."


def read(path: Path) -> files.File:
    """The first picture of the file; says so where there are more."""
    file = files.read(path)
    if file.pages > 1:
        tqdm.write(f"{path}: It holds {file.pages} pictures, of which only the first is read.", file=sys.stderr)
    return file


def perform_one(args: argparse.Namespace, chosen: dict[str, Any], models: Models, run: Run, alone: bool) -> str:
    """Read, work, write; a line of JSON that says what was done. alone: show how far the run is."""
    action: Action = args.action
    photo, outputs = run.photo, run.outputs
    stack = [] if photo else read_stack(spread(getattr(args, "layers", [])))
    source = read(photo) if photo else stack[0] if stack else None
    check_formats(action, chosen, run)
    for file in outputs:
        files.check_size(file, *size_of(action, chosen, source.picture if source else None))
    if source and action.colors:
        source = source.with_colours()
    mask = read_mask(partner(args.mask, photo)) if photo and getattr(args, "mask", None) else None
    given = {"top": partner(args.top, photo)} if photo and "top" in action.reads else {}
    given |= {
        param.name: other_file(param, Path(chosen[param.name]), photo)
        for param in action.params
        if isinstance(param, OtherLayer) and chosen[param.name]
    }
    others = {name: read_beside(file, source, photo) for name, file in given.items()}
    top, layers = others.pop("top", None), tuple(file.picture for file in stack)
    with tqdm(total=100, unit="%", desc=action.title, leave=False, disable=None if alone else True) as bar:

        def report(done: float, text: str) -> None:
            bar.update(round(100 * done) - bar.n)

        image = source.picture if source and photo else None
        try:
            outcome, record = perform(action, chosen, models, Progress(report), image, mask, top, layers, others)
        except NothingFound as reason:
            if alone or source is None:
                raise
            return hand_on(run, source, reason)
    written: list[Path] = []
    if outputs and action.animates:
        written = files.frame_files(outputs[0], len(outcome.layers))
        check_unused(written, inputs(args, chosen))
        files.write_frames(outputs[0], [layer.picture for layer in reversed(outcome.layers)], source)
    elif outputs and outputs[0].suffix.lower() == ".cube":
        if outcome.table is None:
            raise BadInput(f"{action.title} finds no look that fits all of the picture.", "Name a picture to write.")
        files.write_cube(outputs[0], outcome.table)
        written = [outputs[0]]
    else:
        for file, result in zip(outputs, outcome.layers, strict=False):  # there may be fewer candidates than asked for
            files.write(file, whole(action, chosen, image, result, mask), source)
            written.append(file)
            if image is not None and result.mask is not None and run.found:
                files.write(run.found, composite.on_canvas(result.mask, image, result.x, result.y))
                written.append(run.found)
    for warning in record["notes"].get("warnings", ()):
        tqdm.write(f"{photo or outputs[0]}: {warning}", file=sys.stderr)
    told: dict[str, Any] = {"picture": str(photo)} if photo else {}
    told |= {**record["facts"], "models": record["models"]} if action.reports else record
    told |= {name: str(file) for name, file in given.items()}
    told |= {"mask": str(partner(args.mask, photo))} if mask is not None and photo else {}
    told |= {"pictures": [str(file) for file in spread(args.layers)]} if stack else {}
    if not action.reports or written:
        told |= {"files": [str(file) for file in written]}
    return json.dumps(told, ensure_ascii=False)


def hand_on(run: Run, source: files.File, reason: NothingFound) -> str:
    """Write one of several photos as it is, with an empty mask, so that none is missing from the results."""
    for file in run.outputs:
        if run.photo and file.suffix.lower() == run.photo.suffix.lower():
            with files.whole_file(file) as partial:
                shutil.copyfile(run.photo, partial)
        else:
            files.write(file, source.picture, source)
    if run.found:
        files.write(run.found, composite.on_canvas(np.zeros((1, 1), bool), source.picture, 0, 0))
    written = [str(file) for file in (*run.outputs, *([run.found] if run.found else []))]
    return json.dumps({"picture": str(run.photo), "nothing": reason.message, "files": written}, ensure_ascii=False)


def size_of(action: Action, chosen: dict[str, Any], source: Picture | None) -> tuple[int, int]:
    """Width and height that the result will have; 0 where that is left to a model."""
    if source is None or action.alone:
        return chosen.get("width", 0), chosen.get("height", 0)
    times = int(chosen["scale"]) if action.enlarges else 1
    left, right, top, bottom = (chosen[side] if action.extends else 0 for side in SIDES)
    return left + times * source.width + right, top + times * source.height + bottom


def read_stack(paths: Sequence[Path]) -> list[files.File]:
    """The pictures, in one encoding. Raises BadInput where their profiles differ."""
    stack = [read(file) for file in paths]
    if len({file.icc for file in stack}) > 1:
        raise BadInput("The pictures have different color profiles.", "Convert them to one profile first.")
    pictures = alike([file.picture for file in stack]) if stack else []
    icc = next((file.icc for file in stack if file.picture.colours == pictures[0].colours), None)
    return [replace(file, picture=picture, icc=icc) for file, picture in zip(stack, pictures, strict=True)]


def read_beside(path: Path, source: files.File | None, photo: Path | None) -> Picture:
    """A picture that goes with the photo, or with none; says so where its numbers mean other colours."""
    file = read(path)
    if source and file.icc != source.icc:
        text = f"{path}: Its color profile is not that of {photo}; its numbers are taken as they are."
        tqdm.write(text, file=sys.stderr)
    return file.picture


def read_mask(path: Path) -> Any:
    """HxW float32 0..1 of a grey picture (of the alpha-free brightness of any other)."""
    picture: Picture = read(path).picture
    mask = colour.decode(picture.array[..., : picture.colours], "perceptual").mean(axis=2).clip(0, 1)
    if path.suffix.lower() in files.OPAQUE:
        mask[mask < SPECKS] = 0
    return mask
