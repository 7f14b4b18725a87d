import FledgeCore
import FledgeData
import FledgeNN
import FledgeOptim
import FledgeTrain

/// A small training with dropout: two moons, five steps an epoch.
struct MoonsTraining {
  let model: Sequential
  let trainer: Trainer<LabelledPoints>

  init() {
    let generator = Generator(seed: 5)
    let model = withGenerator(generator) {
      Sequential {
        Linear(2, 8)
        ReLU()
        Dropout(0.3)
        Linear(8, 1)
      }
    }
    let loader = DataLoader(
      PlaneDataset.moons.points(count: 50, seed: 3, noise: 0.1), batchSize: 10, seed: 4)
    trainer = Trainer(
      model, Adam(model.parameters(), learningRate: 0.02), on: TrainingData(loader),
      count: { $0.count }
    ) { batch in
      let x = Tensor(
        batch.points.flatMap { [Float($0.x), Float($0.y)] }, shape: [batch.count, 2])
      return withGenerator(generator) {
        binaryCrossEntropyWithLogits(
          model(x).squeezed(axis: 1), Tensor(batch.labels.map(Float.init)))
      }
    }
    trainer.handlesInterrupts = false
    self.model = model
  }

  var weights: [[Float]] { model.stateDict().map { $0.value.array() } }
}
