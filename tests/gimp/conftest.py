"""The GIMPs that scenes run in: 3.0 always, 3.2 where it can be had. What could not be had is said at the end."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from gesso import gimp3
from gesso.contract.errors import GessoError
from gesso.install import install_into
from gesso.library import add

from tests import zoo
from tests.test_conventions import EXHIBITS

HERE = Path(__file__).resolve().parent
SERIES = ("3.0", "3.2")
missing: dict[str, str] = {}


@dataclass(frozen=True)
class Theatre:
    """A GIMP with gesso installed into a profile of its own, and an engine of its own."""

    gimp: gimp3.Gimp
    folder: Path

    @property
    def profile(self) -> Path:
        return self.folder / "profile"

    @property
    def env(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "GESSO_HOME": str(self.folder / "home"), "GESSO_IDLE": "30"}

    def batch(self, code: str, timeout: float = 600, **env: str):
        return self.gimp.batch(code, self.profile, [HERE, self.folder], {**self.env, **env}, timeout=timeout)

    def add_stable_diffusion(self) -> None:
        """A tiny folder, made by diffusers, once; for what needs it, as that library takes long to load."""
        from tests import pipelines

        tiny = self.folder / "files/tiny"
        if tiny.exists():
            return
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GESSO_MODELS", str(self.folder / ".local/share/gesso/models"))
            add.add(pipelines.save_folder(tiny, pipelines.SD1, pipelines.parts_of(pipelines.SD1)))

    def play(self, module: str) -> dict[str, str | None]:
        """Run the scenes of one file in one GIMP: {scene: None, or what went wrong}."""
        told = self.folder / f"{module}.json"
        if module == "scenes_paint":
            self.add_stable_diffusion()
        done = self.batch(
            f"import sys; sys.path.insert(0, {str(HERE)!r}); import stage; stage.play({module!r}, {str(told)!r})"
        )
        assert told.exists(), f"GIMP did not play {module}:\n{done.stdout}\n{done.stderr}"
        return json.loads(told.read_text(encoding="utf-8"))


@pytest.fixture(scope="session", params=SERIES)
def theatre(request, tmp_path_factory) -> Theatre:
    series = request.param
    try:
        gimp = gimp3.find(series)
    except GessoError as error:
        if series == SERIES[0]:
            raise
        missing[series] = str(error)
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp(f"gimp{series}")
    for name in ("profile", "home"):
        (folder / name).mkdir(mode=0o700)
    install_into(folder / "profile", gimp.engine_python(folder))
    add_models_of_others(folder)
    return Theatre(gimp, folder)


def add_models_of_others(home: Path) -> None:
    """Tiny graphs of every convention, in the user's own folder of models."""
    (home / "files").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GESSO_MODELS", str(home / ".local/share/gesso/models"))
        for exhibit in EXHIBITS:
            add.add(zoo.save(exhibit, home / "files"))


@pytest.fixture(scope="session")
def plays() -> dict[tuple[str, str], dict[str, str | None]]:
    """What was played so far: (GIMP series, file) -> outcomes."""
    return {}


def pytest_terminal_summary(terminalreporter) -> None:
    for series, sentence in missing.items():
        terminalreporter.write_line(f"GIMP {series}: NOT TESTED. {sentence}", red=True)
