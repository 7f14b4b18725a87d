"""What a mutant is, and the names that the lists of them share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    old: str  # stands exactly once in the file
    new: str
    what: str
    tests: str = "FledgeCoreTests"


CORE = "Sources/FledgeCore/"
OPS = CORE + "Ops/"
C = "Sources/CKernels/"
TRAIN = "Sources/FledgeTrain/"
TRAINER = "FledgeTrainTests.Trainer"
VIEWS = "FledgeCoreTests.(ViewTests|IndexingTests)"
WRITES = "FledgeCoreTests.IndexWriteTests"
LOSSES = "Sources/FledgeNN/Losses/"
OPTIM = "Sources/FledgeOptim/"
OPTIM_TESTS = "FledgeOptimTests.(FurtherOptimizer|MixedPrecision)"
AUTOCAST = "FledgeCoreTests.AutocastTests"
DEVICES = "FledgeOptimTests.TrainingDeviceTests"
GRAPHS = "FledgeCoreTests.(SavedValue|Backward|Transform|Checkpoint|UserBackend)Tests"


def rule(name, file, old, new, what):
    """A wrong gradient rule."""
    return Mutant("gradient-" + name, OPS + file, old, new, what)


def kernel(name, file, old, new, what, tests="FledgeCoreTests"):
    return Mutant("kernel-" + name, C + file, old, new, what, tests)
