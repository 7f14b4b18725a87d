/// Runs `body` on another backend: `withBackend(.reference) { model(x) }`.
public func withBackend<R, E: Error>(
  _ backend: some Backend, _ body: () throws(E) -> R
) throws(E) -> R {
  try ExecutionContext.current.changing(backend: backend).run(body)
}

/// Runs `body` without recording a graph: nothing made inside has gradients.
public func withoutGradients<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  try ExecutionContext.current.changing(recordsGradients: false).run(body)
}

/// Both at once: no graph, and every new buffer counted under `tag`.
package func withoutGradients<R, E: Error>(
  memoryTag tag: MemoryTag, _ body: () throws(E) -> R
) throws(E) -> R {
  try ExecutionContext.current.changing(recordsGradients: false, memoryTag: tag).run(body)
}

/// Runs `body` with recording on, also inside ``withoutGradients(_:)``.
public func withGradients<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  try ExecutionContext.current.changing(recordsGradients: true).run(body)
}

/// Runs `body` with every new buffer counted under `tag`.
public func withMemoryTag<R, E: Error>(
  _ tag: MemoryTag, _ body: () throws(E) -> R
) throws(E) -> R {
  try ExecutionContext.current.changing(memoryTag: tag).run(body)
}

/// Runs `body` with random numbers drawn from `generator` wherever none is named.
public func withGenerator<R, E: Error>(
  _ generator: Generator, _ body: () throws(E) -> R
) throws(E) -> R {
  try ExecutionContext.current.changing(generator: generator).run(body)
}

/// Runs `body` on shapes and dtypes alone: new tensors are abstract (``Tensor/isAbstract``), and so
/// are their results. Nothing is allocated, and reading an element traps.
///
///     let shape = withAbstractTensors {
///       GPT(.init(vocabulary: 50257, context: 1024))(Tensor.zeros([8, 1024], dtype: .int64)).shape
///     }
public func withAbstractTensors<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
  try ExecutionContext.current.changing(isAbstract: true).run(body)
}

/// Runs `body`, a region, within every transformation of the scope.
func withRegion(_ region: Region, _ inputs: Tensors, _ body: () -> Tensors) -> Tensors {
  let transformations = ExecutionContext.current.transformations
  if transformations.isEmpty { return body() }
  func nested(_ depth: Int) -> Tensors {
    depth == 0
      ? body() : transformations[depth - 1].region(region, inputs) { nested(depth - 1) }
  }
  return nested(transformations.count)
}

/// Runs `body` with `transformation` around every operation.
public func withTransformation<R, E: Error>(
  _ transformation: some Transformation, _ body: () throws(E) -> R
) throws(E) -> R {
  let context = ExecutionContext.current
  return try context.changing(transformations: context.transformations + [transformation])
    .run(body)
}
