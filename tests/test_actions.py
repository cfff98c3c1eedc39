"""The declarations of the actions: what they accept, how they refuse, and that everything made from them is there."""

import importlib
import inspect
import math

import pytest
from gesso.contract.actions import ACTIONS, find
from gesso.contract.errors import KINDS, BadSetting, GessoError
from gesso.contract.geometry import Box, context_box
from gesso.contract.params import Choice, ModelName, Number, Seed, Text, Toggle, Whole
from gesso.engine.job import draw_seeds

COUNT = Whole("count", "", "", 3, 1, 9)
SHARE = Number("share", "", "", 0.5, 0.0, 1.0)
KIND = Choice("kind", "", "", "a", (("a", "A"), ("b", "B")))


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.title)
class TestEach:
    def test_has_its_engine_file(self, action):
        run = importlib.import_module(f"gesso.engine.{action.menu}.{action.name}").run
        assert list(inspect.signature(run).parameters) == ["job", "models", "progress"]

    def test_defaults_pass_their_own_check(self, action):
        assert action.check({}) == {param.name: param.default for param in action.params}

    def test_names_and_labels(self, action):
        assert action.procedure == f"gesso-{action.menu}-{action.name}"
        assert action.help and set(action.reads) <= {"image", "mask", "top", "layers"}
        mnemonics = [text[text.index("_") + 1].lower() for text in (param.label for param in action.params)]
        assert len(set(mnemonics)) == len(mnemonics), f"two widgets of {action.title} share a mnemonic"
        for param in action.params:
            assert param.help and param.label and param.name == param.name.lower().replace("_", "-")
            if isinstance(param, Number) and param.auto:
                assert isinstance(next(p for p in action.params if p.name == param.auto), Toggle)

    def test_an_unknown_setting_is_named(self, action):
        with pytest.raises(BadSetting, match="no setting colour"):
            action.check({"colour": 1})


def test_names_are_unique():
    assert len({action.procedure for action in ACTIONS}) == len(ACTIONS)
    labels = {(action.menu, action.label) for action in ACTIONS}
    assert len(labels) == len(ACTIONS)
    with pytest.raises(BadSetting, match="inpaint fill"):
        find("inpaint", "everything")


@pytest.mark.parametrize("value, meant", [(1, 1), ("9", 9), (4.0, 4)])
def test_whole(value, meant):
    assert COUNT.check(value) == meant and type(COUNT.check(value)) is int


@pytest.mark.parametrize("value", [0, 10, 2.5, "two", None, math.nan, math.inf, [], "1e99"])
def test_whole_refuses(value):
    with pytest.raises(BadSetting, match="--count is .* whole number from 1 to 9"):
        COUNT.check(value)


@pytest.mark.parametrize("value", [-0.1, 1.1, "half", None, math.nan, math.inf, {}, 10**400])
def test_number_refuses(value):
    with pytest.raises(BadSetting, match="--share is .* from 0 to 1"):
        SHARE.check(value)


@pytest.mark.parametrize(
    "param, value, sentence",
    [
        (KIND, "c", "one of: a, b"),
        (KIND, None, "one of: a, b"),
        (KIND, [], "one of: a, b"),
        (Toggle("on", "", "", True), 1, "true or false"),
        (Toggle("on", "", "", True), "yes", "true or false"),
        (Text("words", "", ""), 3, "text"),
        (ModelName("model", "", ""), None, "text"),
    ],
)
def test_others_refuse(param, value, sentence):
    with pytest.raises(BadSetting, match=f"--{param.name} is .*{sentence}"):
        param.check(value)


def test_a_seed_is_drawn_once_and_kept():
    action = next(action for action in ACTIONS if any(isinstance(param, Seed) for param in action.params))
    drawn = draw_seeds(action, action.check({}))
    assert drawn["seed"] >= 0
    assert draw_seeds(action, drawn) == drawn
    assert action.check(drawn) == drawn


def test_every_error_has_its_exit_code():
    assert {kind.__name__ for kind in GessoError.__subclasses__()} < set(KINDS)
    assert {name: kind.exit_code for name, kind in KINDS.items()} == {
        "GessoError": 1, "BadInput": 2, "NothingFound": 2, "BadSetting": 2, "ModelError": 3, "EngineError": 4,
        "Cancelled": 130,
    }  # fmt: skip


@pytest.mark.parametrize("selected, seen", [
    (Box(50, 50, 10, 10), Box(42, 42, 26, 26)),  # least
    (Box(20, 50, 40, 10), Box(0, 30, 80, 50)),  # half of the longer side
    (Box(90, 90, 10, 10), Box(82, 82, 18, 18)),  # the picture's edge
])  # fmt: skip
def test_context(selected, seen):
    assert context_box(selected, Box(0, 0, 100, 100), 0.5, 8) == seen
