import FledgeCore
import FledgeData
import FledgeModels
import FledgeNN
import FledgeOptim

func train() throws -> [Tensor] {
  seed(1)
  let model = MLP(sizes: [2, 16, 16, 1])
  let optimizer = AdamW(model.parameters(), learningRate: 0.02)
  let points = PlaneDataset.moons.points(count: 75, seed: 3, noise: 0.1)
  let loader = DataLoader(points, batchSize: 10, seed: 1)
  for _ in 0..<5 {
    for batch in loader {
      optimizer.zeroGrad()
      let loss = loss(model, batch)
      loss.backward()
      optimizer.step()
    }
  }
  return model.parameters().map { $0.value!.copied() }
}
