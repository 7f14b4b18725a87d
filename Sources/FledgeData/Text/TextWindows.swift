import FledgeCore

/// Windows of text for a model that predicts each next character.
///
/// A window that starts at `s` has the inputs `text[s..<s + T]` and, shifted by one, the targets
/// `text[s + 1..<s + T + 1]`: T predictions, each from the window's characters up to there.
public struct TextWindows: Sendable {
  /// The text in numbers.
  public let text: [Int32]
  /// T, the length of a window.
  public let context: Int

  /// - Throws: `TextError.empty`, or `tooShort` for a text of fewer than `context` + 1 characters.
  /// - Precondition: `context` is positive.
  public init(_ text: [Int32], context: Int) throws(TextError) {
    require(context > 0, "TextWindows", "the context is \(context), not positive")
    guard !text.isEmpty else { throw .empty }
    guard text.count > context else {
      throw .tooShort(characters: text.count, context: context)
    }
    self.text = text
    self.context = context
  }

  /// `count` windows of full length whose starts are drawn independently and uniformly.
  public func random(_ count: Int, generator: Generator) -> TextBatch {
    let starts = (0..<count).map { _ in generator.integer(below: text.count - context) }
    return batch(starts: starts, length: context)
  }

  /// The whole text in batches of windows side by side: each character but the first is predicted
  /// exactly once, so the mean of the losses, weighted by `TextBatch.predictions`, is exact.
  ///
  /// The (n − 1) mod T predictions that fill no window make a last batch of one shorter window.
  /// All other batches have `batchSize` windows of length T, except that the last of them may have
  /// fewer.
  /// Traps where `batchSize` is not positive.
  public func sequential(batchSize: Int) -> [TextBatch] {
    require(batchSize > 0, "sequential", "the batch size is \(batchSize), not positive")
    let predictions = text.count - 1
    let (windows, rest) = predictions.quotientAndRemainder(dividingBy: context)
    var batches = stride(from: 0, to: windows, by: batchSize).map { first in
      batch(
        starts: (first..<min(first + batchSize, windows)).map { $0 * context }, length: context)
    }
    if rest > 0 { batches.append(batch(starts: [windows * context], length: rest)) }
    return batches
  }

  private func batch(starts: [Int], length: Int) -> TextBatch {
    TextBatch(
      inputs: starts.flatMap { text[$0..<$0 + length] },
      targets: starts.flatMap { text[$0 + 1..<$0 + length + 1] },
      count: starts.count, context: length)
  }
}

/// Windows as a model takes them, and the characters it should predict.
public struct TextBatch: Sendable, Equatable {
  /// [B, T], row by row.
  public let inputs: [Int32]
  /// [B, T]: the character after each input.
  public let targets: [Int32]
  /// B, the number of windows.
  public let count: Int
  /// T, the length of each.
  public let context: Int

  /// B · T.
  public var predictions: Int { targets.count }

  /// The inputs as int64 [B, T].
  public var inputTensor: Tensor { Tensor(inputs, shape: [count, context], dtype: .int64) }
  /// The targets as int64 [B, T].
  public var targetTensor: Tensor { Tensor(targets, shape: [count, context], dtype: .int64) }
}
