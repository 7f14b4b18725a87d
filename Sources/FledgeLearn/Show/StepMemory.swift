import Fledge

/// The memory of one training step of a network of equal layers: it rises as the forward pass keeps
/// what the backward pass will read, and falls as that is read for the last time.
package func stepMemory(depth: Int, width: Int, batch: Int) -> MemoryTimeline {
  withGenerator(Generator(seed: 1)) {
    let model = MLP(sizes: Array(repeating: width, count: depth + 1))
    let optimizer = Adam(model.parameters(), learningRate: 1e-3)
    let (x, y) = withMemoryTag(.data) {
      (Tensor.normal([batch, width]), Tensor.normal([batch, width]))
    }
    func step() {
      let loss = withMemoryTag(.activation) { meanSquaredError(model(x), y) }
      loss.backward()
      optimizer.step()
    }
    // The first step makes the optimizer's state; every later one is like the second.
    step()
    model.zeroGrad()
    return withMemoryTimeline(step).timeline
  }
}
