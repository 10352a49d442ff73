"""Writes a contact sheet of portraits."""
import argparse

from PIL import Image

from .sheet import expressions, random, sheet, sweep


def main():
    parser = argparse.ArgumentParser(prog="python -m painter", description=__doc__)
    parser.add_argument("out", help="the picture to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=36, help="random portraits, or looks for --show expressions")
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--size", type=int, default=192, help="pixels of one portrait")
    parser.add_argument("--show", choices=("random", "expressions", "look", "pose"), default="random")
    parser.add_argument("--landmarks", action="store_true", help="draw the landmarks as dots")
    options = parser.parse_args()
    if options.show == "random":
        rows = random(options.seed, options.count)
    elif options.show == "expressions":
        rows = expressions(options.seed, options.count)
    else:
        rows = sweep(options.seed, options.show, options.columns)
    Image.fromarray(sheet(rows, options.columns, options.size, options.landmarks)).save(options.out)


if __name__ == "__main__":
    main()
