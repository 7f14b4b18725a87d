import FledgeCore

/// A long text cut into B streams side by side, read in windows one after another, as recurrent
/// language models are trained (truncated back-propagation through time): the state of stream b at
/// the end of a window is where its next window begins.
///
///     let streams = try TokenStreams(tokens, streams: 20)
///     for window in streams.windows(length: 35) {
///       let (logits, next) = model(window.inputs…, state)      // [B, T] tokens
///
/// Stream b is `tokens[b · n ..< (b + 1) · n]` with n = ⌊count / B⌋; what is left over is dropped.
public struct TokenStreams: Sendable, Equatable {
  /// The tokens, stream after stream: [B, n].
  public let tokens: [Int32]
  /// B, the number of streams.
  public let count: Int
  /// n, the length of each.
  public let length: Int

  /// - Throws: `TextError.empty`, or `tooFewTokens` for streams of fewer than two tokens.
  /// - Precondition: `count` is positive.
  public init(_ tokens: [Int32], streams count: Int) throws(TextError) {
    require(count > 0, "TokenStreams", "the number of streams is \(count), not positive")
    guard !tokens.isEmpty else { throw .empty }
    length = tokens.count / count
    guard length > 1 else { throw .tooFewTokens(tokens.count, streams: count) }
    self.count = count
    self.tokens = Array(tokens[..<(count * length)])
  }

  /// The streams in windows of `length` tokens, the last one shorter: each token but the first of a
  /// stream is predicted exactly once.
  /// - Precondition: `length` is positive.
  public func windows(length window: Int) -> [TextBatch] {
    require(window > 0, "windows", "the length is \(window), not positive")
    return stride(from: 0, to: length - 1, by: window).map { start in
      let end = min(start + window, length - 1)
      func cut(_ shift: Int) -> [Int32] {
        (0..<count).flatMap { tokens[$0 * length + start + shift..<$0 * length + end + shift] }
      }
      return TextBatch(inputs: cut(0), targets: cut(1), count: count, context: end - start)
    }
  }
}
