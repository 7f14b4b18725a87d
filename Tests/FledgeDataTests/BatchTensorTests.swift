import FledgeCore
import FledgeData
import Testing

@Suite struct BatchTensorTests {
  @Test func `Windows of text are integers, the targets one character further`() throws {
    let windows = try TextWindows([5, 6, 7, 8, 9], context: 2)
    let batch = try #require(Array(windows.sequential(batchSize: 2)).first)
    #expect(batch.inputTensor.shape == [2, 2] && batch.inputTensor.dtype == .int64)
    #expect(batch.inputTensor.array(of: Int.self) == [5, 6, 7, 8])
    #expect(batch.targetTensor.shape == [2, 2] && batch.targetTensor.dtype == .int64)
    #expect(batch.targetTensor.array(of: Int.self) == [6, 7, 8, 9])
  }

  @Test func `The classes of images are integers, also above 127 and for no image at all`() {
    let images = LabelledImages(pixels: [0, 0, 0], labels: [0, 9, 255], rows: 1, columns: 1)
    #expect(images.targets.dtype == .int64 && images.targets.array(of: Int.self) == [0, 9, 255])
    let none = LabelledImages(pixels: [], labels: [], rows: 1, columns: 1)
    #expect(none.targets.shape == [0] && none.targets.dtype == .int64)
  }
}
