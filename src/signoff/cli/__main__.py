"""`python -m signoff.cli`, the same as the command `signoff`."""

import sys

from signoff.cli import main

sys.exit(main())
