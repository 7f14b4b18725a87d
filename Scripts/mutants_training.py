"""Mutants of training: trainer, optimizers' kernels, mixed precision, models of sequences."""

from mutants_base import (
    AUTOCAST, Mutant, OPS, OPTIM, OPTIM_TESTS, TRAIN, TRAINER, kernel,
)

STEP = TRAIN + "Trainer/Trainer+Step.swift"
CHECKPOINTS = TRAIN + "Trainer/Trainer+Checkpoints.swift"
MIXED = TRAIN + "Trainer/MixedPrecision.swift"
TAPS = OPS + "Convolution/TapConvolution.swift"
REGISTRY = "FledgeCoreTests.RegistryTests"
MODELS = "Sources/FledgeModels/"
MODEL_TESTS = "FledgeModelsTests.SequenceModelGolden"
FUSED = "FledgeOptimTests.FusedStep"


def optimizer(name, old, new, what):
    return kernel("optimizer-" + name, "optimizer_rules.c", old, new, what, FUSED)


MUTANTS = [
    # Mixed precision and averages in the trainer
    Mutant("mixed-forward", MIXED, "autocast(dtype) { loss() }", "loss()",
           "the loss is computed in float32", TRAINER),
    Mutant("mixed-unscale", MIXED, "    try scaler?.unscale(optimizer, overflowsAnywhere: strategy.any)\n", "",
           "gradients are clipped before they are unscaled", TRAINER),
    Mutant("mixed-state", MIXED, "(scale: scale, goodSteps: $0) }", "(scale: scale, goodSteps: $0 * 0) }",
           "a resumed scaler counts its good steps again", TRAINER),
    Mutant("average-update", STEP, "    average?.update()\n", "", "the average stays at its start",
           TRAINER),
    Mutant("average-validation", STEP,
           "    average?.swapIn()\n    do {\n      defer {\n        average?.restore()\n",
           "    do {\n      defer {\n", "validation sees the weights themselves", TRAINER),
    Mutant("average-best", CHECKPOINTS, "    average?.replaceWeights()\n", "",
           "the best weights are not those that were validated", TRAINER),
    Mutant("average-misfit", CHECKPOINTS,
           "    try saved.check(model, optimizer)\n    try check(average, in: saved)\n",
           "    try saved.check(model, optimizer)\n",
           "an average that does not fit is noticed after the weights were loaded", TRAINER),
    Mutant("resume-undo", CHECKPOINTS, "for goBack in undo.reversed() { try goBack() }", "",
           "parts restored before the one that throws stay", TRAINER),
    Mutant("checkpoint-optimizer", TRAIN + "Checkpoint.swift",
           '        try optimizer?.check(tensors(of: "optimizer"), strict: strict)\n', "",
           "weights are loaded before the optimizer's state is refused",
           "FledgeTrainTests.CheckpointTests"),
    Mutant("stopped-resumes", TRAIN + "Trainer/Trainer.swift",
           "step < total && hasLostPatience ? TrainingEnd.stoppedEarly : .completed",
           "TrainingEnd.completed", "a run that has stopped early takes one more step", TRAINER),
    Mutant("last-line", TRAIN + "Progress/ProgressBar.swift",
           "metricsStep < step\n", "false\n", "old metrics stand as if they were new",
           "FledgeTrainTests.(ProgressBar|TrainerEnding)"),
    Mutant("report-once", STEP, "    report(validation)\n", "    bar?.finish()\n",
           "the bar does not show the validation", TRAINER),
    Mutant("second-interrupt", TRAIN + "Interruption.swift", ".oldValue > 0", ".oldValue > 9",
           "a second Ctrl-C is a wish, too", "FledgeTrainTests.Interruption"),

    # Optimizers
    Mutant("muon-tables", OPTIM + "Muon.swift", "inside.subtracting(identities(tables))", "inside",
           "embeddings among the hidden layers go to Muon", OPTIM_TESTS),
    Mutant("optimizer-names", OPTIM + "ParameterNames.swift", "paths.first ?? ", "",
           "state is kept by position", "FledgeOptimTests.OptimizerState"),
    Mutant("optimizer-aliases", OPTIM + "ParameterNames.swift",
           "where positions[path] == nil { positions[path] = position }", "where false {}",
           "a shared parameter's state has one name only", "FledgeOptimTests.OptimizerState"),
    Mutant("update-copies", OPTIM + "SlotOptimizer.swift",
           "{ swap(&value, &$0) }\n    takeStep", "{ $0 = value }\n    takeStep",
           "each step copies the parameter", "FledgeOptimTests.UpdateRule"),
    Mutant("update-half", OPTIM + "UpdateRule.swift", "dtype == .float64 ? .float64 : .float32",
           "dtype", "half types are stepped in themselves", "FledgeOptimTests.UpdateRule"),
    Mutant("ranks-weights", STEP, "count * strategy.rankCount", "count",
           "gradients of ranks are averaged and divided by their number once more", TRAINER),
    Mutant("ranks-stop", TRAIN + "Trainer/Trainer.swift", "let wishes = try strategy.sum([",
           "let wishes = ([", "a stop on one rank leaves the others waiting", TRAINER),
    Mutant("ranks-metrics", STEP, "$0.mean * $0.weight, $0.weight", "$0.mean, 1",
           "parts of the validation count the same, whatever their sizes", TRAINER),
    Mutant("ranks-generators", CHECKPOINTS, "run.ranks?[strategy.rank]", "run.ranks?[0]",
           "all resumed ranks draw the numbers of rank 0", TRAINER),
    Mutant("ranks-norm", STEP, "try strategy.totalSquares(sumOfSquaredGradients(parameters))",
           "sumOfSquaredGradients(parameters)", "each rank clips by the norm of its part", TRAINER),
    optimizer("rmsprop-mean", "variance -= mean[i] * mean[i];", "", "RMSprop is never centered"),
    optimizer("rmsprop-velocity", "d = velocity[i] = momentum * velocity[i] + d",
              "velocity[i] = momentum * velocity[i] + d", "RMSprop steps without its momentum"),
    optimizer("adagrad", "w[i] -= rate * g / (__builtin_sqrtf(sum[i]) + epsilon);",
              "w[i] -= rate * gradient[i] / (__builtin_sqrtf(sum[i]) + epsilon);",
              "Adagrad's decay does not move the weight"),
    optimizer("adadelta", "update[i] + epsilon) /", "update[i]) /",
              "Adadelta cannot take a first step"),
    optimizer("nadam", "of_mean * m[i])", "of_gradient * m[i])", "NAdam does not look ahead"),
    optimizer("lion", "m[i] = beta2 * m[i] + rest2 * g;", "m[i] = c;", "Lion has one beta"),
    optimizer("lion-nan", "c < 0 ? -1 : c;", "-1;", "NaN has a sign"),
    optimizer("lars", "velocity[i] = momentum * velocity[i] + rate", "velocity[i] = rate",
              "LARS has no momentum"),
    optimizer("lamb", " + decay * w[i];\n  }\n}\n", ";\n  }\n}\n", "LAMB does not decay"),

    # Precision, summaries, attention maps
    Mutant("autocast-recurrent", OPS + "Recurrent/Recurrent.swift", "AutocastRule { .full }",
           "AutocastRule { .widest }", "recurrent steps of half weights go on in halves", AUTOCAST),
    Mutant("autocast-transposed", OPS + "Convolution/Conv2dGradients.swift",
           "weight · dy\"\n  static var precision: AutocastRule { .reduced }", "weight · dy\"",
           "transposed convolutions stay in float32", AUTOCAST),
    Mutant("summary-recurrent", OPS + "Recurrent/Recurrent.swift",
           "outputs[0].shape.count * inputs[1].shape[0]", "0",
           "recurrent steps cost nothing", "FledgeNNTests.Summary"),
    Mutant("attention-map-mask", OPS + "Fused/Attention.swift",
           "attentionWeights(\n      ofScores: options.scores(inputs[0], inputs[1], mask: hasMask ? inputs[3] : nil))",
           "attentionWeights(ofScores: options.scores(inputs[0], inputs[1], mask: nil))",
           "maps show weights of hidden keys", "FledgeCoreTests.AttentionMaps"),

    # Taps of convolutions that small images leave out
    Mutant("taps-windows", TAPS, "(0..<windows).contains {", "(0..<1).contains {",
           "only taps of the first window count", REGISTRY),
    Mutant("taps-adjoint", TAPS, "(1 - size..<windows)", "(0..<windows)",
           "taps that reach the image from below are left out", REGISTRY),
    Mutant("taps-spread", TAPS, "to[m * weightStride + source]", "to[m * weightStride + k]",
           "gradients of taps go to the wrong weights", REGISTRY),

    # Models of sequences
    Mutant("seq2seq-scale", MODELS + "Seq2SeqTransformer.swift",
           "embedding(tokens) * Double(configuration.channels).squareRoot()", "embedding(tokens)", "embeddings are not scaled by √C", MODEL_TESTS),
    Mutant("seq2seq-memory-mask", MODELS + "Seq2SeqTransformer.swift",
           "memoryKeyMask: memoryMask", "memoryKeyMask: nil", "the decoder sees padding", MODEL_TESTS),
    Mutant("classifier-place", MODELS + "TextClassifier.swift", "read[.all, 0]", "read[.all, -1]",
           "the last position speaks for the text", MODEL_TESTS),
    Mutant("lstm-state", MODELS + "LSTMLanguageModel.swift", "state: state)\n    return (head",
           "state: nil)\n    return (head", "the language model forgets what it read", MODEL_TESTS),
]
