import FledgeCore

/// Finds a length t along a direction d that satisfies the strong Wolfe conditions (Nocedal &
/// Wright 2006, algorithms 3.5 and 3.6), as PyTorch's L-BFGS does:
///
///     f(t) ≤ f(0) + c₁ t f′(0)  and  |f′(t)| ≤ c₂ |f′(0)|,  c₁ = 10⁻⁴, c₂ = 0.9
///
/// A loss or slope that is no finite number counts as infinitely high, so the search turns back.
struct WolfeSearch {
  /// A length and what was found there.
  struct Point {
    var length: Double
    var loss: Double
    var gradient: Tensor
    /// f′ = g · d.
    var slope: Double
  }

  /// The point of length 0.
  let start: Point
  /// max |dᵢ|.
  let directionSize: Double
  /// The search ends where no parameter would move by more.
  let changeTolerance: Double
  let maximumEvaluations: Int

  private func fallsEnough(_ point: Point) -> Bool {
    point.loss <= start.loss + 1e-4 * point.length * start.slope
  }

  private func isFlatEnough(_ point: Point) -> Bool { abs(point.slope) <= -0.9 * start.slope }

  /// The best point found and the number of evaluations.
  func run(
    from length: Double, evaluate: (Double) -> Point
  ) -> (point: Point, evaluations: Int) {
    func look(at length: Double) -> Point {
      var point = evaluate(length)
      if !point.loss.isFinite || !point.slope.isFinite { point.loss = .infinity }
      return point
    }
    var (previous, point) = (start, look(at: length))
    var evaluations = 1
    var rounds = 0
    var other: Point?
    while rounds < maximumEvaluations {
      if !fallsEnough(point) || (rounds > 1 && point.loss >= previous.loss) {
        other = previous
        break
      }
      if isFlatEnough(point) { return (point, evaluations) }
      if point.slope >= 0 {
        other = previous
        break
      }
      let shortest = point.length + 0.01 * (point.length - previous.length)
      let next = Self.minimum(previous, point, in: shortest...point.length * 10)
      (previous, point) = (point, look(at: next))
      evaluations += 1
      rounds += 1
    }
    // Between `low`, the better one, and `high` there is a length that satisfies the conditions.
    var (low, high) = (other ?? start, point)
    if !(low.loss <= high.loss) { swap(&low, &high) }
    var isSlow = false
    while rounds < maximumEvaluations {
      let (a, b) = (Swift.min(low.length, high.length), Swift.max(low.length, high.length))
      if (b - a) * directionSize < changeTolerance { break }
      var length = Self.minimum(low, high, in: a...b)
      // Near an end twice in a row, or at it: a tenth of the interval away from it.
      let margin = 0.1 * (b - a)
      if Swift.min(b - length, length - a) < margin {
        if isSlow || length >= b || length <= a {
          length = abs(length - b) < abs(length - a) ? b - margin : a + margin
          isSlow = false
        } else {
          isSlow = true
        }
      } else {
        isSlow = false
      }
      point = look(at: length)
      evaluations += 1
      rounds += 1
      if !fallsEnough(point) || point.loss >= low.loss {
        high = point
        if !(low.loss <= high.loss) { swap(&low, &high) }
        continue
      }
      let isDone = isFlatEnough(point)
      if !isDone && point.slope * (high.length - low.length) >= 0 { high = low }
      low = point
      if isDone { break }
    }
    return (low, evaluations)
  }

  /// The minimum of the cubic through two points with their slopes, within `range`; the middle of
  /// the range where the cubic has none.
  private static func minimum(
    _ a: Point, _ b: Point, in range: ClosedRange<Double>
  ) -> Double {
    let middle = (range.lowerBound + range.upperBound) / 2
    let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
    let square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return middle }
    let d2 = square.squareRoot()
    let (first, second) = a.length <= b.length ? (a, b) : (b, a)
    let position =
      second.length - (second.length - first.length)
      * ((second.slope + d2 - d1) / (second.slope - first.slope + 2 * d2))
    return position.isFinite
      ? Swift.min(Swift.max(position, range.lowerBound), range.upperBound) : middle
  }
}
