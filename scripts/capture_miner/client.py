"""What is used of the client; without Home Assistant it is imported alone."""

from pathlib import Path
import sys

try:
    from custom_components.whatsminer.client.exceptions import (
        MinerUnreachable,
        NoAnswer,
        WhatsminerError,
    )
    from custom_components.whatsminer.client.protocol import (
        IPV4_ADDRESS,
        IPV6_ADDRESS,
        MAC_ADDRESS,
        Secret,
        secret_by_name,
    )
    from custom_components.whatsminer.client.transport import FrameTransport, Transport
except ImportError:
    root = Path(__file__).parent.parent.parent
    sys.path.insert(0, str(root / "custom_components" / "whatsminer"))
    from client.exceptions import MinerUnreachable, NoAnswer, WhatsminerError  # type: ignore[import-not-found, no-redef]
    from client.protocol import (  # type: ignore[import-not-found, no-redef]
        IPV4_ADDRESS,
        IPV6_ADDRESS,
        MAC_ADDRESS,
        Secret,
        secret_by_name,
    )
    from client.transport import FrameTransport, Transport  # type: ignore[import-not-found, no-redef]

__all__ = [
    "IPV4_ADDRESS",
    "IPV6_ADDRESS",
    "MAC_ADDRESS",
    "FrameTransport",
    "MinerUnreachable",
    "NoAnswer",
    "Secret",
    "Transport",
    "WhatsminerError",
    "secret_by_name",
]
