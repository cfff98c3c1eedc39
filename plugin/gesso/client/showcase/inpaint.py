"""The demo: a hole, and scratches."""

from gi.repository import Gegl, Gimp

from gesso.client.showcase.stage import Show


def fill(show: Show) -> None:
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 0.74 * width, 0.12 * height, 0.1 * width, 0.14 * height)
    Gimp.Selection.feather(image, 3)
    marked = image.duplicate()
    marked.get_layers()[0].edit_fill(Gimp.FillType.WHITE)
    before = show.save(marked, "inpaint-fill-before")
    show.act("gesso-inpaint-fill", image, [layer], seed=1)
    show.tell(before, show.save(image, "inpaint-fill-after"))


def paint(show: Show) -> None:
    """The upper third of the photo."""
    image, layer = show.open()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, image.get_width(), image.get_height() // 3)
    show.compare("inpaint-paint", image, [layer], words="sky, clouds", seed=1)


def repair(show: Show) -> None:
    """White and dark scratches, drawn as thin selections, and dust."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    for number in range(12):
        white, x, y = number % 3 > 0, 0.07 * number * width, (0.37 * number + 0.1) % 0.9 * height
        Gimp.context_set_foreground(Gegl.Color.new("white" if white else "black"))
        if number % 2:
            image.select_polygon(
                Gimp.ChannelOps.REPLACE, [x, y, x + 0.2 * width, y + 9, x + 0.2 * width, y + 11, x, y + 2]
            )
        else:
            image.select_ellipse(Gimp.ChannelOps.REPLACE, x, y, 5, 4)
        layer.edit_fill(Gimp.FillType.FOREGROUND)
    Gimp.Selection.none(image)
    show.compare("inpaint-repair", image, [layer], seed=1)
