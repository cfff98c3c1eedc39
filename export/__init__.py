"""Training and export of gesso's models. Needs `pip install '.[export]'`; never imported by the plug-in."""
