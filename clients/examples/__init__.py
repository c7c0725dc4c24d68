"""Three running service systems that share one sign-in: the demo, and the fixtures of the end-to-end tests."""

import importlib.util
import sys
from pathlib import Path

# In a checkout the SDK stands beside the examples; an installed one comes first.
if importlib.util.find_spec("cua_chung") is None:
    sys.path.append(str(Path(__file__).parents[1] / "sdk" / "src"))
