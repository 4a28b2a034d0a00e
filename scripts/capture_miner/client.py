"""The parts of the client that are used here; they also work without Home Assistant."""

from pathlib import Path
import sys

try:
    from custom_components.whatsminer.client.crypto import TokenV3
    from custom_components.whatsminer.client.exceptions import (
        InvalidResponse,
        MinerUnreachable,
        NoAnswer,
        WhatsminerError,
    )
    from custom_components.whatsminer.client.lenient_json import loads
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
    from client.crypto import TokenV3  # type: ignore[import-not-found, no-redef]
    from client.exceptions import (  # type: ignore[import-not-found, no-redef]
        InvalidResponse,
        MinerUnreachable,
        NoAnswer,
        WhatsminerError,
    )
    from client.lenient_json import loads  # type: ignore[import-not-found, no-redef]
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
    "InvalidResponse",
    "MinerUnreachable",
    "NoAnswer",
    "Secret",
    "TokenV3",
    "Transport",
    "WhatsminerError",
    "loads",
    "secret_by_name",
]
