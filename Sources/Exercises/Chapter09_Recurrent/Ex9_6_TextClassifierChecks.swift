import FledgeCore
import FledgeCourse
import FledgeNN
import FledgeOptim

let checks9_6: [Check] = [
  Check("texts are filled up to the longest") { c in
    let texts = PaddedTexts([[5, 6], [7], [8, 9, 4]])
    c.picture("the rows:") { texts.rows.map { $0.map(String.init) } }
    c.expect(
      texts.rows, equals: [[5, 7, 8], [6, 0, 9], [0, 0, 4]], "rows of [5, 6], [7], [8, 9, 4]")
    c.expect(texts.lengths, equals: [2, 1, 3], "lengths")
    c.expect(
      PaddedTexts([[4, 4, 4], [5]]).lengths, equals: [3, 1], "lengths of [4, 4, 4] and [5]")
    c.expect(
      PaddedTexts([[1], [2, 3]], padding: 9).rows, equals: [[1, 2], [9, 3]], "filled up with 9")
    c.expect(PaddedTexts([[1, 2]]).rows, equals: [[1], [2]], "one text alone")
  },
  Check("the mask is 1 where a text has a word") { c in
    c.expect(
      PaddedTexts([[5, 6], [7], [8, 0, 4]]).mask,
      near: Tensor([[[1], [1], [1]], [[1], [0], [1]], [[0], [0], [1]]]),
      "the mask of texts of 2, 1 and 3 words, one of which is a 0")
  },
  Check("a classifier has its layers from its sizes") { c in
    let model = MyTextClassifier(vocabulary: 7, channels: 3, hidden: 5, classes: 2)
    c.expect(
      model.parameterCount, equals: 21 + 20 * 9 + 12, "parameters: 7 · 3, a cell 3 → 5, 5 · 2 + 2")
    c.expect(
      model(PaddedTexts([[1, 2], [3], [4, 5, 6]])).shape.description, equals: "[3, 2]",
      "the shape of the logits of three texts")
  },
  Check("the head sees the mean over the steps of a text") { c in
    let model = makeModel(seed: 1)
    let text = [1, 4, 2, 6]
    let h = model.lstm(model.embedding(Tensor(text, shape: [4, 1]))).detached()
    c.expect(
      model(PaddedTexts([text])).detached(), near: model.head(h.mean(axes: [0])).detached(),
      tolerance: 1e-5, "the logits of one text of four words")
  },
  Check("what a text is filled up with changes nothing about it") { c in
    let model = makeModel(seed: 2)
    let texts = [[1, 2], [3], [4, 5, 6, 1, 2], [0, 0, 3]]
    for padding in [0, 6] {
      let together = model(PaddedTexts(texts, padding: padding)).detached()
      for (number, text) in texts.enumerated() {
        c.expect(
          together[number], near: model(PaddedTexts([text])).detached()[0], tolerance: 1e-5,
          "the logits of \(text) beside longer ones, filled up with \(padding)")
      }
    }
  },
  Check("padding gets no gradient") { c in
    let model = makeModel(seed: 3)
    model(PaddedTexts([[1, 2], [3, 4, 5, 1]], padding: 6)).square().sum().backward()
    guard let gradient = model.embedding.$weight.grad else {
      c.expect(false, "the embedding has a gradient")
      return
    }
    c.expect(gradient[6], near: Tensor.zeros([3]), "the gradient of the word that fills up")
    c.expect(gradient[5].abs().sum().item() > 0, "a word of a text has one")
  },
  Check("the class is that of the largest logit, and nothing is recorded") { c in
    let model = makeModel(seed: 4)
    model.head.weight = Tensor.zeros([3, 5])
    model.head.bias = Tensor([1, 3, 2])
    let texts = PaddedTexts([[1, 2], [3]])
    c.expect(model.classes(of: texts), equals: [1, 1], "the classes for logits [1, 3, 2]")
    var recorded = false
    observingOperations({ recorded = recorded || $0.outputs.contains { $0.graphNode != nil } }) {
      _ = model.classes(of: texts)
    }
    c.expect(!recorded, "no result of an operation has a place in a graph")
  },
  Check("it learns what no bag of words can: that `not` turns around what comes after it") { c in
    let model = withGenerator(Generator(seed: 5)) {
      MyTextClassifier(vocabulary: 7, channels: 8, hidden: 12, classes: 2)
    }
    let (texts, labels) = opinions(120, seed: 6)
    let optimizer = Adam(model.parameters(), learningRate: 2e-2)
    let batch = PaddedTexts(texts)
    for _ in 0..<60 {
      optimizer.zeroGrad()
      crossEntropy(model(batch), Tensor(labels)).backward()
      optimizer.step()
    }
    let (news, truth) = opinions(200, seed: 7)
    let right = zip(model.classes(of: PaddedTexts(news)), truth).count { $0 == $1 }
    c.expect(right >= 185, "of 200 new opinions at least 185 are understood: \(right)")
  },
]

private func makeModel(seed: UInt64) -> MyTextClassifier {
  withGenerator(Generator(seed: seed)) {
    MyTextClassifier(vocabulary: 7, channels: 3, hidden: 5, classes: 3)
  }
}

/// Texts such as "it was not bad, really": 1 is good, 2 is bad, 3 is not, the others mean nothing. The
/// class is 1 where good stands alone or bad after not. As many of each have a not somewhere else.
private func opinions(_ count: Int, seed: UInt64) -> (texts: [[Int]], labels: [Int]) {
  let generator = Generator(seed: seed)
  func fill(_ most: Int) -> [Int] {
    (0..<generator.integer(below: most + 1)).map { _ in 4 + generator.integer(below: 3) }
  }
  var (texts, labels): ([[Int]], [Int]) = ([], [])
  for _ in 0..<count {
    let (isGood, isTurned) = (generator.bernoulli(0.5), generator.bernoulli(0.5))
    let word = isGood ? 1 : 2
    texts.append(fill(2) + (isTurned ? [3, word] : [word] + fill(1) + [3]) + fill(2))
    labels.append(isGood != isTurned ? 1 : 0)
  }
  return (texts, labels)
}
