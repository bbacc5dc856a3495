"""``python -m mlpedu``, the same as the command ``mlpedu``: the exercises."""

import sys

from mlpedu.classroom.command import main

if __name__ == "__main__":
    sys.exit(main())
