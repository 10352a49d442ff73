"""Makes the whole pack: draws the portraits, trains the four networks, exports. What is done already is not done again.

    python models/training/make.py --from-seed --work DIR [--hours 4]

Everything follows from the seeds in the scripts; a GPU is used where PyTorch finds one. DIR keeps the drawn portraits (about
0.2 MB each) and the checkpoints, so that a stopped run goes on when the same command is given again; a longer --hours goes
on from there as well.
"""

import argparse
from pathlib import Path

import data
import evaluate
import export
import shapes
import train_generator
import train_landmarks
import train_perceptual


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--from-seed", action="store_true", required=True, help="yes, train everything")
    parser.add_argument("--work", required=True)
    parser.add_argument("--hours", type=float, default=4.0)
    parser.add_argument("--portraits", type=int, default=40960)
    parser.add_argument("--pairs", type=int, default=8192)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--eager", action="store_true", help="do not compile the training steps")
    parser.add_argument("--version", default="1.0.0")
    a = parser.parse_args()
    work, minutes = Path(a.work), a.hours * 60
    data.fill(work / "portraits", data.TRAIN, a.portraits, a.workers)
    data.fill(work / "portraits", data.PAIRS, a.pairs, a.workers)
    how = {"compiled": not a.eager, "threads": a.threads}
    train_generator.train(work, 0.64 * minutes, **how)
    train_landmarks.train(work, "landmarks", 21, 0.12 * minutes, generated=0.5, **how)
    train_landmarks.train(work, "judge", 22, 0.12 * minutes, **how)
    train_perceptual.train(work, 0.12 * minutes, impostors=True, **how)
    export.export_pack(work, a.version)
    export.export_evaluation(work)
    export.export_examples()
    shapes.main()
    evaluate.main(argparse.Namespace(pairs=4, steps=250, rate=0.1, landmark_weight=0.05, perceptual_weight=1.0, sheet=None))


if __name__ == "__main__":
    main()
