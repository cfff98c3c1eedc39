"""Every action of gesso, as data. The PDB procedure, the dialog, the command and the checks are made from these.

To add an action: one entry in the file of its menu, and `engine/<menu>/<name>.py` with `run(job, models, progress)`.
"""

from gesso.contract.actions import assess, blend, convert, enhance, generate, inpaint
from gesso.contract.actions.action import Action
from gesso.contract.errors import BadSetting

__all__ = ["ACTIONS", "Action", "find"]

ACTIONS: tuple[Action, ...] = (
    *generate.ACTIONS,
    *inpaint.ACTIONS,
    *enhance.ACTIONS,
    *convert.ACTIONS,
    *blend.ACTIONS,
    *assess.ACTIONS,
)


def find(menu: str, name: str) -> Action:
    """The action of that menu and name. Raises BadSetting."""
    for action in ACTIONS:
        if (action.menu, action.name) == (menu, name):
            return action
    raise BadSetting(
        f"There is no action {menu} {name}.", "See: " + ", ".join(action.title for action in ACTIONS) + "."
    )
