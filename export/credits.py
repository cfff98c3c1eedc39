"""Who made the pictures that the models were trained on, from the manifest.

python -m export.credits FOLDER > models/credits.txt
"""

import sys
import textwrap
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from export.data import credits, list_pictures

HEAD = """\
Credits
=======

The weights of gesso's models were learned from these pictures. Thank you to everyone who made them and let others use
them. The pictures themselves are not part of gesso. Each line: source, number of pictures, licence.
"""
NAMES = """\

Pictures under licences that ask for attribution (CC BY, CC BY-SA), by the names they have at their source. The first
number in a name of flower-photos is the photo's id on Flickr.
"""


def text(rows: Sequence[dict[str, str]]) -> str:
    """The whole credits file, from the rows of a manifest."""
    names = defaultdict(list)
    for row in rows:
        if "BY" in row.get("licence", "") and row.get("source_file"):
            names[f"{row['source']} ({row['licence']})"].append(
                PurePosixPath(row["source_file"].replace("__", "/")).stem
            )
    lists = [f"\n{source}\n{wrap(', '.join(sorted(found)))}\n" for source, found in sorted(names.items())]
    return "".join([HEAD, "\n", credits(rows), "\n", *([NAMES] if lists else []), *lists])


def wrap(names: str) -> str:
    return textwrap.fill(
        names, 118, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


if __name__ == "__main__":
    print(text(list_pictures(Path(sys.argv[1]))), end="")
