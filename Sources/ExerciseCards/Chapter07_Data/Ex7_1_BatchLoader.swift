import FledgeCourse

extension Exercise {
  static let batchLoader = Exercise(
    "7.1", file: "Ex7_1_BatchLoader", title: "A loader",
    goal: """
      Write the loader that every training loop begins with: each example once an epoch, in an order \
      that can be taken up again, by as many workers as there are.
      """,
    source: "needle homework 2, question 4; TinyTorch module 5",
    hints: [
      """
      Begin with the plan: it only counts. Write down the batches of 10 examples in batches of 3 on \
      paper, then ask which numbers your code needs to get there.
      """,
      """
      The number of batches is count / batchSize, rounded up where the last one stays. A batch is a \
      slice of the order: from batch · batchSize, to batchSize further or to the end. The iterator \
      remembers the epoch it was made in, and reads and moves the loader's position with each batch.
      """,
      """
      Rounded up: add batchSize − 1 before the division. The shuffle walks its places backwards and \
      draws below place + 1: a place may stay. In the iterator: when the position is in another epoch \
      than at the beginning, it is at its end; otherwise note the number, move the position (to epoch \
      + 1 and batch 0 after the last), and make the batch with the plan's generator for that number.
      """,
    ],
    mutants: [
      Mutant(
        "naive-shuffle",
        hint: """
          Some orders come more often than others: each place was exchanged with any place, and not \
          only with one up to itself.
          """,
        replace: "generator.integer(below: place + 1)", with: "generator.integer(below: count)"),
      Mutant(
        "never-stays",
        hint: """
          Orders in which a number stays where it was never come: a place is drawn from those up to \
          and including itself.
          """,
        replace: "generator.integer(below: place + 1)", with: "generator.integer(below: place)"),
      Mutant(
        "every-epoch-alike",
        hint: "All epochs have the same order: the epoch has to go into the generator.",
        replace: "using: Generator(seed: seed).split(UInt64(epoch)))",
        with: "using: Generator(seed: seed).split(0))"),
      Mutant(
        "loses-the-last-batch",
        hint: "The examples that do not fill a batch never come: the division rounds down.",
        replace: "(count + batchSize - 1) / batchSize", with: "count / batchSize"),
      Mutant(
        "one-batch-too-many",
        hint: "Where the examples fill all batches there is an empty one more.",
        replace: "(count + batchSize - 1) / batchSize", with: "count / batchSize + 1"),
      Mutant(
        "shares-by-blocks",
        hint: """
          A worker made batches that lie side by side. Then the first batch of the second worker is \
          needed last, and the first worker is alone at the beginning: take every `workers`-th.
          """,
        replace: "Array(stride(from: worker, to: batchesPerEpoch, by: workers))",
        with: """
          Array(batchesPerEpoch * worker / workers..<batchesPerEpoch * (worker + 1) / workers)
          """),
      Mutant(
        "begins-again",
        hint: "A loop that was left in the middle began the epoch again: go on at the position.",
        replace: "let epoch = position.epoch",
        with: "let epoch = position.epoch\n    position.batch = 0"),
      Mutant(
        "one-generator-for-all",
        hint: """
          Every batch of the epoch drew the same numbers. Each has a generator of its own: the plan \
          makes it from epoch and batch.
          """,
        replace: "plan.generator(ofBatch: number, epoch: epoch)",
        with: "plan.generator(ofBatch: 0, epoch: epoch)"),
    ])
}
