import FledgeCore
import FledgeData
import Foundation
import Testing

@Suite struct IDXMutationTests {
  /// Two images of 2 × 3 pixels.
  private let file: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + (1...12).map { UInt8($0) }

  @Test("a file that ends anywhere too early is refused, packed or not")
  func tornFiles() throws {
    let directory = try TemporaryDirectory()
    for bytes in [file, gzipped(file)] {
      for count in bytes.indices {
        let url = try directory.write(Array(bytes[..<count]), to: "file")
        #expect(throws: IDXError.self) { try IDXFile(contentsOf: url) }
      }
    }
  }

  @Test("changed bytes are read or refused")
  func mutations() throws {
    let directory = try TemporaryDirectory()
    let generator = Generator(seed: 5)
    for bytes in [file, gzipped(file)] {
      for _ in 0..<200 {
        var changed = bytes
        for _ in 0...generator.integer(below: 3) {
          changed[generator.integer(below: bytes.count)] = UInt8(generator.integer(below: 256))
        }
        let url = try directory.write(changed, to: "file")
        if let read = try? IDXFile(contentsOf: url) {
          #expect(read.bytes.count == read.dimensions.reduce(1, *))
        }
        _ = try? CIFAR10.load(file: url)
      }
    }
  }
}
