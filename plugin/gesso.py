#!/usr/bin/env python3
"""What GIMP starts. Everything it does is in gesso/client; this file must load even where something else is broken."""

import sys

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gesso.client import procedures  # noqa: E402
from gi.repository import Gimp  # noqa: E402


class Gesso(Gimp.PlugIn):
    def do_set_i18n(self, name):
        return True, "gesso", None

    def do_query_procedures(self):
        return procedures.names()

    def do_create_procedure(self, name):
        return procedures.create(self, name)


Gimp.main(Gesso.__gtype__, sys.argv)
