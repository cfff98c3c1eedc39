"""The demo: pictures out of nothing, or out of a part of the photo."""

from gi.repository import Gimp

from gesso.client.showcase.stage import Show


def text(show: Show) -> None:
    for words, seed in (("sea, blue, bright", 3), ("tulip, red", 7), ("forest, green", 5)):
        made = show.act("gesso-generate-text", None, [], words=words, seed=seed)
        show.tell(None, show.save(made, "generate-text-" + words.split(",")[0]))


def texture(show: Show) -> None:
    for kind in ("stone", "moss"):
        made = show.act("gesso-generate-texture", None, [], kind=kind, seed=7)
        show.tell(None, show.save(made, f"generate-texture-{kind}"))


def quilt(show: Show) -> None:
    """Out of a part of the photo."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0.82 * width, 0.4 * height, 0.18 * width, 0.6 * height)
    made = show.act("gesso-generate-quilt", image, [layer], seed=1)
    before = show.save(image, "generate-quilt-before")
    show.tell(before, show.save(made, "generate-quilt-after"))


def tile(show: Show) -> None:
    """A part of the photo, laid four times side by side before and after."""
    image, _ = show.open()
    width, height = image.get_width(), image.get_height()
    image.crop(width // 6, height // 2, width - width // 6, height - height // 2)
    before = show.save(four_times(image), "generate-tile-before")
    show.act("gesso-generate-tile", image, image.get_layers(), output="in-place", seed=1)
    show.tell(before, show.save(four_times(image), "generate-tile-after"))


def four_times(image: Gimp.Image) -> Gimp.Image:
    """The image of one layer, twice across and down."""
    wide, (side, down) = image.duplicate(), (image.get_width(), image.get_height())
    wide.resize(2 * side, 2 * down, 0, 0)
    for at in ((side, 0), (0, down), (side, down)):
        copy = wide.get_layers()[-1].copy()
        wide.insert_layer(copy, None, 0)
        copy.set_offsets(*at)
    return wide


def abstract(show: Show) -> None:
    for words, style, seed in (("sunset", "silk", 4), ("sea", "paper", 9)):
        made = show.act("gesso-generate-abstract", None, [], words=words, style=style, seed=seed)
        show.tell(None, show.save(made, f"generate-abstract-{words}"))


def animate(show: Show) -> None:
    """Before: the first frame; after: the one half way round."""
    made = show.act("gesso-generate-animate", None, [], words="sunset", frames=8, seed=7)
    *others, _ = made.get_layers()
    for frame in others:
        frame.set_visible(False)
    before = show.save(made, "generate-animate-first")
    others[3].set_visible(True)
    show.tell(before, show.save(made, "generate-animate-middle"))


def extend(show: Show) -> None:
    image, layer = show.open()
    margin = image.get_width() // 6
    show.compare("generate-extend", image, [layer], left=margin, right=margin, seed=1)


def surround(show: Show) -> None:
    image, layer = show.open()
    show.compare("generate-surround", image, [layer], words="sky, clouds", top=image.get_height() // 3, seed=1)


def vary(show: Show) -> None:
    image, layer = show.open()
    show.compare("generate-vary", image, [layer], strength=40.0, seed=1)
