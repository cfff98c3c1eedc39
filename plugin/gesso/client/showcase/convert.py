"""The demo: the photo in other colours, in another style, without its background."""

from gi.repository import Gimp, Gio

from gesso.client.showcase.stage import Show


def convert(show: Show, action: str, style: str, **settings: float) -> None:
    """style: a picture that was generated before."""
    image, layer = show.open()
    other = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(show.output / f"{style}.png")))
    show.compare(f"convert-{action}", image, [layer], style=other.get_layers()[0], **settings)


def cutout(show: Show) -> None:
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 0.12 * width, 0.04 * height, 0.72 * width, 0.95 * height)
    marked = image.duplicate()
    Gimp.Selection.invert(marked)
    marked.get_layers()[0].edit_fill(Gimp.FillType.WHITE)
    before = show.save(marked, "convert-cutout-before")
    show.act("gesso-convert-cutout", image, [layer])
    show.tell(before, show.save(image, "convert-cutout-after"))
