"""A pretend household with sun on its roof, in which miners run."""

from .day import KINDS, MINUTES, Kind, Minute, make_day
from .home import Household
from .room import Room

__all__ = ["KINDS", "MINUTES", "Household", "Kind", "Minute", "Room", "make_day"]
