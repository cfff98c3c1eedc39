"""The flags of the command line, made from contract/actions, and the settings that they give."""

import argparse
from pathlib import Path
from typing import Any

from gesso.contract.actions import Action
from gesso.contract.params import Choice, Number, OtherLayer, Param, Seed, Text, Toggle, Whole
from gesso.library import add

HELP = {
    "image": "a picture, several, or folders of them",
    "mask": "grey picture of the same size, white = fill; or a folder of masks named as the photos",
    "top": "RGBA picture on the same canvas; its alpha says where; or a folder of such, named as the photos",
    "layers": "pictures of one size, or a folder of them",
}
PLACE = {"image": "PHOTO", "mask": "MASK", "top": "TOP", "layers": "PICTURE"}


def name(text: str) -> str:
    """An empty one is no name: it would mean the current folder where a script's variable is not set."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def file(text: str) -> Path:
    """A path, under the same rule."""
    return Path(name(text))


def add_models(one: argparse.ArgumentParser) -> None:
    """`gesso models ...`."""
    verbs = one.add_subparsers(required=True, metavar="VERB", dest="what")
    verbs.add_parser("list", help="all models, and what is wrong with cards that cannot be used")
    verbs.add_parser("verify", help="check the sha256 of every model and load it")
    for verb, help_text in (
        ("show", "one model and its card"),
        ("remove", "delete a model that you added"),
        ("seal", "encrypt a model that you added, so that only your key opens it"),
        ("unseal", "make it a plain file again"),
    ):
        verbs.add_parser(verb, help=help_text).add_argument("name")
    adding = verbs.add_parser("add", help="use an ONNX file of your own or of others")
    adding.add_argument("file", type=Path, help="MODEL.onnx, or a folder: that of one, or of Stable Diffusion")
    adding.add_argument("card", type=Path, nargs="?", help="its card; default: the .toml beside it, else found out")
    adding.add_argument(
        "--as", dest="action", default="", metavar="ACTION", help=f"what it is for: {', '.join(add.ROLES)}"
    )
    adding.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="correct what was found out, such as range=0..255, order=BGR, mask=known, tile=256, licence=MIT",
    )


def add_action(menu: Any, action: Action) -> argparse.ArgumentParser:
    """`gesso <menu> <action> ...`."""
    one: argparse.ArgumentParser = menu.add_parser(action.name, help=action.help, description=action.help + ".")
    for picture in action.reads:
        count: dict[str, Any] = {"nargs": "+"} if picture in ("image", "layers") else {}
        one.add_argument(picture, type=file, metavar=PLACE[picture], help=HELP[picture], **count)
    if action.finds:
        one.add_argument("--found", type=name, metavar="FILE", help="also write the mask that was found; a folder, too")
    if action.reads == ("image",) and not action.enlarges and not action.extends:
        where = "the rough selection: a grey picture, white where the subject is"
        there = "take the sample" if action.alone else "work"
        help_text = where if action.masks else f"{there} only where this grey picture is white"
        one.add_argument("--mask", type=file, metavar="MASK", help=help_text)
    overridden = {param.auto for param in action.params if isinstance(param, Number) and param.auto}
    for param in action.params:
        if param.name not in overridden:
            add_param(one, action, param)
    if {"width", "height"} <= {param.name for param in action.params}:
        one.add_argument("--size", type=int, metavar="PIXELS", help="width and height at once, see there")
    folder = ", or a folder (NAME/ makes one); of several pictures always a folder" if "image" in action.reads else ""
    if not action.reports:
        one.add_argument("-o", "--output", type=name, required=True, help=f"file to write{folder}")
    elif action.overlays:
        one.add_argument("-o", "--output", type=name, help=f"file to draw the map to{folder}")
    return one


def add_param(one: argparse.ArgumentParser, action: Action, param: Param) -> None:
    """One flag; values are checked by the parameter itself, so that all doors say the same."""
    flag = f"--{param.name}"
    if isinstance(param, Choice):
        one.add_argument(flag, choices=[v for v, _ in param.options], help=f"{param.help} (default {param.default})")
    elif isinstance(param, Toggle):
        help_text = f"{param.help} (default {'on' if param.default else 'off'})"
        one.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=help_text)
    elif isinstance(param, Seed):
        one.add_argument(flag, metavar="NUMBER", help=f"{param.help} (default {param.default})")
    elif isinstance(param, Whole | Number):
        auto = isinstance(param, Number) and param.auto
        default = "auto" if auto else f"{param.default:g}"
        shown = f"{'auto|' if auto else ''}{param.low:g}..{param.high:g}"
        one.add_argument(flag, metavar=shown, help=f"{param.help} (default {default})")
    elif isinstance(param, OtherLayer) and not param.optional:
        one.add_argument(param.name, metavar=param.name.upper(), help=param.help)
    elif isinstance(param, Text) and param is action.params[0] and not action.reads:
        one.add_argument(param.name, nargs="?", help=f"{param.help} (default {param.default or 'none'})")
    else:
        one.add_argument(flag, help=f"{param.help} (default {param.default or 'none'})")


def settings(args: argparse.Namespace) -> dict[str, Any]:
    """What was given on the command line, keyed by parameter name."""
    action: Action = args.action
    given = {param.name: getattr(args, param.key, None) for param in action.params}
    given = {name: value for name, value in given.items() if value is not None}
    for param in action.params:
        if isinstance(param, Number) and param.auto and param.name in given:
            given[param.auto] = given[param.name] == "auto"
            if given[param.auto]:
                del given[param.name]
    if getattr(args, "size", None) is not None:
        given |= {"width": args.size, "height": args.size}
    return action.check(given)
