"""What a Stable Diffusion UNet is told, and when, is what the libraries that trained it would tell it."""

import numpy as np
import pytest
import torch
from diffusers import LatentConsistencyModelPipeline
from gesso.contract.errors import BadSetting
from gesso.engine.binding import Kind
from gesso.engine.diffusion.painting import embedded
from gesso.engine.diffusion.parts import cast
from gesso.engine.diffusion.schedule import make_schedule
from gesso.engine.diffusion.tokens import tokenize
from transformers import CLIPTokenizer

from tests.pipelines import save_tokenizer


@pytest.mark.parametrize(
    ("kind", "shape"),
    [(np.int64, ()), (np.int64, (1,)), (np.float32, ()), (np.float16, ("batch",)), (np.float32, (1,))],
)
def test_timesteps(kind, shape):
    sent = cast(np.array([961.4]), Kind(kind, shape))
    assert sent.dtype == kind and sent.ndim == len(shape) and abs(float(sent.reshape(())) - 961.4) < 0.5


@pytest.mark.parametrize("words", ["", "The  red FOX!", "it's the fox, 42", "Füchse 狐 \U0001f98a", "the-fox " * 60])
@pytest.mark.parametrize("pad", ["<|endoftext|>", "!"])
def test_tokens_are_those_of_transformers(tmp_path, words, pad):
    save_tokenizer(tmp_path, pad)
    theirs = CLIPTokenizer.from_pretrained(tmp_path)
    wanted = theirs(words, padding="max_length", max_length=77, truncation=True).input_ids
    tokens = tokenize(tmp_path, words)
    assert tokens.numbers.tolist() == [wanted]
    assert (len(tokens.cut) > 0) == (len(words) > 200) and words.strip().endswith(tokens.cut)
    theirs.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "vocab.json").unlink()
    assert tokenize(tmp_path, words).numbers.tolist() == [wanted]


def test_steps_are_bounded():
    with pytest.raises(BadSetting, match="This model takes 1 to 50"):
        make_schedule({"_class_name": "LCMScheduler"}, "lcm", 51)
    sigmas = [make_schedule({}, sampler, 1000).sigmas for sampler in ("euler", "ddim", "dpmpp-2m-karras")]
    assert all((one[:-1] > one[1:]).all() for one in sigmas)


@pytest.mark.parametrize("guidance", [1.0, 8.5])
def test_guidance_as_latent_consistency_models_are_told(guidance):
    theirs = LatentConsistencyModelPipeline.get_guidance_scale_embedding(None, torch.tensor([guidance - 1]), 256)
    assert np.abs(embedded(guidance - 1, 256) - theirs.numpy()).max() < 1e-3
