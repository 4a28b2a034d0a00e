"""Print the minutes of a pretend day as CSV."""

import argparse
import csv
import sys

from .day import KINDS, Minute, make_day


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.household", description=__doc__
    )
    parser.add_argument("--kind", choices=KINDS, default="cloudy")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    writer = csv.writer(sys.stdout)
    writer.writerow(Minute._fields)
    writer.writerows(make_day(args.kind, args.seed))


if __name__ == "__main__":
    main()
