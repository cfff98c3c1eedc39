"""Tiny ONNX graphs with the inputs and outputs of the models that people share, and how each is fed without gesso.

What they compute is plain: a blur, a fill with the mean, a shift of colour. But each works only when it is given the
range, order, polarity and size of its convention, since all of them clip to their own range.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper, parser

BLUR = np.zeros((3, 3, 3, 3), np.float32)
BLUR[range(3), range(3)] = np.array([[1, 2, 1], [2, 12, 2], [1, 2, 1]]) / 24
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True)
class Exhibit:
    """`text`: the graph. `direct(session, rgb, hole)`: the picture that is right, HxWx3 uint8 in, float32 0..1 out.

    role: what it must be recognised as, from its name and shapes. card: what the card must then say.
    """

    name: str
    text: str
    role: str
    direct: Callable
    weights: dict[str, np.ndarray] = field(default_factory=lambda: {"blur": BLUR})
    card: dict = field(default_factory=dict)
    image: dict = field(default_factory=dict)
    mask: dict = field(default_factory=dict)


def save(exhibit: Exhibit, folder: Path) -> Path:
    """Write the graph as `name`.onnx."""
    model = parser.parse_model('<ir_version: 8, opset_import: ["" : 17]>\n' + exhibit.text)
    model.graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in exhibit.weights.items())
    onnx.checker.check_model(model)
    file = folder / f"{exhibit.name}.onnx"
    file.write_bytes(model.SerializeToString())
    return file


def session(file: Path) -> ort.InferenceSession:
    return ort.InferenceSession(file, providers=["CPUExecutionProvider"])


def nchw(rgb: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(rgb.transpose(2, 0, 1)[None])


def hwc(planes: np.ndarray) -> np.ndarray:
    return planes[0].transpose(1, 2, 0)


def ask(session: ort.InferenceSession, *values: np.ndarray) -> np.ndarray:
    """The first output, the inputs in the graph's order."""
    return session.run(None, {p.name: v for p, v in zip(session.get_inputs(), values, strict=True)})[0]


def padded(rgb: np.ndarray, multiple: int) -> np.ndarray:
    height, width = rgb.shape[:2]
    more = ((0, -height % multiple), (0, -width % multiple), (0, 0))
    return np.pad(rgb, more, "reflect")


def plain(low: float = 0, high: float = 1, bgr: bool = False, nhwc: bool = False, multiple: int = 1, scale: int = 1,
          kind: type = np.float32, number: tuple | None = None) -> Callable:  # fmt: skip
    """A same-size or enlarging net of that range, order, layout and size rule."""

    def direct(session, rgb, hole):
        x = padded(rgb, multiple).astype(np.float32) / 255 * (high - low) + low
        x = x[..., ::-1] if bgr else x
        fed = (x[None] if nhwc else nchw(x)).astype(kind)
        extra = () if number is None else (np.full(number, 25 / 255, np.float32),)
        y = ask(session, fed, *extra).astype(np.float32)
        y = y[0] if nhwc else hwc(y)
        y = y[..., ::-1] if bgr else y
        return ((y - low) / (high - low))[: rgb.shape[0] * scale, : rgb.shape[1] * scale].clip(0, 1)

    return direct


SAME = "net (float[1,3,h,w] input) => (float[1,3,h,w] output) { %s }"
CLIPPED = """lo = Constant<value = float {%g}> () hi = Constant<value = float {%g}> ()
y = Conv<pads = [1,1,1,1]> (input, blur) output = Clip (y, lo, hi)"""
ENLARGE = {
    scale: np.kron(np.eye(3, dtype=np.float32), np.ones((scale * scale, 1), np.float32))[:, :, None, None]
    for scale in (2, 3, 4)
}


def upscaler(scale: int, ports: str = "float[b,3,h,w] input.1", body: str = "") -> str:
    body = (
        body
        or f"""lo = Constant<value = float {{0}}> () hi = Constant<value = float {{1}}> ()
    s = Conv<pads = [1,1,1,1]> (x, blur) c = Clip (s, lo, hi) d = Conv (c, enlarge)
    output = DepthToSpace<blocksize = {scale}, mode = "CRD"> (d)"""
    )
    name = ports.split()[-1]
    return f"net ({ports.replace(name, 'x')}) => (float[b,3,H,W] output) {{ {body} }}"


def lama(top: float, cut: float) -> str:
    """Fills with the mean of what is known; the whole picture comes out, times `top`."""
    return f"""net (float[b,3,512,512] image, float[b,1,512,512] mask) => (float[b,3,512,512] output) {{
    zero = Constant<value = float {{0}}> () one = Constant<value = float {{1}}> ()
    top = Constant<value = float {{{top}}}> ()
    hole_b = Greater (mask, zero) hole = Cast<to = 1> (hole_b) known = Sub (one, hole)
    c = Clip (image, zero, one) k = Mul (c, known)
    sum = ReduceMean<axes = [2,3], keepdims = 1> (k) share = ReduceMean<axes = [2,3], keepdims = 1> (known)
    mean = Div (sum, share) f = Mul (mean, hole) y = Add (k, f) output = Mul (y, top) }}"""


def direct_lama(top: float) -> Callable:
    def direct(session, rgb, hole):
        y = hwc(ask(session, nchw(rgb.astype(np.float32) / 255), hole[None, None].astype(np.float32))) / top
        return np.where(hole[..., None], y, rgb / 255)

    return direct


MIGAN_PIPELINE = """net (uint8[b,3,h,w] image, uint8[b,1,h,w] mask) => (uint8[b,3,h,w] result) {
    full = Constant<value = float {255}> () i = Cast<to = 1> (image) m = Cast<to = 1> (mask) known = Div (m, full)
    one = Constant<value = float {1}> () hole = Sub (one, known) k = Mul (i, known)
    sum = ReduceMean<axes = [2,3], keepdims = 1> (k) share = ReduceMean<axes = [2,3], keepdims = 1> (known)
    mean = Div (sum, share) f = Mul (mean, hole) y = Add (k, f) result = Cast<to = 2> (y) }"""


def direct_migan_pipeline(session, rgb, hole):
    known = (~hole[None, None]).astype(np.uint8) * 255
    return np.where(hole[..., None], hwc(ask(session, nchw(rgb), known)) / 255, rgb / 255)


MIGAN_BARE = """net (float[1,4,256,256] input) => (float[1,3,256,256] output) {
    axis = Constant<value = int64[1] {1}> () zero = Constant<value = int64[1] {0}> ()
    four = Constant<value = int64[1] {4}> () half = Constant<value = float {0.5}> ()
    lo = Constant<value = float {-1}> () hi = Constant<value = float {1}> ()
    m = Slice (input, zero, axis, axis) rgb = Slice (input, axis, four, axis)
    known = Add (m, half) hole = Sub (hi, known) c = Clip (rgb, lo, hi) k = Mul (c, known)
    sum = ReduceMean<axes = [2,3], keepdims = 1> (k) share = ReduceMean<axes = [2,3], keepdims = 1> (known)
    mean = Div (sum, share) f = Mul (mean, hole) output = Add (k, f) }"""


def direct_migan_bare(session, rgb, hole):
    known = (~hole[None, None]).astype(np.float32)
    picture = nchw(rgb.astype(np.float32) / 127.5 - 1)
    y = (hwc(ask(session, np.concatenate([known - 0.5, picture * known], 1))) + 1) / 2
    return np.where(hole[..., None], y, rgb / 255)


DRUNET = """net (float[1,4,h,w] input) => (float[1,3,h,w] output) {
    zero = Constant<value = int64[1] {0}> () three = Constant<value = int64[1] {3}> ()
    axis = Constant<value = int64[1] {1}> ()
    four = Constant<value = int64[1] {4}> () lo = Constant<value = float {0}> () hi = Constant<value = float {1}> ()
    rgb = Slice (input, zero, three, axis) level = Slice (input, three, four, axis)
    y = Conv<pads = [1,1,1,1]> (rgb, blur) d = Sub (y, rgb) e = Mul (d, level) s = Add (rgb, e)
    output = Clip (s, lo, hi) }"""


def direct_drunet(session, rgb, hole):
    level = np.full((1, 1, *rgb.shape[:2]), 25 / 255, np.float32)
    return hwc(ask(session, np.concatenate([nchw(rgb.astype(np.float32) / 255), level], 1)))


def with_level(shape: str) -> str:
    return f"""net (float[1,3,h,w] x, float{shape} sigma) => (float[1,3,h,w] output) {{
    lo = Constant<value = float {{0}}> () hi = Constant<value = float {{1}}> ()
    y = Conv<pads = [1,1,1,1]> (x, blur) d = Sub (y, x) e = Mul (d, sigma) s = Add (x, e)
    output = Clip (s, lo, hi) }}"""


LUMA_X2 = """net (float[b,1,h,w] x) => (float[b,1,H,W] y) {
    c = Conv (x, grow) y = DepthToSpace<blocksize = 2> (c) }"""


def direct_luma_x2(session, rgb, hole):
    """Y by the net, the colours cubic, as the tutorial of sub-pixel convolution does it."""
    x = rgb.astype(np.float32) / 255
    luma = x @ np.array([0.299, 0.587, 0.114], np.float32)
    chroma = cv2.resize(x - luma[..., None], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return (ask(session, luma[None, None])[0, 0][..., None] + chroma).clip(0, 1)


def segmenter(side: int, outputs: int = 1, logits: bool = False) -> str:
    """The mean of the colours it is given, as a mask."""
    more = "".join(f", float[1,1,{side},{side}] d{i}" for i in range(1, outputs))
    ends = "".join(f" d{i} = Identity (zeros)" for i in range(1, outputs))
    last = "d0 = Identity (m)" if logits else "d0 = Sigmoid (m)"
    return f"""net (float[1,3,{side},{side}] input) => (float[1,1,{side},{side}] d0{more}) {{
    m = ReduceMean<axes = [1], keepdims = 1> (input) {last} zeros = Sub (m, m) {ends} }}"""


def direct_segmenter(side: int, mean=MEAN, std=STD, own_maximum=False, logits=False) -> Callable:
    def direct(session, rgb, hole):
        small = cv2.resize(rgb.astype(np.float32) / 255, (side, side), interpolation=cv2.INTER_AREA)
        small = small / small.max() if own_maximum else small
        y = ask(session, nchw(((small - mean) / std).astype(np.float32)))[0, 0]
        y = 1 / (1 + np.exp(-y)) if logits else y
        return (y - y.min()) / (y.max() - y.min())

    return direct


DDCOLOR = """net (float[1,3,64,64] input) => (float[1,2,64,64] output) {
    zero = Constant<value = int64[1] {0}> () two = Constant<value = int64[1] {2}> ()
    axis = Constant<value = int64[1] {1}> ()
    k = Constant<value = float {40}> () s = Slice (input, zero, two, axis) output = Mul (s, k) }"""


def direct_ddcolor(session, rgb, hole):
    x = rgb.astype(np.float32) / 255
    small = cv2.cvtColor(cv2.resize(x, (64, 64), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    small[..., 1:] = 0
    ab = hwc(ask(session, nchw(cv2.cvtColor(small, cv2.COLOR_LAB2RGB))))
    lab = cv2.cvtColor(x, cv2.COLOR_RGB2LAB)
    lab[..., 1:] = cv2.resize(ab, rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


DEOLDIFY = """net (float[1,3,64,64] input) => (float[1,3,64,64] output) {
    lo = Constant<value = float {0}> () hi = Constant<value = float {255}> ()
    y = Conv<pads = [1,1,1,1]> (input, blur) output = Clip (y, lo, hi) }"""


def direct_deoldify(session, rgb, hole):
    x = rgb.astype(np.float32) / 255
    small = cv2.cvtColor(cv2.resize(x, (64, 64), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    small[..., 1:] = 0
    made = hwc(ask(session, nchw(cv2.cvtColor(small, cv2.COLOR_LAB2RGB) * 255))) / 255
    ab = cv2.cvtColor(np.ascontiguousarray(made), cv2.COLOR_RGB2LAB)[..., 1:]
    lab = cv2.cvtColor(x, cv2.COLOR_RGB2LAB)
    lab[..., 1:] = cv2.resize(ab, rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


ZERO_DCE = """net (float[1,3,h,w] input) => (float[1,3,h,w] enhanced_1, float[1,3,h,w] enhanced, float[1,24,h,w] r) {
    a = Constant<value = float {-0.2}> () x2 = Mul (input, input) d = Sub (x2, input) e = Mul (a, d)
    enhanced = Add (input, e) one = Constant<value = float {1}> () enhanced_1 = Sub (one, input)
    r0 = Mul (e, a) r = Concat<axis = 1> (r0, r0, r0, r0, r0, r0, r0, r0) }"""
CURVES = """net (float[1,3,h,w] input) => (float[1,24,h,w] r) {
    a = Constant<value = float {-0.3}> () e = Mul (input, a) r = Concat<axis = 1> (e, e, e, e, e, e, e, e) }"""


CURVE = (
    """net (float[1,3,h,w] input) => (float[1,3,h,w] r) { a = Constant<value = float {-0.3}> () r = Mul (input, a) }"""
)


def direct_curve(session, rgb, hole):
    """Zero-DCE++: the same curve eight times."""
    x = nchw(rgb.astype(np.float32) / 255)
    curve = ask(session, x)
    for _ in range(8):
        x = x + curve * (x * x - x)
    return hwc(x).clip(0, 1)


def direct_curves(session, rgb, hole):
    x = nchw(rgb.astype(np.float32) / 255)
    for curve in np.split(ask(session, x), 8, axis=1):
        x = x + curve * (x * x - x)
    return hwc(x).clip(0, 1)


CLOTHES = """net (float[1,3,64,64] input) => (float[1,4,64,64] output) {
    zero = Constant<value = int64[1] {0}> () one = Constant<value = int64[1] {1}> ()
    r = Slice (input, zero, one, one) m = Sub (r, r) output = Concat<axis = 1> (m, input) }"""


def direct_clothes(session, rgb, hole):
    small = cv2.resize(rgb.astype(np.float32) / 255, (64, 64), interpolation=cv2.INTER_AREA)
    return (ask(session, nchw((small - MEAN) / STD))[0].argmax(0) > 0).astype(np.float32)


DEPTH_ANYTHING = """net (float[1,3,h,w] pixel_values) => (float[1,h,w] predicted_depth) {
    s = SpaceToDepth<blocksize = 14> (pixel_values) d = DepthToSpace<blocksize = 14> (s)
    predicted_depth = ReduceMean<axes = [1], keepdims = 0> (d) }"""


def direct_depth_anything(session, rgb, hole):
    x = (padded(rgb, 14).astype(np.float32) / 255 - MEAN) / STD
    y = ask(session, nchw(x))[0][: rgb.shape[0], : rgb.shape[1]]
    return np.repeat(((y - y.min()) / (y.max() - y.min()))[..., None], 3, 2)


DEPTH = """net (float[1,3,64,64] input) => (float[1,64,64] output) {
    output = ReduceMean<axes = [1], keepdims = 0> (input) }"""


def direct_depth(session, rgb, hole):
    small = cv2.resize(rgb.astype(np.float32) / 255, (64, 64), interpolation=cv2.INTER_AREA)
    y = ask(session, nchw((small - MEAN) / STD))[0]
    y = cv2.resize((y - y.min()) / (y.max() - y.min()), rgb.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.repeat(y[..., None], 3, 2).clip(0, 1)


HALVES = """net (float[1,3,h,w] input) => (float[1,3,H,W] output) {
    lo = Constant<value = float {0}> () hi = Constant<value = float {1}> ()
    s = SpaceToDepth<blocksize = 8> (input) d = DepthToSpace<blocksize = 8> (s)
    y = Conv<pads = [1,1,1,1]> (d, blur) output = Clip (y, lo, hi) }"""
BORDER = """lo = Constant<value = float {0}> () hi = Constant<value = float {1}> ()
    s = Conv (x, blur) t = Conv (s, blur) c = Clip (t, lo, hi) d = Conv (c, enlarge)
    output = DepthToSpace<blocksize = 2, mode = "CRD"> (d)"""


def direct_border(session, rgb, hole):
    x = np.pad(rgb.astype(np.float32) / 255, ((2, 2), (2, 2), (0, 0)), "reflect")
    return hwc(ask(session, nchw(x)))


NHWC = """net (float[1,h,w,3] generator_input) => (float[1,h,w,3] generator_output) {
    lo = Constant<value = float {-1}> () hi = Constant<value = float {1}> ()
    input = Transpose<perm = [0,3,1,2]> (generator_input) y = Conv<pads = [1,1,1,1]> (input, blur)
    c = Clip (y, lo, hi) generator_output = Transpose<perm = [0,2,3,1]> (c) }"""
FP16 = """net (float16[1,3,h,w] raw) => (float16[1,3,h,w] made) {
    input = Cast<to = 1> (raw) lo = Constant<value = float {0}> () hi = Constant<value = float {1}> ()
    y = Conv<pads = [1,1,1,1]> (input, blur) c = Clip (y, lo, hi) made = Cast<to = 10> (c) }"""
RED = np.zeros((3, 3, 3, 3), np.float32)  # lessens the first channel: tells RGB from BGR
RED[range(3), range(3), 1, 1] = [0.8, 1, 1]
GROW = np.ones((4, 1, 1, 1), np.float32)
