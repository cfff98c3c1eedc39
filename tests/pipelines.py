"""Tiny Stable Diffusion pipelines of random weights, made by diffusers, and the same as folders of ONNX files.

Two layouts: that of optimum (scalar timestep, mean and variance from the encoder, hidden states for SDXL) and that of
the older script of diffusers (timestep of one axis, int32 tokens, latents drawn inside of the graph).
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

WIDTH = 16  # of the hidden states
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
LETTERS = "!abcdefghijklmnopqrstuvwxyz,.'-0123456789"
MERGES = ["f o", "fo x</w>", "r e", "re d</w>", "t h", "th e</w>"]
LICENCE = "CreativeML Open RAIL-M\n\nYou agree not to use the Model ..."


@dataclass(frozen=True)
class Kind:
    """prediction: what the UNet gives. two: SDXL. channels: 9 for inpainting. older: the layout. pad: its token.

    consistent: a latent consistency model, which is told the guidance.
    """

    prediction: str = "epsilon"
    two: bool = False
    channels: int = 4
    older: bool = False
    pad: str = "<|endoftext|>"
    consistent: bool = False


SD1 = Kind()
SD2 = Kind("v_prediction", older=True, pad="!")
SDXL = Kind(two=True)
FILLING = Kind(channels=9)
LCM = Kind(consistent=True)


def parts_of(kind: Kind) -> dict[str, Any]:
    """The components of a diffusers pipeline, by name, without the tokenizers."""
    torch.manual_seed(7)
    text = {"vocab_size": 2 * len(LETTERS) + len(MERGES) + 2, "hidden_size": WIDTH, "intermediate_size": 32,
            "num_hidden_layers": 2, "num_attention_heads": 2, "projection_dim": WIDTH}  # fmt: skip
    text |= {"eos_token_id": text["vocab_size"] - 1, "bos_token_id": text["vocab_size"] - 2}
    more: dict[str, Any] = {}
    if kind.two:
        more = {"addition_embed_type": "text_time", "addition_time_embed_dim": 8}
        more["projection_class_embeddings_input_dim"] = 6 * 8 + WIDTH
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=kind.channels,
        block_out_channels=(8, 16),
        layers_per_block=1,
        cross_attention_dim=WIDTH * (1 + kind.two),
        attention_head_dim=2,
        norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        time_cond_proj_dim=32 if kind.consistent else None,
        use_linear_projection=kind.prediction == "v_prediction",
        **more,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=4,
        scaling_factor=0.13025 if kind.two else 0.18215,
    )
    with torch.no_grad():  # so that pictures are neither flat nor clipped
        unet.conv_out.weight.mul_(3)
        vae.decoder.conv_out.weight.mul_(1.5)
        if kind.older:  # what is drawn inside of the graph cannot be told to diffusers: the deviation is next to 0
            vae.quant_conv.weight[4:] = 0
            vae.quant_conv.bias[4:] = -30
    made = {"text_encoder": CLIPTextModel(CLIPTextConfig(**text)), "unet": unet, "vae": vae}
    if kind.two:
        made["text_encoder_2"] = CLIPTextModelWithProjection(CLIPTextConfig(**text))
    scheduler = DDIMScheduler(prediction_type=kind.prediction, clip_sample=False, set_alpha_to_one=False, **BETAS)
    return {name: one.eval() for name, one in made.items()} | {"scheduler": scheduler}


def save_tokenizer(folder: Path, pad: str) -> None:
    """CLIP's two files in little, and what says how to fill up."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), *(merge.replace(" ", "") for merge in MERGES)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES]) + "\n")
    known = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(known | {"pad_token": pad}))
    (folder / "tokenizer_config.json").write_text(json.dumps(known | {"pad_token": pad, "model_max_length": 77}))


def tokenizers_of(folder: Path, kind: Kind) -> dict[str, Any]:
    names = ("tokenizer", "tokenizer_2")[: 1 + kind.two]
    return {name: CLIPTokenizer.from_pretrained(folder / name) for name in names}


class Graph(nn.Module):
    """What is exported: `call` on the parts."""

    def __init__(self, call: Callable[..., Any], *parts: nn.Module):
        super().__init__()
        self.call, self.parts = call, nn.ModuleList(parts)

    def forward(self, *values: torch.Tensor) -> Any:
        return self.call(*values)


def export(path: Path, graph: Graph, given: dict[str, torch.Tensor], names: list[str], free: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if next(graph.parameters()).dtype == torch.half:
        given = {name: value.half() if name != "timestep" and value.is_floating_point() else value
                 for name, value in given.items()}  # fmt: skip
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph, tuple(given.values()), path, input_names=list(given), output_names=names, dynamic_axes=free,
            dynamo=False, opset_version=17,
        )  # fmt: skip


def save_folder(folder: Path, kind: Kind, made: dict[str, Any]) -> Path:
    """The pipeline as ONNX files with all that lies around them."""
    plane = {0: "batch", 2: "height", 3: "width"}
    for part in [name for name in made if name.startswith("text")]:
        save_text_encoder(folder / part, made[part], kind)
    save_tokenizer(folder / "tokenizer", kind.pad)
    if kind.two:
        save_tokenizer(folder / "tokenizer_2", "!")
    save_unet(folder / "unet", made["unet"], kind, plane)
    vae = made["vae"]
    graphs = {
        "vae_encoder": (Graph(lambda x: moments(vae, x, kind.older), vae), "sample", torch.rand(1, 3, 64, 64),
                        "latent_sample" if kind.older else "latent_parameters"),
        "vae_decoder": (Graph(lambda x: vae.decode(x, return_dict=False)[0], vae), "latent_sample",
                        torch.rand(1, 4, 8, 8), "sample"),
    }  # fmt: skip
    for part, (graph, name, value, answer) in graphs.items():
        export(folder / part / "model.onnx", graph, {name: value}, [answer], {name: plane, answer: plane})
        if not kind.older:
            save_json(folder / part / "config.json", dict(vae.config))
    made["scheduler"].save_pretrained(folder / "scheduler")
    name = "OnnxStableDiffusionPipeline" if kind.older else "StableDiffusionPipeline"
    save_json(folder / "model_index.json", {"_class_name": name, "safety_checker": [None, None]})
    (folder / "LICENSE.md").write_text(LICENCE)
    (folder / "README.md").write_text("---\nlicense: creativeml-openrail-m\n---\n")
    return folder


def save_text_encoder(folder: Path, encoder: nn.Module, kind: Kind) -> None:
    def call(ids: torch.Tensor) -> Any:
        made = encoder(ids.long(), output_hidden_states=True)
        first = made[0] if hasattr(made, "text_embeds") else made.last_hidden_state
        rest = made.last_hidden_state if hasattr(made, "text_embeds") else made.pooler_output
        return (first, rest, *made.hidden_states) if kind.two else (first, rest)

    two = hasattr(encoder, "text_projection")
    names = ["text_embeds", "last_hidden_state"] if two else ["last_hidden_state", "pooler_output"]
    names += [f"hidden_states.{number}" for number in range(3)] if kind.two else []
    ids = torch.ones(1, 77, dtype=torch.int32 if kind.older else torch.int64)
    export(folder / "model.onnx", Graph(call, encoder), {"input_ids": ids}, names, {"input_ids": {0: "batch"}})


def save_unet(folder: Path, unet: nn.Module, kind: Kind, plane: dict[int, str]) -> None:
    def call(sample: torch.Tensor, time: torch.Tensor, states: torch.Tensor, *added: torch.Tensor) -> Any:
        guidance = added[0] if kind.consistent else None
        more = dict(zip(("text_embeds", "time_ids"), added, strict=True)) if kind.two else None
        return unet(sample, time, states, timestep_cond=guidance, added_cond_kwargs=more, return_dict=False)[0]

    time = torch.tensor([1]) if kind.older else torch.tensor(1.0)
    given = {"sample": torch.rand(1, kind.channels, 8, 8), "timestep": time}
    given["encoder_hidden_states"] = torch.rand(1, 77, WIDTH * (1 + kind.two))
    if kind.two:
        given |= {"text_embeds": torch.rand(1, WIDTH), "time_ids": torch.rand(1, 6)}
    if kind.consistent:
        given["timestep_cond"] = torch.rand(1, 32)
    free = {"sample": plane, "encoder_hidden_states": {0: "batch"}, "out_sample": plane}
    export(folder / "model.onnx", Graph(call, unet), given, ["out_sample"], free)
    if kind.older:  # its weights lie in a file of their own
        model = onnx.load(folder / "model.onnx")
        onnx.save(model, folder / "model.onnx", save_as_external_data=True, location="weights.pb", size_threshold=0)
    else:
        save_json(folder / "config.json", dict(unet.config))


def moments(vae: AutoencoderKL, picture: torch.Tensor, drawn: bool) -> torch.Tensor:
    posterior = vae.encode(picture).latent_dist
    return posterior.sample() if drawn else posterior.parameters


def save_json(path: Path, values: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, default=str), encoding="utf-8")
