"""Words -> the numbers of a CLIP text encoder (Radford et al. 2021), with the tokenizer files of the folder itself."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gesso.contract.errors import ModelError

LENGTH = 77
START, END = "<|startoftext|>", "<|endoftext|>"
PIECES = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
FILES = ("tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")


@dataclass(frozen=True)
class Tokens:
    """numbers: 1xN int64, N as the encoder wants it. cut: the end of the words for which there was no room."""

    numbers: np.ndarray
    cut: str


def tokenize(folder: Path, words: str, length: int = LENGTH) -> Tokens:
    """`words` between start and end, filled up with the folder's own padding. Raises ModelError."""
    tokenizer = load(folder)
    ids = {name: tokenizer.token_to_id(name) for name in (START, END, padding(folder))}
    if lacking := [name for name, number in ids.items() if number is None]:
        raise ModelError(f"The tokenizer lacks {', '.join(lacking)}.", "Export it again.")
    found = tokenizer.encode(words, add_special_tokens=False)
    room = length - 2
    numbers = [ids[START], *found.ids[:room], ids[END]]
    numbers += [ids[padding(folder)]] * (length - len(numbers))
    cut = ""
    if len(found.ids) > room:
        kept = words[: found.offsets[room][0]]
        cut = words[max(kept.rfind(" "), 0) :].strip()  # from the beginning of the word on
    return Tokens(np.array([numbers], np.int64), cut)


def load(folder: Path) -> Any:
    """A tokenizers.Tokenizer. Raises ModelError where the library or the files are missing."""
    try:
        from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
    except ImportError as error:
        raise ModelError(
            "Stable Diffusion needs the Python package tokenizers.",
            "Install it into gesso's environment: ~/.gesso/bin/pip install tokenizers",
        ) from error
    try:
        if (folder / "tokenizer.json").is_file():
            whole = Tokenizer.from_file(str(folder / "tokenizer.json"))
            whole.no_padding()
            whole.no_truncation()
            return whole
        model = models.BPE.from_file(
            str(folder / "vocab.json"), str(folder / "merges.txt"), unk_token=END, end_of_word_suffix="</w>"
        )
    except Exception as error:  # tokenizers raises plain Exception
        raise ModelError(f"The tokenizer of the model cannot be read: {error}", "Export it again.") from error
    made = Tokenizer(model)
    made.add_special_tokens([START, END, padding(folder)])
    made.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    split = pre_tokenizers.Split(Regex(PIECES), behavior="removed", invert=True)
    made.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return made


def padding(folder: Path) -> str:
    """What the folder fills up with: <|endoftext|> in SD 1.x, "!" in SD 2.x and in SDXL's second encoder."""
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            token = json.loads((folder / name).read_text(encoding="utf-8")).get("pad_token")
            if token:
                return str(token["content"] if isinstance(token, dict) else token)
    return END
