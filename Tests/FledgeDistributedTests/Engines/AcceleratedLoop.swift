import FledgeCore
import FledgeData
import FledgeDistributed
import FledgeModels
import FledgeNN
import FledgeOptim

func train(_ world: Group) throws -> [Tensor] {
  let accelerator = Accelerator(over: world)
  seed(1)
  let model = MLP(sizes: [2, 16, 16, 1])
  let optimizer = AdamW(model.parameters(), learningRate: 0.02)
  let points = PlaneDataset.moons.points(count: 75, seed: 3, noise: 0.1)
  let loader = DataLoader(points, batchSize: 10, seed: 1)
  try accelerator.prepare(model, optimizer, loader)
  for _ in 0..<5 {
    for batch in loader {
      optimizer.zeroGrad()
      let loss = loss(model, batch)
      try accelerator.backward(loss, examples: batch.count)
      optimizer.step()
    }
  }
  return model.parameters().map { $0.value!.copied() }
}
