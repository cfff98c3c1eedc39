"""Which files a command reads and writes, checked before any work."""

import argparse
import os
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gesso.contract.actions import Action
from gesso.contract.errors import BadInput
from gesso.contract.params import OtherLayer
from gesso.engine import files


@dataclass(frozen=True)
class Run:
    """The files of one run. `outputs`: one for each candidate; none where the action only reports."""

    photo: Path | None
    outputs: tuple[Path, ...]
    found: Path | None = None


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
    found = sorted(path for path in visible if path.suffix.lower() in files.ENDINGS and path.is_file())
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
    written: dict[str, Path | None] = {}
    for run in runs:
        for file in (*run.outputs, *([run.found] if run.found else [])):
            check_folder(file.parent)
            check_unused([file], used)
            place = os.path.realpath(file)
            if place in written:
                both = " and ".join(dict.fromkeys(str(photo) for photo in (written[place], run.photo)))
                raise BadInput(f"{file} would be written twice, for {both}.", "Give each result a name of its own.")
            written[place] = run.photo


def check_formats(action: Action, chosen: dict[str, Any], run: Run) -> None:
    """Raises BadInput where a result does not fit into a file that the name's ending says."""
    others = {".cube"} if action.tables else files.ANIMATIONS if action.animates else set()
    for file in run.outputs:
        files.check_ending(file, others)
        if int(chosen.get("depth", 8)) > files.deepest(file):
            raise BadInput(
                f"{file}: this format holds {files.deepest(file)} bits, and not {chosen['depth']}.", "Use TIFF."
            )
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
        place = Path(os.path.realpath(file))  # where it is written: a/b/../c is a/c even where there is no b yet
        if place.exists() and identity(place) in used:
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
