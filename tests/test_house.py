"""Who may import whom: client and engine never meet, nothing imports export, actions do not import each other."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gesso.contract.actions import ACTIONS

ROOT = Path(__file__).parents[1]
OURS = ("gesso.__version__", "gesso.contract")
PIXELS = ("numpy", "onnxruntime", "cv2", "PIL", "tifffile")
# The doors start, install or describe both sides. client.link is the way in that they share; it needs no GIMP.
RULES = {
    "plugin/gesso.py": ("gi", "gesso.client"),
    "plugin/gesso/contract": OURS,
    "plugin/gesso/client": (*OURS, "gesso.client", "gi"),
    "plugin/gesso/engine": (*OURS, "gesso.engine", *PIXELS, "cryptography", "keyring", "tokenizers",
                            "openvino"),
    "plugin/gesso": (*OURS, "gesso.engine", "gesso.client.link", *PIXELS, "tqdm", "skimage",
                     "gesso.arguments", "gesso.batch", "gesso.plan", "gesso.cli", "gesso.install", "gesso.gimp3",
                     "gesso.library", "gesso.diagnostics", "gesso.demo"),
    "plugin/locale": OURS,
    "export": (*OURS, "gesso.engine", "export", "torch", "onnx", "skimage", "sklearn", "bm3d", *PIXELS),
}  # fmt: skip
FILES = [path for top in ("plugin", "export") for path in sorted((ROOT / top).rglob("*.py"))]


def imports(path: Path, version: tuple[int, int]) -> Iterator[str]:
    """The full name of everything `path` imports, at its top or later, besides the standard library."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), feature_version=version)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{name}" for name in names]
        yield from (name for name in names if name.split(".")[0] not in sys.stdlib_module_names - {"tomllib"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports(path):
    name = path.relative_to(ROOT).as_posix()
    rule = next(prefix for prefix in RULES if name == prefix or name.startswith(prefix + "/"))
    inside_gimp = rule.startswith(("plugin/gesso.py", "plugin/gesso/c"))
    allowed = (*RULES[rule], *(() if inside_gimp else ("tomllib",)))  # GIMP for macOS brings Python 3.10
    actions = {f"gesso.engine.{action.menu}.{action.name}" for action in ACTIONS}
    for module in imports(path, (3, 10) if inside_gimp else (3, 11)):
        assert any(module == prefix or module.startswith(prefix + ".") for prefix in allowed), f"{name} <- {module}"
        if rule == "plugin/gesso/engine":
            assert not any(module == action or module.startswith(action + ".") for action in actions), module
