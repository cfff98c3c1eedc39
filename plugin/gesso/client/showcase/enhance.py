"""The demo: the photo made worse, and better again."""

from gi.repository import Gimp, Gio

from gesso.client.showcase.stage import Show


def upscale(show: Show) -> None:
    image, _ = show.open()
    side = min(192, image.get_width(), image.get_height())
    image.crop(side, side, (image.get_width() - side) // 2, (image.get_height() - side) // 2)
    cubic = image.duplicate()
    Gimp.context_set_interpolation(Gimp.InterpolationType.CUBIC)
    cubic.scale(2 * side, 2 * side)
    before = show.save(cubic, "enhance-upscale-cubic")
    made = show.act("gesso-enhance-upscale", image, image.get_layers())
    show.tell(before, show.save(made, "enhance-upscale-after"))


def denoise(show: Show) -> None:
    image, layer = show.open()
    noise = Gimp.DrawableFilter.new(layer, "gegl:noise-rgb", "noise")
    config = noise.get_config()
    for name, value in {"linear": False, "red": 0.15, "green": 0.15, "blue": 0.15, "seed": 1}.items():
        config.set_property(name, value)
    layer.merge_filter(noise)
    show.compare("enhance-denoise", image, [layer])


def relight(show: Show) -> None:
    """Underexposed, in yellow light."""
    image, layer = show.open()
    layer.levels(Gimp.HistogramChannel.VALUE, 0, 1, False, 0.7, 0, 0.6, False)
    layer.levels(Gimp.HistogramChannel.BLUE, 0, 1, False, 1, 0, 0.7, False)
    show.compare("enhance-relight", image, [layer])


def adjust(show: Show) -> None:
    """Darker, warmer and livelier, as towards the evening."""
    image, layer = show.open()
    show.compare("enhance-adjust", image, [layer], brightness=-30.0, contrast=15.0, color=25.0, warmth=60.0)


def dejpeg(show: Show) -> None:
    """Strongly compressed."""
    image, _ = show.open()
    file = Gio.File.new_for_path(str(show.output / "enhance-dejpeg.jpg"))
    save = Gimp.get_pdb().lookup_procedure("file-jpeg-export")
    config = save.create_config()
    for name, value in {"run-mode": Gimp.RunMode.NONINTERACTIVE, "image": image, "file": file, "quality": 0.2}.items():
        config.set_property(name, value)
    save.run(config)
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    show.compare("enhance-dejpeg", image, image.get_layers())


def deblur(show: Show) -> None:
    """A little out of focus."""
    image, layer = show.open()
    blur = Gimp.DrawableFilter.new(layer, "gegl:gaussian-blur", "blur")
    for name in ("std-dev-x", "std-dev-y"):
        blur.get_config().set_property(name, 1.5)
    layer.merge_filter(blur)
    show.compare("enhance-deblur", image, [layer])


def colorize(show: Show) -> None:
    """Grey, with a few dabs of the photo's own colours on a layer over it, as someone would paint them."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    dabs = Gimp.Layer.new_from_drawable(layer, image)
    dabs.add_alpha()
    image.insert_layer(dabs, None, 0)
    for x in range(5):
        for y in range(3):
            operation = Gimp.ChannelOps.ADD if x or y else Gimp.ChannelOps.REPLACE
            image.select_ellipse(operation, (0.1 + 0.19 * x) * width, (0.12 + 0.32 * y) * height, 12, 12)
    Gimp.Selection.invert(image)
    dabs.edit_clear()
    Gimp.Selection.none(image)
    layer.desaturate(Gimp.DesaturateMode.LUMINANCE)
    before = show.save(image, "enhance-colorize-before")
    dabs.set_visible(False)
    show.act("gesso-enhance-colorize", image, [layer], hints=dabs)
    show.tell(before, show.save(image, "enhance-colorize-after"))
