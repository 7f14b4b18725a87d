import Fledge

// docs/from-pytorch.md
final class Net: Module {
  let hidden = Linear(784, 128)
  let output = Linear(128, 10)
  @Parameter var scale = Tensor.ones([1])

  func callAsFunction(_ x: Tensor) -> Tensor {
    output(relu(hidden(x))) * scale
  }
}

func fit(_ images: Tensor, _ labels: Tensor, epochs: Int) -> Net {
  let model = Net()
  let optimizer = AdamW(model.parameters(), learningRate: 1e-3)
  let loader = DataLoader(TensorDataset(images, labels), batchSize: 32, seed: 1)
  for _ in 0..<epochs {
    for batch in loader {
      let loss = crossEntropy(model(batch[0]), batch[1])
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
    }
  }
  return model
}
// docs/from-pytorch.md
