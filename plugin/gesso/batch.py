"""`gesso <menu> <action>` on files: one run, or one for each of several photos."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
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
from gesso.engine.image import Picture
from gesso.engine.job import perform, whole
from gesso.engine.progress import Progress
from gesso.engine.session import Models

FAILURES = (GessoError, OSError, MemoryError)


@dataclass(frozen=True)
class Run:
    """The files of one run. `outputs`: one for each candidate; none where the action only reports."""

    photo: Path | None
    outputs: tuple[Path, ...]
    found: Path | None = None


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


def plan(args: argparse.Namespace, candidates: int, several: bool) -> Iterator[Run]:
    """All runs. Raises BadInput where the results of several would go into one file."""
    photos: list[Path | None] = list(dict.fromkeys(spread(getattr(args, "image", [])))) or [None]
    for photo in photos:
        output = target(args.action, getattr(args, "output", None), photo, several)
        found = target(args.action, getattr(args, "found", None), photo, several)
        outputs = [output] if output else []
        if output and candidates > 1:
            outputs = [output.with_stem(f"{output.stem}-{number + 1}") for number in range(candidates)]
        yield Run(photo, tuple(outputs), found)


def spread(paths: Sequence[Path]) -> list[Path]:
    """The files, those of folders in the order of their names."""
    return [file for path in paths for file in (pictures_of(path) if path.is_dir() else [path])]


def pictures_of(folder: Path) -> list[Path]:
    """Without the hidden ones, such as those that a Mac leaves beside every file on a foreign disk."""
    visible = (path for path in folder.iterdir() if not path.name.startswith("."))
    found = sorted(path for path in visible if path.suffix.lower() in files.ENDINGS)
    if not found:
        raise BadInput(f"{folder} holds no pictures.", f"Formats: {' '.join(sorted(files.ENDINGS))}.")
    return found


def target(action: Action, given: str | None, photo: Path | None, several: bool) -> Path | None:
    """The file to write where the command line has `given`: that itself, or one of the photo's name in that folder."""
    if given is None:
        return None
    path = Path(given)
    folder = path.is_dir() or given.endswith(("/", os.sep))
    if not folder and several and (path.exists() or path.suffix.lower() in files.ENDINGS | {".cube"}):
        raise BadInput(f"{path} is a file, and there are several pictures.", "Name a folder for the results.")
    if photo and (folder or several):
        return path / name_for(action, photo)
    if folder:
        raise BadInput(f"{path} is a folder.", "Name a file in it.")
    return path


def name_for(action: Action, path: Path) -> str:
    """The result's file name: the picture's own, unless that format holds no transparency and the result has it."""
    if not action.masks or path.suffix.lower() not in files.OPAQUE:
        return path.name
    png = path.with_suffix(".png")
    return png.name if not png.exists() else f"{path.name}.png"


def check(args: argparse.Namespace, chosen: dict[str, Any], runs: Sequence[Run]) -> None:
    """Raises BadInput, before any work, where a file cannot be written, is read, or would be written twice."""
    used = inputs(args, chosen)
    written: dict[Path, Path | None] = {}
    for run in runs:
        for file in (*run.outputs, *([run.found] if run.found else [])):
            check_folder(file.parent)
            check_unused([file], used)
            if file in written:
                both = " and ".join(dict.fromkeys(str(photo) for photo in (written[file], run.photo)))
                raise BadInput(f"{file} would be written twice, for {both}.", "Give each result a name of its own.")
            written[file] = run.photo


def check_formats(action: Action, run: Run) -> None:
    """Raises BadInput where a result does not fit into a file that the name's ending says."""
    for file in run.outputs:
        files.check_ending(file, {".cube"} | (files.ANIMATIONS if action.animates else set()))
        if action.masks and file.suffix.lower() in files.OPAQUE:
            raise BadInput(f"{file}: JPEG holds no transparency.", "Use PNG, TIFF or WebP.")
    if run.found:
        files.check_ending(run.found)


def inputs(args: argparse.Namespace, chosen: dict[str, Any]) -> set[tuple[int, int]]:
    """The identity of every file that is read, and of all that lie in folders that are."""
    named = [path for key in ("image", "layers") for path in getattr(args, key, [])]
    named += [args.mask] if getattr(args, "mask", None) else []
    named += [args.top] if "top" in args.action.reads else []
    named += [Path(chosen[p.name]) for p in args.action.params if isinstance(p, OtherLayer) and chosen[p.name]]
    every = [file for path in named for file in (path.iterdir() if path.is_dir() else [path])]
    return {identity(file) for file in every if file.exists()}


def check_folder(folder: Path) -> None:
    """Raises BadInput where the folder can be neither written to nor made."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise BadInput(f"Nothing can be written to {folder}.", "Choose another folder.")


def identity(file: Path) -> tuple[int, int]:
    """The same for all names of a file."""
    stat = file.stat()
    return stat.st_dev, stat.st_ino


def check_unused(written: Sequence[Path], used: Set[tuple[int, int]]) -> None:
    """Raises BadInput where a file to be written is one of those that are read."""
    for file in written:
        if file.exists() and identity(file) in used:
            raise BadInput(f"{file} is a picture that is read.", "Name another file for the result.")


def partner(given: Path, photo: Path) -> Path:
    """The mask or top for `photo`: `given` itself, or the file of the same name where it is a folder."""
    if not given.is_dir():
        return given
    found = [p for p in sorted(given.iterdir()) if p.stem == photo.stem and p.suffix.lower() in files.ENDINGS]
    if not found:
        raise BadInput(f"{given} has no picture for {photo.name}.", "Name them alike.")
    return found[0]


def other_file(param: OtherLayer, given: Path, photo: Path | None) -> Path:
    """The file of a further layer; for what lies over each photo of a folder it may be a folder too."""
    return partner(given, photo) if param.over and photo else given


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
    check_formats(action, run)
    for file in outputs:
        files.check_size(file, *size_of(action, chosen, source.picture if source else None))
    if source and action.colors:
        source = source.with_colours()
    mask = read_mask(partner(args.mask, photo)) if photo and getattr(args, "mask", None) else None
    top = read(partner(args.top, photo)).picture if photo and "top" in action.reads else None
    layers = tuple(file.picture for file in stack)
    others = {
        param.name: read(other_file(param, Path(chosen[param.name]), photo)).picture
        for param in action.params
        if isinstance(param, OtherLayer) and chosen[param.name]
    }
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
    if not action.reports or written:
        told |= {"files": [str(file) for file in written]}
    return json.dumps(told, ensure_ascii=False)


def hand_on(run: Run, source: files.File, reason: NothingFound) -> str:
    """Write one of several photos as it is, with an empty mask, so that none is missing from the results."""
    for file in run.outputs:
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
    """The pictures. Raises BadInput where their profiles differ."""
    stack = [read(file) for file in paths]
    if len({file.icc for file in stack}) > 1:
        raise BadInput("The pictures have different color profiles.", "Convert them to one profile first.")
    return stack


def read_mask(path: Path) -> Any:
    """HxW float32 0..1 of a grey picture (of the alpha-free brightness of any other)."""
    picture: Picture = read(path).picture
    return colour.decode(picture.array[..., : picture.colours], "perceptual").mean(axis=2).clip(0, 1)
