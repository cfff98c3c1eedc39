"""Every message is in the catalogues, every catalogue is complete, and mnemonics do not collide."""

import gettext
import importlib.util
import re
from pathlib import Path

import pytest
from gesso.client import words
from gesso.contract.actions import ACTIONS

LOCALE = Path(__file__).parents[1] / "plugin" / "locale"
spec = importlib.util.spec_from_file_location("catalogue", LOCALE / "catalogue.py")
catalogue = importlib.util.module_from_spec(spec)
spec.loader.exec_module(catalogue)

LANGUAGES = sorted(path.name for path in LOCALE.iterdir() if (path / "LC_MESSAGES").is_dir())
OF_GIMP = set("ocrls")  # _OK, _Cancel, _Reset, _Load Saved Settings, _Save Settings
BRING = "run: python plugin/locale/catalogue.py, translate what it names, run it again"


def test_the_template_has_every_message():
    assert list(catalogue.read(LOCALE / "gesso.pot")) == catalogue.messages(), BRING


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_complete(language):
    file = LOCALE / language / "LC_MESSAGES" / "gesso.po"
    told = catalogue.read(file)
    assert list(told) == catalogue.messages(), BRING
    assert not [key for key, value in told.items() if not value], BRING
    assert file.with_suffix(".mo").read_bytes() == catalogue.compiled(language, told), BRING
    for key, value in told.items():
        assert sorted(re.findall(r"\{\w+\}", key)) == sorted(re.findall(r"\{\w+\}", value)), key


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_mnemonics_do_not_collide(language):
    _ = gettext.translation("gesso", LOCALE, [language], fallback=True).gettext
    for action in ACTIONS:
        labels = [_(param.label) for param in action.params] + [_("Res_ult")]
        letters = [letter.lower() for label in labels for letter in re.findall("_(.)", label)]
        assert len(letters) == len(labels) == len(set(letters)), (action.title, labels)
        assert not OF_GIMP & set(letters), (action.title, labels)


def test_a_list_of_words_is_translated_word_by_word(monkeypatch):
    monkeypatch.setattr(words, "_catalogue", gettext.translation("gesso", LOCALE, ["zh_CN"]))
    words._templates.cache_clear()
    said = words.sentence("The picture shows: sea 93 %, mountains 60 %. Its colors: blue 41 %.")
    words._templates.cache_clear()
    assert said == "画面内容：大海 93 %, 山 60 %。颜色：蓝色 41 %。"
