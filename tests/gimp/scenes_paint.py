"""A Stable Diffusion folder in GIMP (a tiny one of random weights): words, variations, fills, margins."""

import stage
from scenes_theirs import check, models

QUICK = {"words": "the red fox", "steps": 2, "seed": 3, "model": "tiny"}


def scene_from_words():
    made = stage.succeed(stage.call("gesso-generate-words", **QUICK, candidates=2, width=80, height=50))
    assert made.image.get_width() == 80 and made.image.get_height() == 50
    layers = made.image.get_layers()
    assert len(layers) == 2 and stage.raw(layers[0]) != stage.raw(layers[1])
    image = stage.new_image(100, 60, precision="U16_NON_LINEAR")
    layer = stage.add_layer(image, 100, 60)
    before = stage.raw(layer)
    answer = stage.succeed(stage.call("gesso-generate-words", image, [layer], **QUICK))
    assert len(image.get_layers()) == 2 and stage.raw(layer) == before
    assert image.get_layers()[0].get_name() == "the red fox" and "tiny" in answer.record[0]["models"]


def scene_fill_with_words():
    check("gesso-inpaint-words", "tiny", "U8_NON_LINEAR", alpha=True, **without_model())
    check("gesso-inpaint-words", "tiny", "FLOAT_LINEAR", feather=4.0, **without_model())


def scene_variation():
    check("gesso-generate-variation", "tiny", "U16_NON_LINEAR", strength=50.0, **without_model())


def scene_margins():
    image = stage.new_image(60, 48)
    layer = stage.add_layer(image, 60, 48)
    before = stage.raw(layer)
    stage.succeed(stage.call("gesso-generate-outpaint", image, [layer], **QUICK, left=20))
    assert image.get_width() == 80 and stage.raw(layer) == before


def scene_what_cannot_be_painted():
    image = stage.new_image(40, 30)
    layer = stage.add_layer(image, 40, 30)
    with stage.untouched(image):
        answer = stage.call("gesso-generate-words", image, [layer], words="", model="tiny")
        assert "There are no words" in answer.error, answer
        assert "Nothing is selected" in stage.call("gesso-inpaint-words", image, [layer], **QUICK).error
        wrong = stage.call("gesso-generate-variation", image, [layer], **{**QUICK, "model": "candy-9"})
        assert "candy-9 is for style, not for diffusion" in wrong.error


def scene_its_licence_is_shown():
    """The folder is given by its index, as a window that chooses files can."""
    said = models(do="add", file=str(stage.FOLDER / "files/tiny/model_index.json"))
    assert "CreativeML Open RAIL-M" in said and "tiny (diffusion)" in said, said


def without_model():
    return {name: value for name, value in QUICK.items() if name != "model"}
