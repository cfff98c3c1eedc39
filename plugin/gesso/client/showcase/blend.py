"""The demo: several layers made one."""

from gi.repository import Gimp

from gesso.client.showcase.stage import Show


def paste(show: Show) -> tuple[Gimp.Image, Gimp.Layer]:
    """The photo with an elliptical piece of itself pasted elsewhere, darker and bluer."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    piece = Gimp.Layer.new_from_drawable(layer, image)
    piece.add_alpha()
    image.insert_layer(piece, None, 0)
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 0.3 * width, 0.3 * height, 0.3 * width, 0.35 * height)
    Gimp.Selection.feather(image, 8)
    Gimp.Selection.invert(image)
    piece.edit_clear()
    Gimp.Selection.none(image)
    piece.levels(Gimp.HistogramChannel.VALUE, 0, 1, False, 0.7, 0, 1, False)
    piece.levels(Gimp.HistogramChannel.RED, 0, 1, False, 1, 0, 0.75, False)
    piece.set_offsets(round(0.36 * width), round(-0.25 * height))
    return image, piece


def blend(show: Show, action: str) -> None:
    image, piece = paste(show)
    show.compare(f"blend-{action}", image, [piece])


def fuse(show: Show) -> None:
    """Two exposures made from the photo: one too dark, one too bright. Before: the bright one."""
    image, bright = show.open()
    dark = Gimp.Layer.new_from_drawable(bright, image)
    image.insert_layer(dark, None, 1)
    dark.levels(Gimp.HistogramChannel.VALUE, 0, 1, False, 1, 0, 0.5, False)
    bright.levels(Gimp.HistogramChannel.VALUE, 0, 0.5, True, 1, 0, 1, True)
    show.compare("blend-fuse", image, [bright, dark])


def morph(show: Show) -> None:
    """From the photo to a part of it, larger. Before: half of each; after: the frame in the middle."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    near = Gimp.Layer.new_from_drawable(layer, image)
    image.insert_layer(near, None, 0)
    near.scale(round(1.2 * width), round(1.2 * height), False)
    near.set_offsets(-round(0.1 * width), -round(0.1 * height))
    near.resize_to_image_size()
    near.set_opacity(50)
    before = show.save(image, "blend-morph-before")
    frames = show.act("gesso-blend-morph", image, [near, layer], frames=3)
    for frame in frames.get_layers()[:2]:
        frame.set_visible(False)
    show.tell(before, show.save(frames, "blend-morph-after"))
