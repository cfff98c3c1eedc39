"""The ways in without a window that the README names: a folder by gimp-console, Script-Fu; and two GIMPs at once."""

import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = """
import json
from pathlib import Path
from gi.repository import Gimp, Gio

def run(name, **settings):
    procedure = Gimp.get_pdb().lookup_procedure(name)
    config = procedure.create_config()
    for key, value in settings.items():
        if key == "drawables":
            config.set_core_object_array(key, value)
        else:
            config.set_property(key, value)
    return procedure.run(config)

for photo in sorted(Path("PHOTOS").glob("*.png")):
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(photo)))
    result = run("gesso-enhance-upscale", image=image, drawables=image.get_layers())
    assert result.index(0) == Gimp.PDBStatusType.SUCCESS, Gimp.get_pdb().get_last_error()
    out = Gio.File.new_for_path(str(Path("RESULTS") / photo.name))
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, result.index(1), out, None)
"""
SCRIPT_FU = """
(let* ((image (car (gimp-image-new 64 48 RGB)))
       (layer (car (gimp-layer-new image "photo" 64 48 RGB-IMAGE 100 LAYER-MODE-NORMAL))))
  (gimp-image-insert-layer image layer 0 0)
  (gimp-drawable-fill layer FILL-WHITE)
  (gimp-image-select-ellipse image CHANNEL-OP-REPLACE 20 10 20 20)
  (gesso-inpaint-fill #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector layer) #:method "classical")
  (gimp-xcf-save RUN-NONINTERACTIVE image "OUT"))
"""


def test_a_folder(theatre):
    """Every photo of a folder, in one GIMP."""
    photos, results = theatre.folder / "photos", theatre.folder / "results"
    photos.mkdir()
    results.mkdir()
    for n in range(2):
        pixels = np.random.default_rng(n).integers(0, 256, (30, 40, 3), np.uint8)
        Image.fromarray(pixels).save(photos / f"{n}.png")
    done = theatre.batch(FOLDER.replace("PHOTOS", str(photos)).replace("RESULTS", str(results)))
    assert len(list(results.iterdir())) == 2, done.stderr
    assert {Image.open(file).size for file in results.iterdir()} == {(80, 60)}


def test_script_fu(theatre):
    out = theatre.folder / "script-fu.xcf"
    interpreter = "plug-in-script-fu-eval"
    argv = [theatre.gimp.console, "-idf", "--batch-interpreter", interpreter, "-b", SCRIPT_FU.replace("OUT", str(out))]
    env = {**os.environ, **theatre.env, "GIMP3_DIRECTORY": str(theatre.profile)}
    command = theatre.gimp.command([*argv, "--quit"], [theatre.folder])
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert out.exists() and b"inpaint fill" in out.read_bytes(), f"{shlex.join(argv)}\n{done.stdout}\n{done.stderr}"


def test_two_gimps_at_once(theatre):
    """They share one engine, which serves them in turn."""
    told = [theatre.folder / f"two-{n}.json" for n in range(2)]
    code = """
import json, sys
sys.path.insert(0, HERE)
import stage
stage.sys.path.insert(0, str(stage.Path(stage.Gimp.directory()) / "plug-ins/gesso"))
from gesso.client.link import Engine
pids = []
for n in range(3):
    image = stage.new_image(200, 150)
    layer = stage.add_layer(image, 200, 150)
    stage.succeed(stage.call("gesso-enhance-upscale", image, [layer]))
    with Engine() as engine:
        pids.append(engine.hello()["pid"])
open(TOLD, "w").write(json.dumps(pids))
"""
    with ThreadPoolExecutor() as pool:
        codes = [
            code.replace("HERE", repr(str(Path(__file__).parent))).replace("TOLD", repr(str(file))) for file in told
        ]
        runs = list(pool.map(theatre.batch, codes))
    assert all(file.exists() for file in told), "\n".join(run.stderr for run in runs)
    pids = [pid for file in told for pid in json.loads(file.read_text())]
    assert len(pids) == 6 and len(set(pids)) == 1, pids


def test_menu_pdb_and_dialog_agree(theatre):
    """Each action's procedure has exactly the settings that it declares, and GIMP's standard three."""
    told = theatre.folder / "procedures.json"
    code = f"""
import json
from gi.repository import Gimp
found = {{}}
for name in Gimp.get_pdb().query_procedures("^gesso-.*", "", "", "", "", "", "", "") or []:
    procedure = Gimp.get_pdb().lookup_procedure(name)
    found[name] = [argument.name for argument in procedure.get_arguments()]
    assert procedure.get_menu_paths()[0].startswith("<Image>/Filters/Gesso"), procedure.get_menu_paths()
open({str(told)!r}, "w").write(json.dumps(found))
"""
    done = theatre.batch(code)
    assert told.exists(), done.stderr
    from gesso.contract.actions import ACTIONS

    standard = ["run-mode", "image", "drawables"]
    wanted = {one.procedure: [*standard, *(param.name for param in one.params)] for one in ACTIONS}
    for one in ACTIONS:
        if one.overlays or not one.reports:  # else there is no picture to put anywhere
            wanted[one.procedure].append("output")
    found = json.loads(told.read_text())
    assert found.pop("gesso-tools-models"), "the window that keeps models is no action, but it is there"
    assert found == wanted


def test_chinese(theatre):
    """Sentences made in the client and in the engine are told in GIMP's language."""
    told = theatre.folder / "chinese.json"
    code = f"""
import json, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import stage
image = stage.new_image(64, 48)
layer = stage.add_layer(image, 64, 48)
answers = [stage.fill(image, [layer]).error]
stage.Gimp.Selection.all(image)
answers += [stage.fill(image, [layer]).error]
stage.select_ellipse(image, 16, 12, 24, 20)
answers += [stage.call("gesso-inpaint-fill", image, [layer], model="nobody").error]
stage.succeed(stage.fill(image, [layer]))
open({str(told)!r}, "w").write(json.dumps([*answers, image.get_layers()[0].get_name()]))
"""
    done = theatre.batch(code, LANGUAGE="zh_CN")
    assert told.exists(), done.stderr
    nothing, everything, model, name = json.loads(told.read_text())
    assert nothing.startswith("没有选区。") and "自由选择工具" in nothing
    assert everything.startswith("选区没有留下") and "nobody" in model and "没有用于" in model
    assert name == "填充"


def test_gimp_and_the_command_line_give_the_same_pixels(theatre):
    folder = theatre.folder
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (96, 120, 3), np.uint8)).save(folder / "same.png")
    mask = np.zeros((96, 120), np.uint8)
    mask[30:60, 40:90] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import stage
for name, settings in (
    ("inpaint-fill", dict(seed=5)),
    ("enhance-denoise", dict(auto=False, strength=25.0)),
    ("enhance-upscale", dict()),
):
    image = stage.load({str(folder / "same.png")!r})
    if name == "inpaint-fill":
        image.select_rectangle(stage.Gimp.ChannelOps.REPLACE, 40, 30, 50, 30)
    stage.succeed(stage.call("gesso-" + name, image, image.get_layers(), output="in-place", **settings))
    file = stage.Gio.File.new_for_path({str(folder)!r} + "/" + name + "-gimp.png")
    stage.Gimp.file_save(stage.Gimp.RunMode.NONINTERACTIVE, image, file, None)
"""
    done = theatre.batch(code)
    for action, files, flags in (
        ("inpaint fill", ["same.png", "mask.png"], ["--seed", "5"]),
        ("enhance denoise", ["same.png"], ["--strength", "25"]),
        ("enhance upscale", ["same.png"], []),
    ):
        name = action.replace(" ", "-")
        assert (folder / f"{name}-gimp.png").exists(), done.stderr
        command = [sys.executable, "-m", "gesso.cli", *action.split(), *files, "-o", f"{name}-line.png", *flags]
        subprocess.run(command, cwd=folder, check=True, timeout=300)
        gimp, line = (np.asarray(Image.open(folder / f"{name}-{way}.png").convert("RGB")) for way in ("gimp", "line"))
        assert np.array_equal(gimp, line), f"{action}: {np.count_nonzero((gimp != line).any(axis=2))} pixels differ"
