import Fledge

/// The README's training loop; the test beside it compares the two.
func readmeTrainingLoop() -> [Double] {
  var losses: [Double] = []
  // README
  // y = sin 3x, learned from 256 points.
  let x = Tensor.uniform([256, 1], in: -1...1)
  let y = sin(x * 3)

  let model = Sequential {
    Linear(1, 32)
    Tanh()
    Linear(32, 1)
  }
  let optimizer = Adam(model.parameters(), learningRate: 0.01)

  for step in 0...300 {
    let loss = meanSquaredError(model(x), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    if step % 100 == 0 { losses.append(loss.item()) }
  }
  // README
  return losses
}
