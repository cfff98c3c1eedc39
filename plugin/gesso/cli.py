"""What gesso does in GIMP's menu, on files and folders; the same engine, the same pixels.

    gesso <menu> <action> PHOTO ... -o OUT      one picture, or every picture of a folder
                                                (several candidates: OUT-1, OUT-2 ...)
    gesso <menu> <action> --help                what an action does, and its settings
    gesso assess <action> PHOTO                 what was found out as JSON, one line a picture
    gesso install | uninstall | diagnostics | models | demo

Exit status: 0 when every file was done, else that of the last error.
"""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gesso import __version__
from gesso.arguments import add_action, add_models, settings
from gesso.contract.actions import ACTIONS, Action
from gesso.contract.errors import BadInput, GessoError
from gesso.contract.params import OtherLayer
from gesso.engine import colour, composite, files
from gesso.engine.image import Picture
from gesso.engine.job import Layer, perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.library import add, seal, shelf


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser("gesso", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--version", action="version", version=f"gesso {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    menus: dict[str, Any] = {}
    for action in ACTIONS:
        if action.menu not in menus:
            menu = commands.add_parser(action.menu, help=", ".join(a.name for a in ACTIONS if a.menu == action.menu))
            menus[action.menu] = menu.add_subparsers(required=True, metavar="ACTION")
        add_action(menus[action.menu], action).set_defaults(run=run_action, action=action)
    for name, help_text, run in (
        ("install", "put the plug-in into every GIMP 3 found", install),
        ("uninstall", "take it out again", uninstall),
        ("diagnostics", "print versions, models and the last error", diagnostics),
    ):
        commands.add_parser(name, help=help_text).set_defaults(run=run)
    demo_parser = commands.add_parser("demo", help="run gesso inside a real GIMP 3 on a photo")
    demo_parser.add_argument("photo", type=Path, nargs="?", help="default: a public-domain photo")
    demo_parser.add_argument("-o", "--output", type=Path, default=Path("demo"), help="folder for the pictures")
    demo_parser.set_defaults(run=demo)
    models_parser = commands.add_parser("models", help="list, show, verify, add, remove, seal or unseal models")
    add_models(models_parser)
    models_parser.set_defaults(run=models)
    return top


def run_action(args: argparse.Namespace) -> int:
    """One picture, or each picture of a folder; goes on after a bad one and says which it was."""
    chosen = settings(args)
    models, output = Models(), getattr(args, "output", None)
    photo = getattr(args, "image", None)
    if photo is None or not photo.is_dir():
        if photo and output and output.is_dir():
            output = output / name_for(args.action, photo)
        one_picture(args, chosen, models, photo, output, inner=True)
        return 0
    if output and output.is_file():
        raise BadInput(f"{output} is a file, and {photo} a folder.", "Name a folder for the results.")
    status = 0
    for path in tqdm(pictures_of(photo), unit="picture", desc=args.action.title, disable=None):
        try:
            file = output and output / name_for(args.action, path)
            one_picture(args, chosen, models, path, file, inner=False)
        except (GessoError, OSError, MemoryError) as error:
            tqdm.write(f"{path}: {error}", file=sys.stderr)
            status = getattr(error, "exit_code", 1)
    return status


def pictures_of(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in files.ENDINGS)
    if not found:
        raise BadInput(f"{folder} holds no pictures.", f"Formats: {' '.join(sorted(files.ENDINGS))}.")
    return found


def name_for(action: Action, path: Path) -> str:
    """The result's file name: the picture's own, unless that format holds no transparency and the result has it."""
    if not action.masks or path.suffix.lower() not in files.OPAQUE:
        return path.name
    png = path.with_suffix(".png")
    return png.name if not png.exists() else f"{path.name}.png"


def partner(given: Path | None, photo: Path) -> Path | None:
    """The mask or top for `photo`: `given` itself, or the file of the same name where it is a folder."""
    if given is None or not given.is_dir():
        return given
    found = [p for p in sorted(given.iterdir()) if p.stem == photo.stem and p.suffix.lower() in files.ENDINGS]
    if not found:
        raise BadInput(f"{given} has no picture for {photo.name}.", "Name them alike.")
    return found[0]


def other_file(param: OtherLayer, given: Path, photo: Path | None) -> Path:
    """The file of a further layer; for what lies over each photo of a folder it may be a folder too."""
    return (partner(given, photo) if param.over and photo else None) or given


def one_picture(
    args: argparse.Namespace,
    chosen: dict[str, Any],
    models: Models,
    photo: Path | None,
    output: Path | None,
    inner: bool,
) -> None:
    """output: None only where the action reports."""
    action: Action = args.action
    given = [photo] if photo else stack_files(getattr(args, "layers", []))
    stack = [] if photo else read_stack(given)
    source = files.read(photo) if photo else stack[0] if stack else None
    if source and action.colors:
        source = source.with_colours()
    mask_file = partner(getattr(args, "mask", None), photo) if photo else None
    top_file = partner(args.top, photo) if photo and "top" in action.reads else None
    other_files = {
        param.name: other_file(param, Path(chosen[param.name]), photo)
        for param in action.params
        if isinstance(param, OtherLayer) and chosen[param.name]
    }
    count = chosen.get("candidates", 1)
    outputs = [output] if output else []
    if output and count > 1:
        outputs = [output.with_stem(f"{output.stem}-{n + 1}") for n in range(count)]
    used = [*given, *filter(None, (mask_file, top_file)), *other_files.values()]
    for file in outputs:
        files.check_ending(file, {".cube"} | (files.ANIMATIONS if action.animates else set()))
        check_unused(file, used)
        if action.masks and file.suffix.lower() in files.OPAQUE:
            raise BadInput(f"{file}: JPEG holds no transparency.", "Use PNG, TIFF or WebP.")
    mask = read_mask(mask_file) if mask_file else None
    top = files.read(top_file).picture if top_file else None
    layers = tuple(file.picture for file in stack)
    others = {name: files.read(file).picture for name, file in other_files.items()}
    with tqdm(total=100, unit="%", desc=action.title, leave=False, disable=None if inner else True) as bar:

        def report(done: float, text: str) -> None:
            bar.update(round(100 * done) - bar.n)

        image = source.picture if source and photo else None
        outcome, record = perform(action, chosen, models, Progress(report), image, mask, top, layers, others)
    if output and action.animates:
        for file in files.frame_files(output, len(outcome.layers)):
            check_unused(file, used)
        files.write_frames(output, [layer.picture for layer in reversed(outcome.layers)], source)
        outputs = []
    if output and output.suffix.lower() == ".cube":
        if outcome.table is None:
            raise BadInput(f"{action.title} finds no look that fits all of the picture.", "Name a picture to write.")
        files.write_cube(output, outcome.table)
        outputs = []
    for file, result in zip(outputs, outcome.layers, strict=False):  # there may be fewer candidates than asked for
        files.write(file, whole(action, chosen, image, result, mask), source)
        if image is not None and result.mask is not None and getattr(args, "found", None):
            found = composite.on_canvas(result.mask, image, result.x, result.y)
            files.write(args.found if inner else args.found / file.name, found)
    for warning in record["notes"].get("warnings", ()):
        tqdm.write(f"{photo or output}: {warning}", file=sys.stderr)
    if action.reports:
        found_out = {"picture": str(photo), **record["facts"], "models": record["models"]}
        tqdm.write(json.dumps(found_out, ensure_ascii=False), file=sys.stdout)
    elif inner:
        print(json.dumps(record))


def check_unused(file: Path, used: Sequence[Path]) -> None:
    """Raises BadInput where the file to be written is one of those that are read."""
    if file.exists() and any(one.exists() and file.samefile(one) for one in used):
        raise BadInput(f"{file} is a picture that is read.", "Name another file for the result.")


def stack_files(paths: Sequence[Path]) -> list[Path]:
    """The files, those of folders in the order of their names. Raises BadInput where one is not there."""
    found = [file for path in paths for file in (pictures_of(path) if path.is_dir() else [path])]
    for file in found:
        if not file.exists():
            raise BadInput(f"There is no file {file}.", "Check the name.")
    return found


def read_stack(paths: Sequence[Path]) -> list[files.File]:
    """The pictures. Raises BadInput where their profiles differ."""
    stack = [files.read(file) for file in paths]
    if len({file.icc for file in stack}) > 1:
        raise BadInput("The pictures have different color profiles.", "Convert them to one profile first.")
    return stack


def whole(action: Action, chosen: dict[str, Any], image: Picture | None, result: Layer, mask: Any) -> Picture:
    """The picture with the result in it, as large as it has become."""
    if image is None or action.enlarges or action.alone:
        return result.picture
    if action.masks:
        return composite.hide(image, result.picture, result.x, result.y)
    left, right, top, bottom = (chosen[side] if action.extends else 0 for side in ("left", "right", "top", "bottom"))
    if action.extends:
        image = image.extend(left, right, top, bottom)
    over = action.overlays or "top" in action.reads
    return composite.lay(image, result.picture, result.x + left, result.y + top, mask, over)


def read_mask(path: Path) -> Any:
    """HxW float32 0..1 of a grey picture (of the alpha-free brightness of any other)."""
    picture: Picture = files.read(path).picture
    return colour.decode(picture.array[..., : picture.colours], "perceptual").mean(axis=2).clip(0, 1)


def install(args: argparse.Namespace) -> int:
    from gesso import install as installer

    return installer.install()


def uninstall(args: argparse.Namespace) -> int:
    from gesso import install as installer

    return installer.uninstall()


def diagnostics(args: argparse.Namespace) -> int:
    from gesso import diagnostics as block

    print(block.report())
    return 0


def demo(args: argparse.Namespace) -> int:
    from gesso import demo as show

    return show.run(args.photo, args.output)


def models(args: argparse.Namespace) -> int:
    if args.what == "verify":
        text, sound = shelf.verify()
        print(text)
        return 0 if sound else 3
    if args.what == "list":
        print(shelf.list_models())
    elif args.what == "add":
        print("Trying the model out ...", file=sys.stderr)
        print(add.add(args.file, args.card, args.action, args.changes))
    else:
        verbs = {"show": shelf.show, "remove": shelf.remove, "seal": seal.seal, "unseal": seal.unseal}
        print(verbs[args.what](args.name))
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; errors are one sentence on stderr."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # of a pipe on Windows, which may have no letters for a file's name
        sys.stdout.reconfigure(errors="backslashreplace")
    args = parser().parse_args(words)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        print("gesso: stopped.", file=sys.stderr)
        return 130
    except GessoError as error:
        print(f"gesso: {error}", file=sys.stderr)
        return error.exit_code
    except (OSError, MemoryError) as error:
        print(f"gesso: {error or 'not enough memory'}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
