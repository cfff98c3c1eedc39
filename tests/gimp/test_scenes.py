"""Every scene, in every GIMP: one test each. The scenes of a file share one GIMP process."""

import re
from pathlib import Path

import pytest

SCENES = [
    (file.stem, name)
    for file in sorted(Path(__file__).parent.glob("scenes_*.py"))
    for name in re.findall(r"^def (scene_\w+)", file.read_text(encoding="utf-8"), re.M)
]


@pytest.mark.parametrize(("module", "scene"), SCENES)
def test_scene(theatre, plays, module, scene):
    key = (theatre.gimp.series, module)
    if key not in plays:
        plays[key] = theatre.play(module)
    assert scene in plays[key], f"{scene} was not played: GIMP ended before it"
    if plays[key][scene]:
        pytest.fail(plays[key][scene], pytrace=False)
