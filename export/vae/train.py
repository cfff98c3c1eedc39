"""Train the autoencoder: python -m export.vae.train FOLDER

A picture is coded, and painted from the code in another light whose numbers are given (export/vae/light.py).
From SHARPEN on a small discriminator looks at what is painted (hinge loss, Lim & Ye 2017, arXiv 1705.02894), so that
texture is not averaged away.
"""

import torch
from torch import nn
from torch.nn import functional as F

from export.data import crops, load_pictures, photographed, scenes_first, split
from export.training import Run, images, options, psnr
from export.vae.light import change_light
from export.vae.model import VAE, photometry, to_lab

BATCH, SIZE = 12, 128
SCALES = (0.1, 1.0)  # from nearly all of a photo to its own pixels
KULLBACK = 2e-5  # weight of the Kullback-Leibler divergence from the normal distribution, a latent
SHARPEN, SHARP = 0.5, 0.02  # share of the time from which on the discriminator has a say, and its weight
HELD = (48, 128)  # held-out crops for validation, and their side


class Critic(nn.Module):
    """N x 3 x H x W in [0, 1] -> how real each place looks, N x 1 x H/8 x W/8."""

    def __init__(self) -> None:
        super().__init__()
        layers = nn.Conv2d(48, 64, 3, padding=1), nn.Conv2d(64, 64, 2, 2), nn.Conv2d(64, 96, 3, padding=1)
        self.layers = nn.ModuleList(nn.utils.parametrizations.spectral_norm(layer) for layer in layers)
        self.leave = nn.Conv2d(96, 1, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        x = F.pixel_unshuffle(image * 2 - 1, 4)
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return self.leave(x)


def divergence(mean: torch.Tensor, spread: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence from the normal distribution, mean over the latents."""
    return 0.5 * (mean.square() + spread.exp() - 1 - spread).mean()


@torch.no_grad()
def validate(run: Run, held: torch.Tensor, relit: torch.Tensor) -> str:
    """PSNR of the averaged net in the picture's own light and in another, and of bicubic to an eighth and back."""
    latent, _ = run.average.encoder(held)
    own = psnr(run.average.decoder(latent, photometry(to_lab(held))), held)
    other = psnr(run.average.decoder(latent, photometry(to_lab(relit))), relit)
    small = F.interpolate(held, scale_factor=1 / 8, mode="bicubic", antialias=True)
    plain = psnr(F.interpolate(small, scale_factor=8, mode="bicubic"), held)
    return f"validation psnr {own:.2f}, in another light {other:.2f}, bicubic {plain:.2f}"


def main() -> None:
    chosen = options(__doc__, minutes=50).parse_args()
    train, held_out = split(load_pictures(chosen.data, photographed))
    net = VAE()
    net.begin(images(next(crops(train, 400, SIZE, 0, SCALES, scenes_first)), torch.device("cpu")))
    run = Run("vae", net, chosen, lr=1e-3)
    critic = Critic().to(run.device)
    judge = torch.optim.Adam(critic.parameters(), 4e-4, betas=(0.5, 0.9))
    held = images(next(crops(held_out or train, *HELD, 0, SCALES, scenes_first)), run.device)
    relit = change_light(held, torch.Generator().manual_seed(0), untouched=0)
    draw = torch.Generator().manual_seed(chosen.seed + run.steps)
    for batch in crops(train, BATCH, SIZE, chosen.seed + run.steps, SCALES, scenes_first):
        clean = images(batch, run.device)
        wanted = change_light(clean, draw)
        with run.autocast():
            painted, mean, spread = run.model(clean, photometry(to_lab(wanted)))
        painted = painted.float()
        loss = (painted - wanted).abs().mean() + KULLBACK * divergence(mean.float(), spread.float())
        if run.done > SHARPEN:
            judged(critic, judge, wanted, painted.detach())
            loss = loss - SHARP * critic(painted).mean() * min(1, 10 * (run.done - SHARPEN))
        done = run.step(loss)
        if done or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held, relit)}", flush=True)
        if done:
            break


def judged(critic: nn.Module, judge: torch.optim.Optimizer, real: torch.Tensor, painted: torch.Tensor) -> None:
    """One step of the discriminator."""
    judge.zero_grad(set_to_none=True)
    (F.relu(1 - critic(real)).mean() + F.relu(1 + critic(painted)).mean()).backward()
    judge.step()


if __name__ == "__main__":
    main()
