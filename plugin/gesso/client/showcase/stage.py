"""What the scenes work with: the photo, a folder for the pictures, and notes of what was done."""

import time
from pathlib import Path
from typing import Any

from gi.repository import Gimp, Gio


class Show:
    """The photo's file, the folder for the pictures, and what was done so far."""

    def __init__(self, photo: str, output: str):
        self.photo, self.output = photo, Path(output)
        self.steps: list[dict] = []

    def open(self) -> tuple[Gimp.Image, Gimp.Layer]:
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(self.photo))
        return image, image.get_layers()[0]

    def save(self, image: Gimp.Image, name: str) -> str:
        """Write what is visible as PNG."""
        flat = image.duplicate()
        flat.flatten()
        file = Gio.File.new_for_path(str(self.output / f"{name}.png"))
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, flat, file, None)
        flat.delete()
        return f"{name}.png"

    def act(self, procedure: str, image: Gimp.Image | None, layers: list[Gimp.Layer], **settings) -> Gimp.Image:
        """Run twice, the first time on a copy, and note both times. Returns the image that has the result."""
        seconds = []
        for last in (False, True):
            target: Any = image if last or image is None else image.duplicate()
            twins = dict(zip(image.get_layers(), target.get_layers(), strict=True)) if image else {}
            found = Gimp.get_pdb().lookup_procedure(procedure)
            config = found.create_config()
            config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
            config.set_property("image", target)
            config.set_core_object_array("drawables", [twins[layer] for layer in layers])
            for name, value in settings.items():
                config.set_property(name, twins.get(value, value))
            start = time.perf_counter()
            values = found.run(config)
            seconds.append(time.perf_counter() - start)
            if values.index(0) != Gimp.PDBStatusType.SUCCESS:
                raise RuntimeError(Gimp.get_pdb().get_last_error())
        result = values.index(1)
        size = f"{result.get_width()} x {result.get_height()}"
        self.steps.append({"action": procedure, "seconds": seconds, "size": size, "before": None})
        return result

    def tell(self, before: str | None, after: str) -> None:
        self.steps[-1].update(before=before, after=after)

    def compare(self, name: str, image: Gimp.Image, layers: list[Gimp.Layer], **settings) -> None:
        """Run the action `name` (menu-action) on `image`, and keep what is visible before and after it."""
        before = self.save(image, f"{name}-before")
        self.act(f"gesso-{name}", image, layers, **settings)
        self.tell(before, self.save(image, f"{name}-after"))
