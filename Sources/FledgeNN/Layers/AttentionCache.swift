import FledgeCore

/// The keys and values of the positions that one layer of causal self-attention has read, so that
/// later positions need not read those again.
///
/// Rows of a batch may have different lengths. Position p of a row has index p, in 0 ..< its
/// length. Caches with another storage, such as pages, conform to this protocol too;
/// ``KeyValueCache`` keeps each row in one piece.
public protocol AttentionCache: AnyObject {
  /// How many positions of each row are in it.
  var lengths: [Int] { get }

  /// Whether every row has room for so many positions more: what to ask before what would trap.
  func hasRoom(for count: Int) -> Bool

  /// Appends T positions to every row and returns all positions; S is the length of the longest
  /// row. Elements past the end of a shorter row are finite and have no effect.
  /// Shape: two of [B, K, T, D] → two of [B, K, S, D].
  func append(keys: Tensor, values: Tensor) -> (keys: Tensor, values: Tensor)

  /// Cuts each row to a length. This drops the padding after a text that is shorter than its
  /// neighbours, or tokens that were tried and rejected. Traps if a length is negative or larger
  /// than the row's.
  func truncate(to lengths: [Int])
}

extension AttentionCache {
  /// The length of all rows; nil where they differ.
  public var commonLength: Int? {
    guard let first = lengths.first else { return 0 }
    return lengths.allSatisfy { $0 == first } ? first : nil
  }

  /// Where the next `count` positions of each row stand.   Shape: int64 [B, count].
  public func positions(_ count: Int) -> Tensor {
    spreadPositions(Tensor(lengths), batch: lengths.count, count: count)
  }
}

/// An ``AttentionCache`` that keeps each row in one piece, with room for `capacity` positions. It
/// allocates its memory, 2 · B · K · capacity · D elements, at the first positions and is written
/// in place.
public final class KeyValueCache: AttentionCache {
  public private(set) var lengths: [Int]
  /// How many positions a row can have.
  public let capacity: Int
  /// [B, K, capacity, D] each; nil as long as nothing was added.
  private var keys: Tensor?
  private var values: Tensor?

  /// An empty cache for `batch` rows of up to `capacity` positions.
  public init(batch: Int = 1, capacity: Int) {
    require(
      batch > 0 && capacity > 0, "KeyValueCache",
      "sizes must be positive, got \(batch) rows of \(capacity) positions")
    _ = batch.times(capacity, "KeyValueCache")
    lengths = [Int](repeating: 0, count: batch)
    self.capacity = capacity
  }

  public func hasRoom(for count: Int) -> Bool { count <= capacity - (lengths.max() ?? 0) }

  /// Traps where the rows are not as many as before, or have no room.
  public func append(keys: Tensor, values: Tensor) -> (keys: Tensor, values: Tensor) {
    require(
      keys.rank == 4 && keys.shape == values.shape && keys.shape[0] == lengths.count,
      "KeyValueCache",
      "needs keys and values [\(lengths.count), K, T, D], the shapes are \(keys.shape) and "
        + "\(values.shape)")
    let count = keys.shape[2]
    let ends = lengths.map { $0 + count }
    let longest = ends.max() ?? 0
    require(
      hasRoom(for: count), "KeyValueCache",
      "\(count) more positions need room for \(longest), the capacity is \(capacity)")
    write(keys, into: &self.keys)
    write(values, into: &self.values)
    lengths = ends
    return (
      self.keys!.sliced(axis: 2, from: 0, count: longest),
      self.values!.sliced(axis: 2, from: 0, count: longest)
    )
  }

  private func write(_ new: Tensor, into all: inout Tensor?) {
    let count = new.shape[2]
    if all == nil {
      all = .zeros([new.shape[0], new.shape[1], capacity, new.shape[3]], dtype: new.dtype)
    }
    if let start = commonLength {
      all![.all, .all, start..<start + count] = new
    } else {
      for (row, start) in lengths.enumerated() { all![row, .all, start..<start + count] = new[row] }
    }
  }

  public func truncate(to lengths: [Int]) {
    require(
      lengths.count == self.lengths.count
        && zip(lengths, self.lengths).allSatisfy { $0 >= 0 && $0 <= $1 }, "KeyValueCache",
      "rows of lengths \(self.lengths) cannot be cut to \(lengths)")
    self.lengths = lengths
  }
}

/// The position of each element, from each row's first position or as given.
/// Shape: int64 [B] or [B, T] → [B, T]
func spreadPositions(_ positions: Tensor, batch: Int, count: Int) -> Tensor {
  if positions.shape == [batch, count] { return positions }
  require(
    positions.shape == [batch] && positions.dtype.isInteger, "positions",
    "must be integers [\(batch)] or [\(batch), \(count)], got \(positions.dtype)\(positions.shape)")
  return positions.cast(to: .int64).reshaped([batch, 1]) + Tensor.arange(count)
}
