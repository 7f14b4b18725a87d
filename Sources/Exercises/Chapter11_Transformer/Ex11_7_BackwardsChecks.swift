import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim
import Foundation

let checks11_7: [Check] = checksOfTheTask + checksOfLearning

private let task = BackwardsTask(letters: 6, length: 5)

private func model(seed: UInt64 = 1) -> MyGPT {
  withGenerator(Generator(seed: seed)) { MyGPT(task.sizes(layers: 2, heads: 2, channels: 32)) }
}

private let checksOfTheTask: [Check] = [
  Check("an example is a question, the sign, and the question backwards") { c in
    var seen = Set<Int>()
    c.forRandomCases(50) { generator in
      let example = task.example(using: generator)
      c.picture("the example:") { [example.map { "\($0)" }] }
      guard c.expect(example.count, equals: 11, "tokens of an example of length 5") else { return }
      let question = Array(example[0..<5])
      c.expect(question.allSatisfy { (0..<6).contains($0) }, "a question is of the letters 0 … 5")
      c.expect(example[5], equals: 6, "the sign")
      c.expect(Array(example[6...]), equals: question.reversed(), "the answer to \(question)")
      seen.formUnion(question)
    }
    c.expect(seen.count, equals: 6, "letters that came in 50 questions")
  },
  Check("a letter is drawn for each place, in their order") { c in
    let copy = Generator(seed: 3)
    let expected = (0..<5).map { _ in copy.integer(below: 6) }
    c.expect(
      Array(task.example(using: Generator(seed: 3)).prefix(5)), equals: expected,
      "the question of a generator that gives \(expected)")
  },
  Check("a model's sizes fit the task") { c in
    let sizes = task.sizes(layers: 3, heads: 4, channels: 16)
    c.expect(
      [sizes.vocabulary, sizes.context, sizes.layers, sizes.heads, sizes.channels],
      equals: [7, 10, 3, 4, 16], "vocabulary, context, layers, heads, channels")
  },
  Check("a batch asks for the token after each one") { c in
    let (inputs, targets) = task.batch(3, using: Generator(seed: 4))
    c.expect(inputs.shape, equals: [3, 10], "the shape of the inputs of 3 examples")
    c.expect(targets.shape, equals: [3, 10], "that of the targets")
    guard inputs.shape == [3, 10], targets.shape == [3, 10] else { return }
    c.expect(inputs.dtype, equals: .int64, "the type of the inputs")
    let copy = Generator(seed: 4)
    for row in 0..<3 {
      let example = task.example(using: copy)
      c.expect(
        inputs[row].array(of: Int.self), equals: Array(example.dropLast()), "inputs of row \(row)")
      c.expect(
        targets[row].array(of: Int.self), equals: Array(example.dropFirst()),
        "targets of row \(row)")
    }
  },
  Check("only the answers count") { c in
    let (_, targets) = task.batch(2, using: Generator(seed: 5))
    var sure = [Float](repeating: 0, count: 2 * 10 * 7)
    let wanted = targets.array(of: Int.self)
    for place in 0..<20 where place % 10 >= 5 { sure[place * 7 + wanted[place]] = 50 }
    let logits = Tensor(sure, shape: [2, 10, 7])
    c.expect(
      task.loss(logits, targets).item(), near: 0, tolerance: 1e-5,
      "the loss of who knows the answers and nothing of the questions")
    let none = Tensor.zeros([2, 10, 7])
    c.expect(task.loss(none, targets).item(), near: log(7), tolerance: 1e-5, "of who knows nothing")
    let leaf = none.requiringGradients()
    task.loss(leaf, targets).backward()
    let pushed = (leaf.grad ?? none).abs().max(axes: [0, 2]).array()
    c.expect(
      pushed.map { $0 > 0 },
      equals: [Bool](repeating: false, count: 5) + [Bool](repeating: true, count: 5),
      "the places whose logits get a gradient")
  },
]

private let checksOfLearning: [Check] = [
  Check("a step is a step, on new questions each time") { c in
    let (mine, other) = (model(), model())
    let optimizers = [mine, other].map { SGD($0.parameters(), learningRate: 0.5) }
    let losses = task.train(mine, optimizers[0], steps: 3, batchSize: 4, using: Generator(seed: 6))
    let generator = Generator(seed: 6)
    let expected = (0..<3).map { _ -> Double in
      let (inputs, targets) = task.batch(4, using: generator)
      other.zeroGrad()
      let value = task.loss(other(inputs), targets)
      value.backward()
      optimizers[1].step()
      return value.item()
    }
    c.expect(losses, near: expected, tolerance: 1e-5, "the losses before three steps")
    c.expect(
      mine.token.weight.detached(), near: other.token.weight.detached(), "the table afterwards")
  },
  Check("an answer is made token by token") { c in
    let net = model()
    let question = [1, 4, 2, 2, 0]
    let answer = task.answer(to: question, by: net)
    c.expect(answer.count, equals: 5, "letters of an answer")
    var text = question + [6]
    for place in 0..<5 {
      let logits = net.nextLogits(after: text)
      text.append(logits.firstIndex(of: logits.max()!)!)
      c.expect(
        answer.indices.contains(place) ? answer[place] : -1, equals: text.last!,
        "letter \(place) of a new model's answer")
    }
  },
  Check("the accuracy counts answers that are right to the last letter") { c in
    // A model that always says 0: of two letters, 0 0 is answered rightly, 1 0 half.
    let two = BackwardsTask(letters: 2, length: 2)
    let net = MyGPT(two.sizes(layers: 1, heads: 1, channels: 4))
    (net.norm as? LayerNorm)?.weight = Tensor.zeros([4])
    (net.norm as? LayerNorm)?.bias = Tensor([1, 0, 0, 0])
    net.token.weight = Tensor([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    c.expect(two.answer(to: [1, 0], by: net), equals: [0, 0], "its answer to 1 0")
    let copy = Generator(seed: 11)
    let right = (0..<60).count { _ in two.example(using: copy).prefix(2) == [0, 0] }
    c.expect(
      two.accuracy(of: net, questions: 60, using: Generator(seed: 11)), near: Double(right) / 60,
      "its accuracy on 60 questions, of which \(right) are 0 0")
  },
  Check("it learns to say letters backwards, and the accuracy says so") { c in
    let net = model()
    let before = task.accuracy(of: net, questions: 20, using: Generator(seed: 7))
    c.expect(before < 0.2, "a new model is hardly ever right: \(before)")
    let optimizer = AdamW(net.parameters(), learningRate: 1e-2)
    let losses = task.train(
      net, optimizer, steps: 120, batchSize: 32, using: Generator(seed: 8))
    c.expect(losses.count, equals: 120, "losses")
    c.expect(losses.last ?? 9, near: 0, tolerance: 0.1, "the last loss")
    let after = task.accuracy(of: net, questions: 50, using: Generator(seed: 9))
    c.expect(after >= 0.95, "after 120 steps 95 of 100 answers are right: \(after)")
    // The letter at place 4 − i of the question is the answer's letter i, predicted at 5 + i.
    var most = [Double](repeating: 0, count: 5)
    net.evaluating {
      var x = net.token(task.batch(20, using: Generator(seed: 10)).inputs)
      if let position = net.position { x = position(x) }
      for block in net.blocks {
        let weights = block.attention.weights(block.norm1(x)).mean(axes: [0])
        for i in 0..<5 { most[i] = max(most[i], weights[.all, 5 + i, 4 - i].max().item()) }
        x = block(x)
      }
    }
    c.expect(
      most.allSatisfy { $0 > 0.4 },
      "for each letter some head looks at its place in the question: \(most)")
  },
]
