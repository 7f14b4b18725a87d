import FledgeCore
import FledgeNN

/// Data parallelism with one controller, as in PyTorch's `DataParallel`: in every step rank 0 sends
/// the model to each replica, shares the batch out, and takes the gradients back. It alone needs an
/// optimizer.
///
///     let parallel = DataParallel(model, over: world)
///     while training {
///       let batch = world.rank == 0 ? next() : nil
///       let loss = try parallel.backward(batch) { crossEntropy(model($0), $1) }
///       if world.rank == 0 { optimizer.step() }
///     }
///
/// It shows why there are rings: rank 0 sends (N − 1) P bytes for a model of P and receives as many,
/// which grows with N, while each rank of ``DistributedDataParallel`` sends less than 2 P.
public final class DataParallel {
  /// The model; on ranks other than 0, a replica.
  public let module: Module
  /// The ranks.
  public let group: Group

  /// Nothing is sent yet.
  public init(_ module: Module, over group: Group) {
    self.module = module
    self.group = group
  }

  /// Computes the gradients of the mean loss over a batch on rank 0, and returns that loss there.
  ///
  /// - Parameters:
  ///   - batch: inputs and targets, whose first axis is the batch; on rank 0 only
  ///   - loss: the mean loss over the rows that it gets
  /// - Returns: the loss on rank 0; nil on the others, whose gradients are not those of the batch
  public func backward(
    _ batch: (inputs: Tensor, targets: Tensor)?, _ loss: (Tensor, Tensor) -> Tensor
  ) throws -> Double? {
    require(
      (batch != nil) == (group.rank == 0), "DataParallel", "rank 0 has the batch, the others none")
    // Replicas may be stale: nobody but rank 0 has an optimizer.
    for parameter in module.parameters() { try replicate(parameter) }
    let inputs = try shareOut(batch?.inputs)
    let targets = try shareOut(batch?.targets)
    let rows = inputs.shape[0]
    let counts = try group.allGather(Tensor([rows])).array(of: Int.self)
    let share = Double(rows) / Double(counts.reduce(0, +))
    var weighted: Tensor?
    if rows > 0 {
      weighted = loss(inputs, targets) * share
      weighted!.backward()
    }
    for parameter in module.parameters() where parameter.isTrainable { try collect(parameter) }
    let total = try group.gather(
      Tensor([weighted?.item() ?? 0]))?.sum().item()
    if group.rank != 0 { module.zeroGrad() }
    return total
  }

  /// Rank 0 sends its value to one replica after the other.
  private func replicate(_ parameter: AnyParameter) throws {
    guard let shape = parameter.shape, let dtype = parameter.dtype else { return }
    if group.rank > 0 {
      parameter.value = try group.receive(shape, dtype, from: 0)
      return
    }
    for peer in 1..<max(group.count, 1) { try group.send(parameter.value!, to: peer) }
  }

  /// Adds up the gradients of one parameter on rank 0; one that nobody has stays nil.
  private func collect(_ parameter: AnyParameter) throws {
    guard let shape = parameter.shape, let dtype = parameter.dtype else { return }
    let own = parameter.grad
    if group.rank > 0 {
      try group.send(Tensor([own == nil ? 0 : 1]), to: 0, tag: 1)
      if let own { try group.send(own, to: 0, tag: 2) }
      return
    }
    var sum = own
    for peer in 1..<max(group.count, 1) {
      if try group.receive([1], from: peer, tag: 1).item() == 0 { continue }
      let gradient = try group.receive(shape, dtype, from: peer, tag: 2)
      sum = sum.map { $0 + gradient } ?? gradient
    }
    parameter.grad = sum
  }

  /// Rows of rank 0's tensor for each rank; shape and dtype travel as text.
  private func shareOut(_ x: Tensor?) throws -> Tensor {
    let text = x.map { "\($0.dtype.rawValue) " + $0.shape.map(String.init).joined(separator: " ") }
    let parts = try group.gather(text: text ?? "")[0].split(separator: " ").map { Int($0)! }
    return try group.scatter(
      x, shape: Shape(parts.dropFirst()), dtype: DType(rawValue: UInt8(parts[0]))!)
  }
}
