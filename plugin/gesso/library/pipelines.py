"""`gesso models add FOLDER` for Stable Diffusion: the layout that optimum and diffusers export, as one model.

Only what gesso reads is copied: no safety checker, no PyTorch weights. Every copied file is pinned by its sha256.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gesso.contract.errors import BadInput, ModelError
from gesso.engine.cards import PIPELINE, Card, read_card
from gesso.engine.diffusion import tokens
from gesso.engine.diffusion.painting import Start, Wish, paint
from gesso.engine.diffusion.parts import GRAPH, PARTS, Folder, Part, graph_files
from gesso.engine.diffusion.schedule import SAMPLERS, SCHEDULER, sampler_of, scheduler_of
from gesso.engine.progress import Progress
from gesso.engine.write_card import to_toml

INDEX = "model_index.json"
KINDS = {768: "Stable Diffusion 1.x", 1024: "Stable Diffusion 2.x", 2048: "SDXL"}  # by the width of the hidden states
FED = {"sample", "timestep", "encoder_hidden_states", "text_embeds", "time_ids", "timestep_cond"}
FEW = re.compile(r"turbo|lcm|lightning|hyper", re.IGNORECASE)  # names of models that paint in few steps
LICENCE = re.compile(r"licen[cs]e|use.?policy", re.IGNORECASE)
NUMBERS = {"steps": int, "guidance": float, "size": int}  # what --set can change


def pipeline_of(given: Path) -> Path | None:
    """The folder of several networks that is meant, by itself or by its index; None for anything else."""
    folder = given.parent if given.name == INDEX else given
    known = (folder / INDEX).is_file() or any((folder / part).is_dir() for part in PARTS)
    return folder.resolve() if known and folder.is_dir() else None


def add_pipeline(given: Path, home: Path, changes: Sequence[str]) -> tuple[Card, Path]:
    """Copy the folder, find out how it wants to be used, paint a first small picture, write its card.

    Returns the card, and where it is. Raises BadInput, ModelError; then nothing has changed.
    """
    files = needed(given)
    size = sum((given / name).stat().st_size for name in files)
    if (free := shutil.disk_usage(home).free) < size:
        raise BadInput(
            f"{given.name} has {size / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free on the disk.",
            f"Make room in {home}.",
        )
    with tempfile.TemporaryDirectory(dir=home) as place:
        copy = Path(place) / given.name
        for name in files:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(given / name, copy / name)
        path = copy.with_name(f"{copy.name}.toml")
        try:
            card = overridden(recognise(pinned(copy, files)), changes)
            path.write_text(to_toml(sections(card)), encoding="utf-8")
            card = read_card(path)
            try_out(Folder(card))
        except (TypeError, ValueError, KeyError, OverflowError) as error:  # what strange numbers in its JSON lead to
            raise ModelError(
                f"The configuration of {given.name} makes no sense: {error}", "Get the whole folder."
            ) from error
        old = home / card.name
        if old.is_dir():
            old.replace(Path(place) / "old")
        copy.replace(old)
        path.replace(home / path.name)
    return read_card(home / path.name), home


def needed(folder: Path) -> list[str]:
    """The files that are used, as paths in the folder. Raises ModelError that names what is missing or is no ONNX."""
    two = (folder / "text_encoder_2").is_dir()
    parts = [part for part in PARTS if two or part != "text_encoder_2"]
    graphs = [file for part in parts for file in graph_files(folder / part / GRAPH)]
    words = ["tokenizer", *(["tokenizer_2"] if two else [])]
    for name in words:
        here = folder / name
        if not (here / "tokenizer.json").is_file() and not all((here / n).is_file() for n in tokens.FILES[1:3]):
            raise ModelError(f"There is no tokenizer in {name}.", "It is tokenizer.json, or vocab.json and merges.txt.")
    if not (folder / SCHEDULER).is_file():
        raise ModelError(f"There is no {SCHEDULER}.", "Get the whole folder.")
    others = [INDEX, SCHEDULER, *(f"{part}/config.json" for part in parts)]
    others += [f"{name}/{file}" for name in words for file in tokens.FILES]
    others += [file.name for file in folder.iterdir() if file.is_file() and (LICENCE.search(file.name) or readme(file))]
    found = [file.relative_to(folder).as_posix() for file in graphs]
    return found + [name for name in others if (folder / name).is_file()]


def pinned(folder: Path, files: Sequence[str]) -> Card:
    """A card of the folder with the sha256 of each file, and of all together."""
    digests = {}
    for name in sorted(files):
        with (folder / name).open("rb") as file:
            digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    whole = hashlib.sha256("".join(f"{digest} {name}\n" for name, digest in digests.items()).encode()).hexdigest()
    return Card(folder.name, PIPELINE, folder, whole, licence_name(folder), "", weights=digests)


def recognise(card: Card) -> Card:
    """The card of a folder with what the UNet's ports and the configurations say. Raises ModelError."""
    source = Folder(card)
    with source.part("unet") as unet:
        shape, width = shapes(unet)
        embeds_guidance = "timestep_cond" in unet.kinds
        half = unet.kinds["sample"].type is np.float16
        if ("text_embeds" in unet.kinds) != source.two_encoders:
            raise ModelError("The UNet and the text encoders do not fit together.", "Get the whole folder.")
    config, vae = source.config("unet/config.json"), source.config("vae_decoder/config.json")
    channels = shape[1] if isinstance(shape[1], int) else int(config.get("in_channels", 4))
    if channels not in (4, 9):
        raise ModelError(f"The UNet takes {channels} channels.", "gesso knows those with 4, and with 9 for inpainting.")
    pixels = halvings(vae, 3)
    facts: dict[str, Any] = {
        "channels": channels,
        "half": half,
        "pixels": pixels,
        "multiple": pixels * halvings(config, 3),
    }
    fixed = [side * pixels for side in shape[2:] if isinstance(side, int)]
    if len(fixed) == 2:
        facts["fixed"] = fixed
    side = config.get("sample_size") or (128 if source.two_encoders else 64)
    facts["size"] = max(fixed) if fixed else int(max(side) if isinstance(side, list) else side) * pixels
    scheduler = source.config(SCHEDULER)
    manners, doubts = habits(card.name, scheduler, embeds_guidance, source.two_encoders)
    kind = KINDS.get(width, "Stable Diffusion") + (", made to fill" if channels == 9 else "")
    if (own := scheduler_of(scheduler)) not in SAMPLERS:
        doubts.append(f"gesso does not have its own sampler, {own}: DDIM is used.")
    return replace(
        card,
        summary=f"{kind}: paints from words.",
        doubts=tuple(doubts),
        facts={"diffusion": facts | manners},
    )


def shapes(unet: Part) -> tuple[tuple[Any, ...], Any]:
    """The shape of what the UNet paints on, and the width of what it is told. Raises ModelError."""
    if strange := set(unet.kinds) - FED:
        raise ModelError(f"The UNet wants {', '.join(sorted(strange))}.", "gesso cannot use this model.")
    if lacking := {"sample", "timestep", "encoder_hidden_states"} - set(unet.kinds):
        raise ModelError(f"The UNet has no input {', '.join(sorted(lacking))}.", "Export it with optimum or diffusers.")
    shape = unet.kinds["sample"].shape
    if len(shape) != 4 or shape[0] not in (1, None) and isinstance(shape[0], int):
        raise ModelError(f"The UNet takes {list(shape)} only.", "Export it with a free batch size.")
    return shape, unet.kinds["encoder_hidden_states"].shape[-1]


def halvings(config: Mapping[str, Any], usual: int) -> int:
    """How much smaller the innermost layer is, from the number of blocks."""
    return 2 ** (len(config["block_out_channels"]) - 1 if "block_out_channels" in config else usual)


def habits(
    name: str, scheduler: Mapping[str, Any], embeds_guidance: bool, two: bool
) -> tuple[dict[str, Any], list[str]]:
    """Usual steps and guidance, and what about these is a guess."""
    if embeds_guidance or scheduler.get("_class_name") == "LCMScheduler":
        return {"steps": 4, "guidance": 8.0 if embeds_guidance else 1.0}, []
    trailing = scheduler.get("timestep_spacing") == "trailing" and scheduler.get("prediction_type") != "v_prediction"
    if FEW.search(name) or trailing:
        why = "name" if FEW.search(name) else "scheduler"
        said = f"Taken for a model of few steps without guidance (Turbo), by its {why}."
        return {"steps": 4, "guidance": 1.0}, [f"{said} If it is none, add it with --set steps=20 --set guidance=7.5."]
    return {"steps": 20, "guidance": 5.0 if two else 7.5}, []


def overridden(card: Card, changes: Sequence[str]) -> Card:
    """The card with each "name=value" in place. Raises BadInput."""
    for change in changes:
        name, _, value = change.partition("=")
        try:
            if name == "licence":
                card = replace(card, licence=value)
            else:
                facts = card.facts["diffusion"] | {name: NUMBERS[name](value)}
                card = replace(card, facts={"diffusion": facts})
        except (ValueError, KeyError):
            known = ", ".join((*NUMBERS, "licence"))
            raise BadInput(f"{change!r} cannot be set.", f"Known for Stable Diffusion are {known}.") from None
    return card


def sections(card: Card) -> dict[str, Any]:
    """The card as TOML tables."""
    model = {name: getattr(card, name) for name in ("role", "sha256", "licence", "summary")}
    model |= {"file": card.file.name} | ({"doubts": card.doubts} if card.doubts else {})
    return {"model": model, **card.facts, "weights": card.weights}


def try_out(folder: Folder) -> None:
    """One step on the smallest picture, from a picture, so that every part runs. Raises ModelError."""
    facts = folder.facts
    height, width = facts.get("fixed") or [facts["multiple"]] * 2
    grey = np.random.default_rng(0).random((height, width, 3), np.float32)
    sampler = sampler_of(folder.config(SCHEDULER))
    wish = Wish("a stone", "", width, height, 1, 2.0, sampler)
    (made,) = paint(folder, wish, [0], Progress(), Start(grey))
    if made.shape != grey.shape:
        got, meant = (f"{shape[1]}x{shape[0]}" for shape in (made.shape, grey.shape))
        raise ModelError(f"The model gave a picture of {got} instead of {meant}.", "gesso cannot use it.")


def readme(file: Path) -> bool:
    """Whether that is what the file is, by its name."""
    return file.name.lower() == "readme.md"


def licence_text(folder: Path) -> str:
    """The licence files of the folder, one after the other."""
    found = [file for file in sorted(folder.iterdir()) if file.is_file() and LICENCE.search(file.name)]
    return "\n\n".join(file.read_text(encoding="utf-8", errors="replace").strip() for file in found)


def licence_name(folder: Path) -> str:
    """What the head of the README names as the licence (`license: ...`), or that there is one to be read."""
    for file in folder.iterdir():
        if readme(file):
            named = re.search(r"^license: *(\S+)", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
            if named:
                return named.group(1)
    return "see its text" if licence_text(folder) else "not stated"
