"""Record what a miner answers, without its secrets, for an issue or a test."""

from importlib import import_module
from pathlib import Path
import sys
from types import ModuleType

_INTEGRATION = "custom_components.whatsminer"

try:
    import_module(_INTEGRATION)
except ImportError:
    # Without Home Assistant there is no integration, but the client in it works.
    alone = ModuleType(_INTEGRATION)
    alone.__path__ = [str(Path(__file__).parents[2].joinpath(*_INTEGRATION.split(".")))]
    sys.modules[_INTEGRATION] = alone
