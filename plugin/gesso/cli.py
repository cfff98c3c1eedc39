"""What gesso does in GIMP's menu, on files and folders; the same engine, the same pixels.

    gesso <menu> <action> PHOTO ... -o OUT      one picture, several, or every picture of a folder
                                                (several candidates: OUT-1, OUT-2 ...)
    gesso <menu> <action> --help                what an action does, and its settings
    gesso assess <action> PHOTO ...             what was found out
    gesso install | uninstall | diagnostics | models | demo

Prints one line of JSON a picture: what was done, how to repeat it, and the files written.
Exit status: 0 when every file was done, else that of the last error.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gesso import __version__
from gesso.arguments import add_action, add_models
from gesso.batch import FAILURES, run_action, sentence
from gesso.contract.actions import ACTIONS
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
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("gesso: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # such as `gesso ... | head`: what is still in the buffer has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except FAILURES as error:
        print(f"gesso: {sentence(error)}", file=sys.stderr)
        return getattr(error, "exit_code", 1)


if __name__ == "__main__":
    sys.exit(main())
