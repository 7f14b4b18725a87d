import FledgeCore
import FledgeCourse
import FledgeNN

/// Texts of different lengths side by side. A text that has ended is filled up with the word `padding`.
///
///     [5, 6], [7], [8, 9, 4]     rows  5 7 8     lengths 2, 1, 3
///                                      6 0 9
///                                      0 0 4
struct PaddedTexts {
  /// One row for each step, as many as the longest text has words.
  let rows: [[Int]]
  /// How many words each text has.
  let lengths: [Int]

  init(_ texts: [[Int]], padding: Int = 0) {
    // solution
    lengths = texts.map(\.count)
    let longest = lengths.max() ?? 0
    rows = (0..<longest).map { step in texts.map { step < $0.count ? $0[step] : padding } }
    // end solution
  }

  /// Which steps belong to their text: 1 where step t is one of text b's words, else 0.  [T, B, 1]
  var mask: Tensor {
    // solution
    let values = rows.indices.flatMap { step in lengths.map { Float(step < $0 ? 1 : 0) } }
    return Tensor(values, shape: [rows.count, lengths.count, 1])
    // end solution
  }
}

/// Reads a text and says which of several classes it belongs to.
///
///     h = lstm(embedding(words))            [T, B, hidden]
///     m = the mean of h over the steps of each text's own words      [B, hidden]
///     logits = head(m)                      [B, classes]
///
/// What a text is filled up with changes nothing about it: alone or beside a longer one, it gets the same
/// logits.
final class MyTextClassifier: Module {
  let embedding: MyEmbedding
  let lstm: MyRecurrent<MyLSTMCell>
  let head: Linear

  init(vocabulary: Int, channels: Int, hidden: Int, classes: Int) {
    // solution
    embedding = MyEmbedding(vocabulary, channels)
    lstm = myLSTM(channels, hidden)
    head = Linear(hidden, classes)
    // end solution
  }

  /// The logits, [B, classes]. Each text has at least one word.
  func callAsFunction(_ texts: PaddedTexts) -> Tensor {
    // solution
    let (steps, count) = (texts.rows.count, texts.lengths.count)
    let h = lstm(embedding(Tensor(texts.rows.flatMap { $0 }, shape: [steps, count])))
    let sum = (h * texts.mask).sum(axis: 0)
    return head(sum / Tensor(texts.lengths.map(Float.init), shape: [count, 1]))
    // end solution
  }

  /// The class of each text: that of its largest logit. No graph is recorded.
  ///
  /// `logits.argmax(axis: 1)` is the place of the largest in each row.
  func classes(of texts: PaddedTexts) -> [Int] {
    // solution
    withoutGradients { self(texts).argmax(axis: 1).array(of: Int.self) }
    // end solution
  }
}
