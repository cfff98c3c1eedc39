"""The benchmark's part inside GIMP."""

import json
from pathlib import Path

import stage
from gi.repository import Gimp


def measure(action: str, folder: str, runs: int, hole: int) -> None:
    """Time `runs` + 1 calls on folder/photo.png; the first starts the engine. Writes times.json."""
    image = stage.load(f"{folder}/photo.png")
    layer = image.get_layers()[0]
    if action == "inpaint fill":
        x, y = (image.get_width() - hole) // 2, (image.get_height() - hole) // 2
        image.select_rectangle(Gimp.ChannelOps.REPLACE, x, y, hole, hole)
    times = []
    for _ in range(runs + 1):
        answer = stage.succeed(stage.call(f"gesso-{action.replace(' ', '-')}", image, [layer]))
        times.append(answer.seconds)
        if answer.image.get_id() != image.get_id():
            answer.image.delete()
        else:
            image.remove_layer(image.get_layers()[0])
    Path(folder, "times.json").write_text(json.dumps(times))
