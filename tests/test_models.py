"""The models that come with gesso: sound, documented, licensed."""

import re
from pathlib import Path

import pytest
from gesso.engine.cards import read_card
from gesso.library import shelf

FOLDER = Path(__file__).parents[1] / "models"
CARDS = sorted(FOLDER.glob("*.toml"))
GUIDE = (FOLDER / "README.md").read_text(encoding="utf-8")
ROLES = re.findall(r"^\| `([\w-]+)` \|", GUIDE.split("\n## Roles\n")[1].split("\n## ")[0], re.MULTILINE)


def test_every_model_loads(monkeypatch):
    monkeypatch.setenv("GESSO_MODELS", str(FOLDER))
    text, sound = shelf.verify()
    assert sound, text
    assert {path.stem for path in FOLDER.glob("*.onnx")} == {path.stem for path in CARDS}


def test_every_role_has_one_model_that_auto_takes():
    assert sorted(card.role for card in map(read_card, CARDS) if card.default) == sorted(ROLES)


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_a_card_says_where_it_comes_from_and_where_it_fails(path):
    card = read_card(path)
    assert card.licence == "CC-BY-SA-4.0" and card.summary.endswith(".")
    training = card.facts["training"]
    assert training["pictures"] == sum(training["licences"].values()) > 0
    assert training["steps"] > 0
    assert card.facts["fails"] and card.facts["quality"]
    assert (FOLDER / training["credits"]).is_file()
    assert not re.search(r"/work|/tmp|/home|/root|shared/", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_the_table_is_true(path):
    """One row a model: its name, role and size in MB are those of the file."""
    card = read_card(path)
    row = next(line for line in GUIDE.splitlines() if line.startswith(f"| [{card.name}]({path.name}) |"))
    assert f"| `{card.role}` | {card.file.stat().st_size / 1e6:.1f} |" in row


def test_they_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 80e6
