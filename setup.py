"""The package `gesso`: plugin/gesso, with the file GIMP starts and the models beside it."""

from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
version: dict[str, str] = {}
exec((HERE / "plugin/gesso/__init__.py").read_text(encoding="utf-8"), version)

setup(
    name="gesso",
    version=version["__version__"],
    description="Generate, inpaint, enhance and blend in GIMP 3 with models that run on your own machine",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="GPL-3.0-or-later",
    python_requires=">=3.11",
    packages=[
        "gesso",
        "gesso.contract",
        "gesso.contract.actions",
        "gesso.client",
        "gesso.client.showcase",
        "gesso.engine",
        "gesso.engine.generate",
        "gesso.engine.inpaint",
        "gesso.engine.enhance",
        "gesso.engine.blend",
        "gesso.engine.convert",
        "gesso.engine.assess",
        "gesso.engine.diffusion",
        "gesso.library",
        "gesso.start",
        "gesso.models",
    ],
    # gesso.start holds gesso.py, which GIMP starts, and the catalogues; gesso.models is data
    package_dir={"gesso": "plugin/gesso", "gesso.start": "plugin", "gesso.models": "models"},
    package_data={
        "gesso.library": ["probe.jpg"],
        "gesso.start": ["locale/*/LC_MESSAGES/gesso.mo"],
        "gesso.models": ["*.onnx", "*.toml", "*.md", "*.txt"],
    },
    install_requires=[
        "numpy>=1.26",
        "pillow>=10",
        "onnxruntime>=1.20",
        "opencv-python-headless>=4.9",
        "tifffile>=2024.1",
        "imagecodecs>=2024.1",  # with it tifffile opens LZW, which most programs compress with
        "tqdm>=4.66",
    ],
    extras_require={
        "demo": ["scikit-image>=0.22"],
        "diffusion": ["tokenizers>=0.20"],  # brings a package that can download: not for all, and never imported
        "openvino": ["openvino>=2025.0"],
        "seal": ["cryptography>=42"],
        "test": [
            "pytest>=8",
            "openvino>=2025.0",
            "cryptography>=42",
            "scikit-image>=0.22",
            "scikit-learn>=1.5",
            "torch==2.13.0",
            "onnx>=1.16",
            "tokenizers>=0.20",
            "diffusers>=0.35",  # with transformers: what Stable Diffusion is compared with
            "transformers>=4.50",
        ],
        "export": ["torch==2.13.0", "onnx>=1.16", "scikit-image>=0.22", "scikit-learn>=1.5"],
    },
    entry_points={"console_scripts": ["gesso = gesso.__main__:main"]},
)
