"""What the UNet is told: the hidden states of the text encoders, and for SDXL a summary of them."""

from dataclasses import dataclass

import numpy as np

from gesso.contract.errors import ModelError
from gesso.engine.diffusion.parts import Folder, Part
from gesso.engine.diffusion.tokens import LENGTH, Tokens, tokenize
from gesso.engine.progress import Progress


@dataclass(frozen=True)
class Told:
    """states: 1xNxD float32. pooled: 1xP float32, with two encoders only."""

    states: np.ndarray
    pooled: np.ndarray | None


def tell(folder: Folder, texts: list[str], progress: Progress) -> list[Told]:
    """Each text as the UNet is told of it; each encoder is loaded once, and released. Raises ModelError."""
    names = ("", "_2") if folder.two_encoders else ("",)
    states: list[list[np.ndarray]] = [[] for _ in texts]
    pooled: list[np.ndarray | None] = [None for _ in texts]
    for name in names:
        files = folder.tokenizer(f"tokenizer{name}")
        with folder.part(f"text_encoder{name}") as encoder:
            for number, text in enumerate(texts):
                made = encoder.run(inputs(tokenize(files, text, room(encoder))), progress)
                states[number].append(hidden(made, encoder, two=folder.two_encoders))
                pooled[number] = made.get("text_embeds")
    if folder.two_encoders and any(one is None for one in pooled):
        raise ModelError("The part text_encoder_2 does not give text_embeds.", "Export it again.")
    return [Told(np.concatenate(some, axis=2), one) for some, one in zip(states, pooled, strict=True)]


def left_out(folder: Folder, texts: tuple[str, ...]) -> str:
    """The words for which the first encoder has no room."""
    files = folder.tokenizer("tokenizer")
    return "; ".join(filter(None, (tokenize(files, text).cut for text in texts)))


def nothing(told: Told) -> Told:
    """What an SDXL model is told of no words: zeros."""
    assert told.pooled is not None
    return Told(np.zeros_like(told.states), np.zeros_like(told.pooled))


def room(encoder: Part) -> int:
    """How many numbers the encoder takes, where its graph says it."""
    length = encoder.kinds["input_ids"].shape[-1] if "input_ids" in encoder.kinds else LENGTH
    return length if isinstance(length, int) else LENGTH


def inputs(tokens: Tokens) -> dict[str, np.ndarray]:
    """What a text encoder is given: every number counts, those that fill up too, as in training."""
    return {"input_ids": tokens.numbers, "attention_mask": np.ones_like(tokens.numbers)}


def hidden(made: dict[str, np.ndarray], encoder: Part, two: bool) -> np.ndarray:
    """1xNxD: the last hidden state, of an SDXL model the last but one. Raises ModelError."""
    if not two:
        found = made.get("last_hidden_state")
    else:
        layers = sorted((name for name in made if name.startswith("hidden_states.")), key=lambda name: int(name[14:]))
        found = made[layers[-2]] if len(layers) > 1 else None
    if found is None:
        raise ModelError(f"{encoder.title} does not give the hidden states.", "Export it with optimum or diffusers.")
    return found
