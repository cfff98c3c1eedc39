"""All tests run on onnxruntime alone, so that they do not depend on who was faster (tests/test_backends.py asks)."""

import os

os.environ.setdefault("GESSO_BACKEND", "onnxruntime")
