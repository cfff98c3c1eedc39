"""gesso: generate, inpaint, enhance and blend in GIMP 3 with image models that run on the user's own machine.

contract/   what both processes agree on: actions, parameters, messages, errors (standard library)
client/     inside GIMP: dialogs, pixels, layers (gi and the standard library)
engine/     pixels in, pixels out: numpy, onnxruntime, OpenCV; knows no GIMP
worker.py   door 1: the warm process that GIMP talks to
cli.py      door 2: the same engine on files and folders
"""

import os

__version__ = "0.1.0"

# onnxruntime 1.29 and later report sessions and models to their maker. Nothing leaves this machine: it reads this when
# it is first imported, and every process of gesso comes through here before that.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
