#!/usr/bin/env python
import os
import sys

from leadscore.commands import run

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadscore.settings")
    run(sys.argv)
