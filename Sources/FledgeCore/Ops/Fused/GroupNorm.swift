/// Normalizes each group of channels over its channels and positions (Wu & He 2018).
///
/// - Parameters:
///   - x: [N, C, …].
///   - groups: how many groups, of C / groups channels each.
///   - weight, bias: [C].
/// - Returns: ((x − mean) / √(variance + ε)) · weight + bias in the shape of x.
public func groupNorm(
  _ x: Tensor, groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  require(x.rank >= 2, "groupNorm", "needs [N, C, …], got \(x.shape)")
  require(
    groups > 0 && groups <= max(x.shape[1], 1) && x.shape[1] % groups == 0, "groupNorm",
    "\(x.shape[1]) channels cannot be divided into \(groups) groups")
  for (name, given) in [("weight", weight), ("bias", bias)] {
    require(
      given == nil || given!.shape == [x.shape[1]], "groupNorm",
      "\(x.shape[1]) channels need a \(name) [\(x.shape[1])], got \(given!.shape)")
  }
  let rows = Shape([x.shape[0], groups, x.count / max(1, x.shape[0] * groups)])
  let channels = Shape([x.shape[1]] + [Int](repeating: 1, count: x.rank - 2))
  return inFloat32([x] + [weight, bias].compactMap { $0 }) { inputs in
    var y = layerNorm(inputs[0].reshaped(rows), epsilon: epsilon).reshaped(x.shape)
    if weight != nil { y = y * inputs[1].reshaped(channels) }
    if bias != nil { y = y + inputs[inputs.count - 1].reshaped(channels) }
    return y
  }
}

/// Normalizes each channel of each image over its positions (Ulyanov et al. 2016): a group norm of
/// one channel a group.
///
/// - Parameters:
///   - x: [N, C, …], at least two positions a channel.
///   - weight, bias: [C].
/// - Returns: ((x − mean) / √(variance + ε)) · weight + bias in the shape of x.
public func instanceNorm(
  _ x: Tensor, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  require(x.rank >= 3, "instanceNorm", "needs [N, C, …] with positions, got \(x.shape)")
  require(
    x.shape.dimensions.dropFirst(2).reduce(1, *) != 1, "instanceNorm",
    "one element a channel has no variance: \(x.shape)")
  return groupNorm(x, groups: x.shape[1], weight: weight, bias: bias, epsilon: epsilon)
}
