import FledgeCore

/// Sequences of different lengths as one array, each padded at its end to the longest.
public struct PaddedSequences: Sendable, Equatable {
  /// [B, T], row by row.
  public let tokens: [Int32]
  /// The length of each sequence before padding.
  public let lengths: [Int]
  /// T, the length of the longest.
  public let length: Int

  /// - Parameters:
  ///   - padding: the token that fills the rest of a row
  ///   - limit: longer sequences are cut to their first `limit` tokens
  ///   - multiple: T is rounded up to a multiple of this, so that fewer different shapes occur
  public init(
    _ sequences: [[Int32]], padding: Int32 = 0, limit: Int = .max, toMultipleOf multiple: Int = 1
  ) {
    require(
      limit > 0 && multiple > 0, "PaddedSequences",
      "limit and multiple must be positive, got \(limit) and \(multiple)")
    lengths = sequences.map { min($0.count, limit) }
    // At least one: an axis of length 0 has no mean.
    let longest = max(lengths.max() ?? 0, 1)
    let length = (longest + multiple - 1) / multiple * multiple
    self.length = length
    tokens = zip(sequences, lengths).flatMap { sequence, count in
      sequence.prefix(count) + Array(repeating: padding, count: length - count)
    }
  }

  /// B, the number of sequences.
  public var count: Int { lengths.count }

  /// int64 [B, T].
  public var tensor: Tensor { Tensor(tokens, shape: [count, length], dtype: .int64) }

  /// Which elements are tokens and not padding: 1 or 0, float32 [B, T].
  public var mask: Tensor {
    let values = lengths.flatMap { used in
      Array(repeating: Float(1), count: used) + Array(repeating: 0, count: length - used)
    }
    return Tensor(values, shape: [count, length])
  }
}

/// Sequences of tokens, each with its class; a batch is padded to its longest.
public struct LabelledSequences: Dataset, Equatable {
  /// The tokens of each example.
  public let sequences: [[Int32]]
  /// The class of each example.
  public let labels: [Int]
  /// The token that batches are padded with.
  public let padding: Int32
  /// The length that longer sequences are cut to.
  public let limit: Int

  /// - Precondition: there are as many labels as sequences.
  public init(_ sequences: [[Int32]], labels: [Int], padding: Int32 = 0, limit: Int = .max) {
    require(
      sequences.count == labels.count, "LabelledSequences",
      "\(sequences.count) sequences but \(labels.count) labels")
    (self.sequences, self.labels, self.padding, self.limit) = (sequences, labels, padding, limit)
  }

  /// A batch: several sequences, padded to one length.
  public struct Batch: Sendable, Equatable {
    /// The sequences of the batch, padded to the longest.
    public let inputs: PaddedSequences
    /// The class of each of them.
    public let labels: [Int]

    /// B, the number of sequences.
    public var count: Int { labels.count }
    /// int64 [B].
    public var targets: Tensor { Tensor(labels) }
  }

  public var count: Int { labels.count }

  public func batch(indices: [Int]) -> Batch {
    Batch(
      inputs: PaddedSequences(indices.map { sequences[$0] }, padding: padding, limit: limit),
      labels: indices.map { labels[$0] })
  }
}
