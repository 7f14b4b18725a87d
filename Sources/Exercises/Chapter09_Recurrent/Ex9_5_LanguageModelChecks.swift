import FledgeCore
import FledgeCourse
import FledgeModels
import FledgeNN
import FledgeOptim

let checks9_5: [Check] = checksOfModels + checksOfTraining

private let checksOfModels: [Check] = [
  Check("a model has its layers from its sizes") { c in
    let model = MyLanguageModel(vocabulary: 7, channels: 3, hidden: 5, layers: 2)
    c.expect(
      model.parameterCount, equals: 21 + 20 * 9 + 20 * 11 + 42,
      "parameters: 7 · 3, two cells 3 → 5 and 5 → 5, and 5 · 7 + 7")
    let (logits, states) = model([[0, 6], [1, 1], [3, 2]], from: nil)
    c.expect(logits.shape.description, equals: "[3, 2, 7]", "logits of three rows of two words")
    c.expect(states.count, equals: 2, "states, one for each layer")
  },
  Check("it is the framework's language model") { c in
    let mine = makeModel(seed: 1)
    let theirs = LSTMLanguageModel(.init(vocabulary: 6, channels: 4, hidden: 5))
    theirs.embedding.weight = mine.embedding.weight
    theirs.lstm.forward[0].inputWeight = mine.lstm.cells[0].inputWeight
    theirs.lstm.forward[0].recurrentWeight = mine.lstm.cells[0].recurrentWeight
    theirs.lstm.forward[0].inputBias = mine.lstm.cells[0].bias
    theirs.lstm.forward[0].recurrentBias = Tensor.zeros([20])
    theirs.head.weight = mine.head.weight
    theirs.head.bias = mine.head.bias
    // Fledge's tokens are stream after stream, these are step after step.
    let tokens = Tensor([0, 5, 1, 2, 3, 3, 4, 0], shape: [2, 4])
    let expected = theirs(tokens).detached()
    let found = mine([[0, 3], [5, 3], [1, 4], [2, 0]], from: nil).logits.detached()
    c.expect(found.transposed(0, 1), near: expected, "the logits of two streams of four words")
  },
  Check("the loss is the mean over all words of a piece") { c in
    let model = makeModel(seed: 2)
    let logits = Tensor([[[0, 0], [1, 0]], [[0, 3], [0, 0]]])
    // log 2, log(1 + e), log(1 + e³) and log 2 again.
    c.expect(
      model.loss(logits, [[0, 1], [0, 1]]).item(),
      near: (2 * 0.6931472 + 1.3132617 + 3.0485874) / 4,
      tolerance: 1e-5, "two rows of two words, two classes")
  },
  Check("a text in two pieces is the text, if the state goes with it") { c in
    let model = makeModel(seed: 3)
    let text = rows(12)
    let whole = model(text, from: nil)
    let first = model(Array(text[..<5]), from: nil)
    let second = model(Array(text[5...]), from: first.states)
    c.expect(
      second.logits.detached(), near: whole.logits.detached()[5..<12], "the logits of rows 5 to 11")
  },
  Check("a cut state has the same numbers, and no graph") { c in
    let states = makeModel(seed: 4)(rows(3), from: nil).states
    let cut = TextTraining.cut(states)
    guard c.expect(cut.count, equals: 1, "states") else { return }
    c.expect(cut[0].h, near: states[0].h.detached(), "h")
    c.expect(cut[0].c, near: states[0].c.detached(), "c")
    c.expect(cut[0].h.graphNode == nil, "h has no place in a graph")
    c.expect(cut[0].c.graphNode == nil, "c has none either")
  },
]

private let checksOfTraining: [Check] = [
  Check("an epoch reads the text in order, and the state goes on") { c in
    // With a learning rate of 0 the model stays, and the losses are those of one long reading.
    let model = makeModel(seed: 5)
    let text = TextStreams(corpus, count: 2)
    let losses = TextTraining.epoch(
      model, SGD(model.parameters(), learningRate: 0), on: text, length: 4, maximumNorm: 1)
    let logits = model(Array(text.rows.dropLast()), from: nil).logits.detached()
    var expected: [Double] = []
    for start in stride(from: 0, to: text.rows.count - 1, by: 4) {
      let end = min(start + 4, text.rows.count - 1)
      let targets = Tensor(
        text.rows[start + 1..<end + 1].flatMap { $0 }, shape: [end - start, 2])
      expected.append(crossEntropy(logits[start..<end], targets).item())
    }
    c.expect(losses, near: expected, tolerance: 1e-5, "the loss of each piece of four rows")
    let again = TextTraining.epoch(
      model, SGD(model.parameters(), learningRate: 0), on: text, length: 4, maximumNorm: 1)
    c.expect(again, near: expected, tolerance: 1e-5, "another epoch begins without a state")
  },
  Check("the gradient ends where its piece begins") { c in
    let model = makeModel(seed: 6)
    let text = TextStreams(corpus, count: 2)
    let optimizer = SGD(model.parameters(), learningRate: 0)
    _ = TextTraining.epoch(model, optimizer, on: text, length: 5, maximumNorm: 1e9)
    let found = model.namedParameters().map { $0.parameter.grad }
    // By hand: all but the last piece read for its state, then the last piece alone.
    let last = (text.rows.count - 2) / 5 * 5
    var before: [MyLSTMState] = []
    for state in model(Array(text.rows[..<last]), from: nil).states {
      before.append(MyLSTMState(h: state.h.detached(), c: state.c.detached()))
    }
    for parameter in model.parameters() { parameter.grad = nil }
    let result = model(Array(text.rows[last..<text.rows.count - 1]), from: before)
    model.loss(result.logits, Array(text.rows[(last + 1)...])).backward()
    for ((name, parameter), gradient) in zip(model.namedParameters(), found) {
      c.expect(
        gradient ?? Tensor.zeros([0]), near: parameter.grad!, tolerance: 1e-5,
        "the gradient of \(name) after the last piece: that of this piece alone")
    }
  },
  Check("the gradients are clipped together, and then the optimizer steps") { c in
    for maximum in [0.01, 0.02] {
      let model = makeModel(seed: 7)
      let before = model.namedParameters().map { $0.parameter.value!.detached() }
      let text = TextStreams(Array(corpus[..<8]), count: 2)
      _ = TextTraining.epoch(
        model, SGD(model.parameters(), learningRate: 1), on: text, length: 3, maximumNorm: maximum)
      let moved = zip(model.namedParameters(), before).reduce(0.0) { sum, pair in
        sum + (pair.0.parameter.value!.detached() - pair.1).square().sum().item()
      }
      c.expect(
        moved.squareRoot(), near: maximum, tolerance: 1e-4,
        "how far all parameters moved in one step with learning rate 1, clipped to \(maximum)")
    }
  },
  Check("a loss is that before the step, and a piece is as long as was asked for") { c in
    let model = makeModel(seed: 12)
    let text = TextStreams(corpus, count: 2)
    let first = text.piece(from: 0, length: 4)
    let expected = model.loss(model(first.inputs, from: nil).logits, first.targets).item()
    var lengths: [Int] = []
    let losses = observingOperations({
      if $0.name == MyTableRows.name { lengths.append($0.outputs[0].shape[0]) }
    }) {
      TextTraining.epoch(
        model, SGD(model.parameters(), learningRate: 0.5), on: text, length: 4, maximumNorm: 1)
    }
    c.expect(losses.first ?? 0, near: expected, tolerance: 1e-5, "the loss of the first piece")
    c.expect(lengths, equals: [4, 4, 4, 4, 4, 1], "the rows that were read at a time, of 21")
    lengths = []
    observingOperations({
      if $0.name == MyTableRows.name { lengths.append($0.outputs[0].shape[0]) }
    }) { _ = TextTraining.perplexity(model, of: text, length: 8) }
    c.expect(lengths, equals: [8, 8, 5], "the same in an evaluation, in pieces of 8")
  },
  Check("a model that knows nothing wavers between all words") { c in
    let model = makeModel(seed: 8)
    model.head.weight = Tensor.zeros([6, 5])
    model.head.bias = Tensor.zeros([6])
    c.expect(
      TextTraining.perplexity(model, of: TextStreams(corpus, count: 2), length: 4), near: 6,
      tolerance: 1e-4, "the perplexity of six words")
  },
  Check("every word counts the same, in a short piece, too, and the state goes on") { c in
    let model = makeModel(seed: 9)
    let text = TextStreams(corpus, count: 2)
    let whole = TextTraining.perplexity(model, of: text, length: 1000)
    for length in [1, 4, 9] {
      c.expect(
        TextTraining.perplexity(model, of: text, length: length), near: whole, tolerance: 1e-4,
        "the perplexity in pieces of \(length), which is that of the text in one piece")
    }
  },
  Check("an evaluation records nothing") { c in
    let model = makeModel(seed: 10)
    var recorded = false
    observingOperations({ recorded = recorded || $0.outputs.contains { $0.graphNode != nil } }) {
      _ = TextTraining.perplexity(model, of: TextStreams(corpus, count: 2), length: 4)
    }
    c.expect(!recorded, "no result of an operation has a place in a graph")
  },
  Check("a model learns a text whose next word depends on the one before the last") { c in
    let model = withGenerator(Generator(seed: 11)) {
      MyLanguageModel(vocabulary: 3, channels: 6, hidden: 12)
    }
    // 0 0 1 0 2 …: what follows a 0 is known only from before it.
    let text = TextStreams((0..<240).map { [0, 0, 1, 0, 2, 1][$0 % 6] }, count: 6)
    let optimizer = Adam(model.parameters(), learningRate: 2e-2)
    let before = TextTraining.perplexity(model, of: text, length: 8)
    for _ in 0..<12 {
      _ = TextTraining.epoch(model, optimizer, on: text, length: 8, maximumNorm: 1)
    }
    let after = TextTraining.perplexity(model, of: text, length: 8)
    c.expect(before > 2.2, "at first it wavers between about three words: \(before)")
    c.expect(after < 1.2, "after twelve epochs it knows what comes: \(after)")
  },
]

private func makeModel(seed: UInt64) -> MyLanguageModel {
  withGenerator(Generator(seed: seed)) { MyLanguageModel(vocabulary: 6, channels: 4, hidden: 5) }
}

/// 44 words of a vocabulary of six.
private let corpus = (0..<44).map { ($0 * $0 * 5 + $0 / 3) % 6 }

/// Rows of two words.
private func rows(_ count: Int) -> [[Int]] { (0..<count).map { [$0 * 5 % 6, ($0 * $0 + 1) % 6] } }
