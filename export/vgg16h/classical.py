"""What vgg16h must beat: plain features and a support vector machine, or logistic regression for words, each tuned."""

from collections.abc import Sequence

import cv2
import numpy as np
from skimage.feature import hog
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import chi2_kernel
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from export.data import Picture

BINS, SIDE = (12, 4, 4), 64  # of hue, saturation and value; pixels that gradients are looked at on


def colours(pictures: Sequence[Picture]) -> np.ndarray:
    """N x 192: the share of the pixels in each bin of hue, saturation and value."""
    ranges = [0, 180, 0, 256, 0, 256]
    hsv = (cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2HSV) for picture in pictures)
    counts = np.stack([cv2.calcHist([one], [0, 1, 2], None, BINS, ranges).ravel() for one in hsv])
    return counts / counts.sum(1, keepdims=True)


def gradients(pictures: Sequence[Picture]) -> np.ndarray:
    """N x 1764: histograms of oriented gradients (Dalal & Triggs 2005) of the picture as a square."""
    grey = (cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2GRAY) for picture in pictures)
    small = (cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for one in grey)
    return np.stack([hog(one, 9, (8, 8), (2, 2), "L2-Hys") for one in small])


def both(pictures: Sequence[Picture]) -> np.ndarray:
    """N x 1956: roots of `colours`, and `gradients`."""
    return np.hstack([np.sqrt(colours(pictures)), gradients(pictures)])


def name_by_colour(train: Sequence[Picture], classes: np.ndarray, asked: Sequence[Picture]) -> np.ndarray:
    """The class of each of `asked`: a support vector machine with the chi-squared kernel on colour histograms."""
    known, new = colours(train), colours(asked)
    spread = 1 / -np.log(chi2_kernel(known[:500])).mean()  # the usual scale: one over the mean distance
    search = GridSearchCV(SVC(kernel="precomputed"), {"C": [0.3, 1, 3, 10, 30]}, cv=4)
    return search.fit(chi2_kernel(known, gamma=spread), classes).predict(chi2_kernel(new, known, gamma=spread))


def name_by_both(train: Sequence[Picture], classes: np.ndarray, asked: Sequence[Picture]) -> np.ndarray:
    """The same with a Gaussian kernel on the principal components of colours and gradients."""
    bent = make_pipeline(StandardScaler(), PCA(200, random_state=0), SVC())
    return GridSearchCV(bent, {"svc__C": [1, 3, 10]}, cv=4).fit(both(train), classes).predict(both(asked))


def words_by_both(train: Sequence[Picture], words: np.ndarray, asked: Sequence[Picture]) -> np.ndarray:
    """N x V scores, 0..1, of a logistic regression for each word. words: of `train`, NaN where nothing is known."""
    scale = make_pipeline(StandardScaler(), PCA(200, random_state=0)).fit(known := both(train))
    known, new = scale.transform(known), scale.transform(both(asked))
    scores = np.zeros((len(asked), words.shape[1]))
    for word in range(words.shape[1]):
        told = ~np.isnan(words[:, word])
        if 4 <= (yes := words[told, word]).sum() < len(yes):
            search = GridSearchCV(
                LogisticRegression(max_iter=300), {"C": [1e-4, 1e-3, 1e-2]}, cv=3, scoring="average_precision"
            )
            scores[:, word] = search.fit(known[told], yes).predict_proba(new)[:, 1]
    return scores
