"""The errors gesso raises on purpose. Each carries one sentence for the user and an exit code.

GessoError
+-- BadInput        the picture, selection or layers do not fit the action          exit 2
|   +-- NothingFound    there is nothing to do: the picture is in order
+-- BadSetting      a parameter is out of range or unknown                          exit 2
+-- ModelError      a model is missing, damaged, or not what its card says          exit 3
+-- EngineError     the engine could not be started, or died                        exit 4
+-- Cancelled       the user stopped the run                                        exit 130
"""


class GessoError(Exception):
    """`message` says what happened, `advice` what to do about it; both are whole sentences."""

    exit_code = 1

    def __init__(self, message: str, advice: str = ""):
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class BadInput(GessoError):
    exit_code = 2


class NothingFound(BadInput):
    pass


class BadSetting(GessoError):
    exit_code = 2


class ModelError(GessoError):
    exit_code = 3


class EngineError(GessoError):
    exit_code = 4


class Cancelled(GessoError):
    exit_code = 130

    def __init__(self, message: str = "The run was cancelled.", advice: str = ""):
        super().__init__(message, advice)


def no_model(role: str) -> ModelError:
    """For an action that has no model to run."""
    return ModelError(
        f"No model for {role} is installed.",
        "Add one with Filters > Gesso > Models, or with: gesso models add FILE. The README says where to find some.",
    )


EVERY = (GessoError, BadInput, NothingFound, BadSetting, ModelError, EngineError, Cancelled)
KINDS = {kind.__name__: kind for kind in EVERY}
