"""Measure the convert menu: python -m export.convert.evaluate EVALUATION --styles STYLE ... [--sheet FOLDER]

cutout    pieces of the textures of EVALUATION, with hair, on its photos, so that the true alpha is known. A hand's
          rough lasso around each. Overlap (intersection over union) of the lasso, of GrabCut's map, and of what gesso
          makes of it; and the mean error of the last two along the edge. Then with nothing selected, and so on a
          blurred photo, as if it were a calm background.
colors    photos in the colours of other photos. Palette: sliced Wasserstein distance of the colours to those of the
          other photo. Detail: correlation of the fine detail with that of the photo itself.
stylize   photos in the look of the STYLE pictures. Texture: sliced Wasserstein distance of 7x7 patches on four
          Laplacian levels to the style. Edges: structural similarity of the edge maps of photo and result.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine import composite
from gesso.engine.convert import cutout, matting
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.evaluate import interval, luma, markdown, read_pictures, ssim
from export.texture.evaluate import swd

SIDE = 640  # the pictures are reduced to this
HAIRS = 120
UNSELECTED = "gesso, nothing selected"
CALM = 40  # standard deviation in pixels of the blur that makes a calm background of a photo
LOOSE = "gesso, structure 20"
Scores = dict[str, list[float]]


def fitted(picture: np.ndarray) -> np.ndarray:
    """HxWx3 uint8, its longer side made SIDE."""
    factor = SIDE / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def subject(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """HxW float32, 0..1: a round shape of random outline, every other one with hair."""
    scale, angles = 4, np.linspace(0, 2 * np.pi, 360, endpoint=False)
    knots = rng.uniform(0.5, 1, 11) * min(height, width) / 3
    knots[-1] = knots[0]
    radius = np.interp(angles, np.linspace(0, 2 * np.pi, 11), knots)
    radius = cv2.GaussianBlur(np.tile(radius, 3)[None], (0, 0), 8)[0][360:720]
    centre = np.array([width, height]) * rng.uniform(0.4, 0.6, 2)
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    outline = scale * (centre + radius[:, None] * ways)
    large = np.zeros((height * scale, width * scale), np.uint8)
    cv2.fillPoly(large, [outline.astype(np.int32)], 255)
    if rng.random() < 0.5:
        for at in rng.integers(360, size=HAIRS):
            bend, length = rng.normal(0, 0.4), scale * min(height, width) * 0.06 * rng.uniform(0.3, 1)
            way = np.array([np.cos(angles[at] + bend), np.sin(angles[at] + bend)])
            ends = (outline[at] - 10 * ways[at], outline[at] + length * way)
            first, last = ((int(x), int(y)) for x, y in ends)
            cv2.line(large, first, last, 255, int(rng.integers(3, 7)))
    alpha = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.5, 1.2))


def lasso(alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a hand selects around the subject, HxW float32 0 or 1: at some distance, unevenly."""
    height, width = alpha.shape
    reach = 0.05 * min(height, width)
    outside = cv2.distanceTransform((alpha < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    waves = cv2.resize(rng.normal(size=(6, 6)).clip(-1, 1), (width, height), interpolation=cv2.INTER_LINEAR)
    return (outside < reach * (1 + 0.5 * waves)).astype(np.float32)


def overlap(one: np.ndarray, two: np.ndarray) -> float:
    return float(np.minimum(one, two).sum() / np.maximum(one, two).sum())


def pasted(photo: np.ndarray, texture: np.ndarray, alpha: np.ndarray) -> Picture:
    return Picture(np.rint(photo + (texture.astype(np.float32) - photo) * alpha[..., None]).astype(np.uint8))


def cut(picture: Picture, selected: np.ndarray | None) -> np.ndarray:
    """The alpha that the engine gives, HxW float32; 0 where it finds no subject."""
    try:
        made, _ = perform(find("convert", "cutout"), {}, Models(), Progress(), picture, selected)
    except BadInput:
        return np.zeros((picture.height, picture.width), np.float32)
    layer = made.layers[0]
    return composite.hide(picture, layer.picture, layer.x, layer.y).alpha()


def measure_cutout(folder: Path, count: int) -> tuple[Scores, Scores, list[np.ndarray]]:
    """(overlaps, errors along the edge, rows of pictures)."""
    photos, textures = read_pictures(folder, "clic2025"), read_pictures(folder, "texture")
    overlaps: Scores = {"lasso": [], "GrabCut": [], "gesso": [], UNSELECTED: [], f"{UNSELECTED}, calm": []}
    errors: Scores = {"GrabCut": [], "gesso": []}
    rows = []
    for number in range(count):
        rng = np.random.default_rng(number)
        photo = fitted(photos[5 * number % len(photos)][1])
        height, width = photo.shape[:2]
        texture = cv2.resize(textures[7 * number % len(textures)][1], (width, height), interpolation=cv2.INTER_AREA)
        alpha = subject(height, width, rng)
        picture = pasted(photo, texture, alpha)
        selected = lasso(alpha, rng)
        calm = pasted(cv2.GaussianBlur(photo, (0, 0), CALM), texture, alpha)
        coarse = cutout.subject(*cutout.process_input(picture, selected))
        found = {
            "lasso": selected,
            "GrabCut": matting.refine(coarse, picture, 0, Progress()),
            "gesso": cut(picture, selected),
            UNSELECTED: cut(picture, None),
            f"{UNSELECTED}, calm": cut(calm, None),
        }
        edge = cv2.dilate(((alpha > 0.02) & (alpha < 0.98)).astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
        for method, mask in found.items():
            overlaps[method].append(overlap(mask, alpha))
            if method in errors:
                errors[method].append(float(np.abs(mask - alpha)[edge].mean()))
        shown = [np.repeat((255 * mask[..., None]).astype(np.uint8), 3, axis=2) for mask in (*found.values(), alpha)]
        rows.append(strip([picture.array, *shown]))
    return overlaps, errors, rows


def reinhard(picture: np.ndarray, style: np.ndarray) -> np.ndarray:
    """Mean and spread of the style in CIELAB (Reinhard et al. 2001); HxWx3 uint8."""
    one, two = (cv2.cvtColor(p.astype(np.float32) / 255, cv2.COLOR_RGB2Lab) for p in (picture, style))
    spread = two.std((0, 1)) / (one.std((0, 1)) + 1e-3)
    moved = ((one - one.mean((0, 1))) * spread + two.mean((0, 1))).astype(np.float32)
    return np.rint(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB).clip(0, 1) * 255).astype(np.uint8)


def converted(name: str, picture: np.ndarray, style: np.ndarray, **settings: float) -> np.ndarray:
    """By the engine, with its defaults but for `settings`; HxWx3 uint8."""
    chosen, others = {"style": "style", **settings}, {"style": Picture(style)}
    made, _ = perform(find("convert", name), chosen, Models(), Progress(), Picture(picture), None, others=others)
    return made.layers[0].picture.array


def palette(one: np.ndarray, two: np.ndarray) -> float:
    """Sliced Wasserstein distance of the colours, in 8-bit steps."""
    sides = np.random.default_rng(0).standard_normal((3, 64))
    sides /= np.linalg.norm(sides, axis=0)
    ranks = np.linspace(0, 1, 257)
    seen = [np.quantile(picture.reshape(-1, 3)[::7] @ sides, ranks, axis=0) for picture in (one, two)]
    return float(np.abs(seen[0] - seen[1]).mean())


def detail(one: np.ndarray, two: np.ndarray) -> float:
    """Correlation of the fine detail of two pictures' luma."""
    fine = [luma(picture) - cv2.GaussianBlur(luma(picture), (0, 0), 2) for picture in (one, two)]
    return float(np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1])


def edges(picture: np.ndarray) -> np.ndarray:
    """The edge map, HxWx3 uint8: the size of the luma's gradient after slight smoothing, its 99th centile white."""
    soft = cv2.GaussianBlur(luma(picture), (0, 0), 1.5)
    size = np.hypot(cv2.Sobel(soft, cv2.CV_64F, 1, 0), cv2.Sobel(soft, cv2.CV_64F, 0, 1))
    size = (255 * size / max(np.quantile(size, 0.99), 1e-6)).clip(0, 255)
    return np.repeat(size[..., None], 3, axis=2).astype(np.uint8)


def measure_colors(folder: Path, count: int) -> tuple[Scores, Scores, list[np.ndarray]]:
    """(palettes' distances, detail kept, rows of pictures)."""
    photos = [fitted(p) for pack in ("gb82", "clic2025") for _, p in read_pictures(folder, pack)]
    distances: Scores = {"left alone": [], "Reinhard": [], "gesso": []}
    kept: Scores = {"Reinhard": [], "gesso": []}
    rows = []
    for number in range(count):
        photo, style = photos[3 * number % len(photos)], photos[(7 * number + 5) % len(photos)]
        made = {"left alone": photo, "Reinhard": reinhard(photo, style), "gesso": converted("colors", photo, style)}
        for method, result in made.items():
            distances[method].append(palette(result, style))
            if method in kept:
                kept[method].append(detail(result, photo))
        rows.append(strip([style, *made.values()]))
    return distances, kept, rows


def measure_stylize(folder: Path, styles: list[Path], count: int) -> tuple[Scores, Scores, list[np.ndarray]]:
    """(distances of texture, similarities of edges, rows of pictures)."""
    photos = [fitted(p) for _, p in read_pictures(folder, "clic2025")][::5][:count]
    looks = [fitted(np.asarray(Image.open(path).convert("RGB"))) for path in styles]
    distances: Scores = {"left alone": [], "colors alone": [], "gesso": [], LOOSE: []}
    similar: Scores = {"colors alone": [], "gesso": [], LOOSE: []}
    rows = [strip([np.zeros_like(photos[0]), *looks])]
    for photo in photos:
        row = [photo]
        for look in looks:
            recoloured = converted("colors", photo, look)
            made = {"left alone": photo, "colors alone": recoloured, "gesso": converted("stylize", photo, look)}
            made[LOOSE] = converted("stylize", photo, look, structure=20)
            for method, result in made.items():
                distances[method].append(swd(result, look))
                if method in similar:
                    similar[method].append(ssim(edges(result), edges(photo)))
            row.append(made["gesso"])
        rows.append(strip(row))
    return distances, similar, rows


def strip(pictures: list[np.ndarray]) -> np.ndarray:
    return np.hstack([cv2.resize(picture, (320, 240), interpolation=cv2.INTER_AREA) for picture in pictures])


def table(first: Scores, second: Scores) -> list[list[str]]:
    """Rows (method, first measure, its difference to the first method with 95 % interval, second measure)."""
    rows, plain = [], next(iter(first.values()))
    for method, values in first.items():
        mean, low, high = interval(np.subtract(values, plain))
        gain = "" if values is plain else f"{mean:+.3g} ({low:+.3g} to {high:+.3g})"
        rows.append(
            [method, f"{np.mean(values):.3g}", gain, f"{np.mean(second[method]):.2f}" if method in second else ""]
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--styles", type=Path, nargs="+", required=True, help="pictures whose look is taken")
    parser.add_argument("--count", type=int, default=24, help="pictures to measure on; a quarter of it for stylize")
    parser.add_argument("--sheet", type=Path, help="folder for pictures to look at")
    chosen = parser.parse_args()
    for name, heads, (first, second, rows) in (
        ("cutout", ("overlap", "error along the edge"), measure_cutout(chosen.evaluation, chosen.count)),
        ("colors", ("palette", "detail"), measure_colors(chosen.evaluation, chosen.count)),
        ("stylize", ("texture", "edges"), measure_stylize(chosen.evaluation, chosen.styles, -(-chosen.count // 4))),
    ):
        print(f"\n{name}\n" + markdown(["method", heads[0], "difference", heads[1]], table(first, second)), flush=True)
        if chosen.sheet:
            chosen.sheet.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.vstack(rows)).save(chosen.sheet / f"{name}.png")


if __name__ == "__main__":
    main()
