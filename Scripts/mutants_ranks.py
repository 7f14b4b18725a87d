"""Mutants of many ranks: collectives, buckets, sharded state."""

from mutants_base import Mutant

RANKS = "Sources/FledgeDistributed/"
TESTS = "FledgeDistributedTests."
RING = RANKS + "Collectives/Ring.swift"
ALL_REDUCE = RANKS + "Collectives/AllReduce.swift"
MAIL = RANKS + "Transport/InProcessTransport.swift"
DDP = RANKS + "DataParallel/DistributedDataParallel.swift"
BUCKETS = RANKS + "DataParallel/Buckets.swift"
STRATEGIES = RANKS + "DataParallel/Strategies.swift"
ZERO = RANKS + "Sharded/ZeroRedundancyOptimizer.swift"
UNIT = RANKS + "Sharded/ShardedUnit.swift"

MUTANTS = [
    Mutant("ranks-ring", RING, "x[chunks[wrapped(index - step - 2)]]",
           "x[chunks[wrapped(index - step - 1)]]", "a ring adds up the wrong chunk",
           TESTS + "AllReduceTests"),
    Mutant("ranks-mean", RING, "    if reduction == .mean { x[chunks[index]].divide(by: count) }\n",
           "", "a mean is a sum", TESTS + "AllReduceTests"),
    Mutant("ranks-doubling", ALL_REDUCE,
           "        try shift(x, to: peer, other, from: peer)\n        x.combine(other.bytes, reduction)\n",
           "        try shift(x, to: peer, x, from: peer, reduction)\n",
           "what a peer still reads is added to", TESTS + "(AllReduceTests|TransportTests)"),
    Mutant("ranks-mismatch", MAIL, "guard message.envelope.call == envelope.call else {",
           "guard message.bytes.count >= 0 else {", "ranks in different calls go on",
           TESTS + "FailureTests"),
    Mutant("ranks-ended", MAIL, "      if let reason { throw reason }\n", "",
           "a failed rank is found by the deadline only", TESTS + "FailureTests"),
    Mutant("ranks-mean-of-means", DDP,
           "      if weight != 1 { loss = loss.map { $0 * weight } }\n", "      _ = weight\n",
           "examples of short parts weigh more", TESTS + "DistributedDataParallelTests"),
    Mutant("ranks-no-sync", DDP, "    isSynchronizing = false\n", "", "noSync sends",
           TESTS + "DistributedDataParallelTests"),
    Mutant("ranks-unused", DDP, " where use == 0 { parameter.grad = nil }",
           " where use < 0 { parameter.grad = nil }",
           "a parameter that nobody uses gets a gradient", TESTS + "DistributedDataParallelTests"),
    Mutant("ranks-overlap", BUCKETS, "      take(bucket, place, keeps)\n      handOver()\n",
           "      take(bucket, place, keeps)\n", "buckets leave after the pass",
           TESTS + "DistributedDataParallelTests"),
    Mutant("ranks-local-norm", STRATEGIES,
           "throws -> Tensor { try group.allReduce(local) }", "throws -> Tensor { local }",
           "gradients are clipped by a part of their norm", TESTS + "StrategyTests"),
    Mutant("ranks-stale-graph", UNIT,
           "      for parameter in parameters { parameter.noteChangeAtHome() }\n", "",
           "a graph goes on with other weights", TESTS + "StrategyTests"),
    Mutant("ranks-free-gradients", ZERO, "let keepsWhole = stage == .optimizer",
           "let keepsWhole = true", "stage 2 keeps whole gradients", TESTS + "ZeroTests"),
]
