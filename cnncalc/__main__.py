"""``python -m cnncalc`` is the command."""

import sys

from cnncalc.commands import main

sys.exit(main())
