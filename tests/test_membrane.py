"""The membrane against what can be solved on paper, and against a direct solver."""

import numpy as np
import pytest
from gesso.engine.membrane import fill_membrane, lack
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve


def solve_directly(values, unknown, source):
    """The same linear system, by elimination."""
    height, width = unknown.shape
    number = np.arange(height * width).reshape(height, width)
    around = np.pad(number, 1, mode="edge")
    rows, columns, weights = [number.ravel()], [number.ravel()], [np.ones(number.size)]
    for y, x in np.ndindex(3, 3):
        rows.append(number.ravel())
        columns.append(around[y : y + height, x : x + width].ravel())
        weights.append(np.full(number.size, -(2 - abs(y - 1)) * (2 - abs(x - 1)) / 16))
    places = (np.concatenate(rows), np.concatenate(columns))
    system = coo_matrix((np.concatenate(weights), places)).tocsr()
    free, result = unknown.ravel(), values.astype(np.float64).ravel()
    wanted = source.ravel()[free] - system[free][:, ~free] @ result[~free]
    result[free] = spsolve(system[free][:, free].tocsc(), wanted)
    return result.reshape(height, width)


def hole(kind, height, width):
    unknown = np.zeros((height, width), bool)
    if kind == "middle":
        unknown[height // 4 : -height // 4, width // 5 : -width // 5] = True
    elif kind == "border":
        unknown[:, width // 2 :] = True
    else:
        unknown[np.random.default_rng(3).random((height, width)) < 0.7] = True
    return unknown


@pytest.mark.parametrize("kind", ["middle", "border", "scattered"])
@pytest.mark.parametrize("size", [(64, 64), (61, 87), (7, 150)])
def test_like_a_direct_solver(kind, size):
    rng = np.random.default_rng(1)
    values, source = rng.random(size, np.float32), rng.normal(0, 1e-3, size).astype(np.float32)
    unknown = hole(kind, *size)
    expected = solve_directly(values, unknown, source)
    got = fill_membrane(values, unknown, source, cycles=8)
    assert np.abs(got - expected).max() < 2e-3 * np.ptp(expected)
    quick = fill_membrane(values, unknown, source)
    assert np.abs(quick - expected).max() < 4e-2 * np.ptp(expected)


def test_a_plane_goes_on_as_a_plane():
    rows, columns = np.mgrid[:90, :120].astype(np.float32)
    plane = np.stack([rows / 90, columns / 120, (rows + columns) / 210], axis=2)
    unknown = hole("middle", 90, 120)
    broken = np.where(unknown[..., None], np.nan, plane)  # what is unknown must not be read
    filled = fill_membrane(broken, unknown, cycles=6)
    assert np.abs(filled - plane).max() < 1e-3
    assert np.array_equal(filled[~unknown], plane[~unknown])


def test_nothing_and_everything_unknown():
    values = np.random.default_rng(0).random((5, 6, 3), np.float32)
    for unknown in (np.zeros((5, 6), bool), np.ones((5, 6), bool)):
        assert np.array_equal(fill_membrane(values, unknown), values)


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (1, 33), (3, 3)])
def test_tiny(size):
    unknown = np.ones(size, bool)
    unknown[0, 0] = False
    filled = fill_membrane(np.full(size, 0.25, np.float32), unknown)
    assert np.allclose(filled, 0.25, atol=1e-5)


def test_lack_brings_a_picture_back():
    picture = np.random.default_rng(2).random((40, 50, 3), np.float32)
    unknown = hole("middle", 40, 50)
    again = fill_membrane(picture, unknown, lack(picture), cycles=8)
    assert np.abs(again - picture).max() < 1e-3
