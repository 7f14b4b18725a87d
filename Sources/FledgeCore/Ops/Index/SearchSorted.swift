/// y = how many elements of an ascending row are smaller than each value, by bisection; with `right`
/// those that are equal count as well.
/// Shape: sorted [N], values [*] → int64 [*]; or sorted [b…, N], values [b…, M] → int64 [b…, M]
struct SearchSorted: SingleOutput {
  static let name = "searchSorted"
  static let formula = "y = the number of sorted elements < x (≤ x with `right`)"
  let right: Bool

  var saves: SavedValues { .nothing }

  func outputType(of inputs: TensorTypes) -> TensorType {
    requireSameDType(inputs[0], inputs[1], Self.name)
    let (sorted, values) = (inputs[0].shape, inputs[1].shape)
    let isShared = sorted.rank == 1
    require(
      isShared
        || sorted.rank > 1 && values.rank == sorted.rank
          && (0..<sorted.rank - 1).allSatisfy { sorted[$0] == values[$0] },
      Self.name, "needs sorted [N], or sorted [b…, N] with values [b…, M], got \(sorted), \(values)"
    )
    return TensorType(shape: values, dtype: .int64)
  }

  func output(_ inputs: Tensors, on backend: any Backend) -> Tensor {
    let (sorted, values) = (inputs[0], inputs[1])
    let (width, shape) = (sorted.shape[-1], values.shape)
    // The values that belong to one row.
    let perRow = sorted.rank == 1 ? values.count : shape[-1]
    let places =
      sorted.dtype.isFloatingPoint
      ? search(sorted.doubles, width, values.doubles, perRow)
      : search(sorted.integers, width, values.integers, perRow)
    return Tensor(places, shape: shape)
  }

  private func search<T: Comparable>(
    _ sorted: [T], _ width: Int, _ values: [T], _ perRow: Int
  ) -> [Int] {
    values.indices.map { i in
      let (value, row) = (values[i], i / perRow * width)
      var (low, high) = (0, width)
      while low < high {
        let middle = (low + high) / 2
        let element = sorted[row + middle]
        // Negated, so that NaN comes after every number.
        if right ? !(element > value) : !(element >= value) {
          low = middle + 1
        } else {
          high = middle
        }
      }
      return low
    }
  }

  func gradients(_ g: GradientContext) -> Gradients { [nil, nil] }

  static var samples: [Sample] {
    [false, true].flatMap { right in
      [
        Sample(SearchSorted(right: right), .distinct([1]), .distinct([2, 3])),
        Sample(
          SearchSorted(right: right), .indices([2, 5], below: 1), .indices([2, 3], below: 2)),
        Sample(SearchSorted(right: right), .uniform([0]), .uniform([])),
      ]
    }
  }
}

extension Tensor {
  /// Where each value would be inserted into this ascending row so that it stays sorted: before
  /// elements that equal it, or with `right` after them; int64 (NumPy's `searchsorted`). With bin
  /// edges as the row, these are the bins' numbers.
  ///
  /// Shape: [N], values [*] → [*]; or [b…, N], values [b…, M] → [b…, M]
  public func searchSorted(_ values: Tensor, right: Bool = false) -> Tensor {
    let dtype = DType.promoted(self.dtype, values.dtype)
    return apply(SearchSorted(right: right), cast(to: dtype), values.cast(to: dtype))
  }
}
