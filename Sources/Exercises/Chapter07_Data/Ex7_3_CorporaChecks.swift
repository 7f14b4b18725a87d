import FledgeCore
import FledgeCourse
import FledgeData
import Foundation

let checks7_3: [Check] = checksOfImageFiles + checksOfWords + checksOfStreams

private let checksOfImageFiles: [Check] = [
  Check("a file of records is read: labels, channels, rows, columns") { c in
    var bytes: [UInt8] = []
    for label in [3, 9, 0] as [UInt8] {
      bytes.append(label)
      for place in 0..<3072 { bytes.append(UInt8((place * 7 + Int(label)) % 256)) }
    }
    let file = try ImageFile(bytes)
    c.expect(file.labels, equals: [3, 9, 0], "the labels")
    guard c.expect(file.images.count, equals: 3, "the number of images") else { return }
    for (image, label) in zip(file.images, file.labels) {
      c.expect(
        [image.channels, image.rows, image.columns], equals: [3, 32, 32],
        "channels, rows and columns of image \(label)")
      for (channel, i, j) in [(0, 0, 0), (0, 0, 31), (0, 1, 0), (1, 0, 0), (2, 31, 31)] {
        let byte = ((channel * 1024 + i * 32 + j) * 7 + label) % 256
        c.expect(
          Double(image[channel, i, j]), near: Double(byte) / 255,
          "image \(label), channel \(channel), row \(i), column \(j)")
      }
    }
  },
  Check("a file that is no such file is refused, with the first rule that it breaks") { c in
    let record = [UInt8](repeating: 1, count: 3073)
    for (name, bytes, expected) in [
      ("no bytes", [], ImageFileError.empty),
      ("3072 bytes", Array(record.dropLast()), .cutOff(bytes: 3072)),
      ("one record and a byte", record + [1], .cutOff(bytes: 3074)),
      (
        "a label 10 in the second record", record + [10] + record.dropFirst(),
        .noClass(label: 10, record: 1)
      ),
      ("a label 255, cut off", [255, 0], .cutOff(bytes: 2)),
    ] {
      c.trying(name) {
        do throws(ImageFileError) {
          _ = try ImageFile(bytes)
          c.expect("no error", equals: "\(expected)", "the error for \(name)")
        } catch {
          c.expect("\(error)", equals: "\(expected)", "the error for \(name)")
        }
      }
    }
  },
]

private let checksOfWords: [Check] = [
  Check("a word gets the next number, and keeps it") { c in
    var list = WordList()
    let numbers = ["the", "cat", "the", "mat", "cat"].map { list.number(of: $0) }
    c.expect(numbers, equals: [0, 1, 0, 2, 1], "the numbers of: the cat the mat cat")
    c.expect(list.words, equals: ["the", "cat", "mat"], "the words")
  },
  Check("a text is read line by line, each ended by <eos>") { c in
    var list = WordList()
    c.expect(
      list.read(" the cat sat \n the mat <unk> N\n"), equals: [0, 1, 2, 3, 0, 4, 5, 6, 3],
      "the tokens of two lines")
    c.expect(
      list.words, equals: ["the", "cat", "sat", "<eos>", "mat", "<unk>", "N"], "the words")
    c.expect(list.read("cat sat"), equals: [1, 2, 3], "another text, by the same list")
    c.expect(list.words.count, equals: 7, "words afterwards")
  },
  Check("lines and blanks without words give nothing") { c in
    var list = WordList()
    c.expect(list.read(""), equals: [], "the tokens of nothing")
    c.expect(
      list.read("\n\n a  b \n   \nc\r\n"), equals: [0, 1, 2, 3, 2], "blank lines and blanks")
    c.expect(list.words, equals: ["a", "b", "<eos>", "c"], "the words")
  },
]

private let checksOfStreams: [Check] = [
  Check("a text is cut into streams that go on downwards") { c in
    let streams = TextStreams(Array(0..<13), count: 3)
    c.picture("the rows:") { streams.rows.map { $0.map(String.init) } }
    c.expect(
      streams.rows, equals: [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7, 11]],
      "13 tokens in 3 streams; 12 is left over")
    c.expect(TextStreams(Array(0..<4), count: 4).rows, equals: [[0, 1, 2, 3]], "4 in 4 streams")
    c.expect(TextStreams([5, 6, 7], count: 1).rows, equals: [[5], [6], [7]], "3 in one stream")
  },
  Check("a piece has its inputs, and one row further the targets") { c in
    let streams = TextStreams(Array(0..<13), count: 3)
    let piece = streams.piece(from: 1, length: 2)
    c.expect(piece.inputs, equals: [[1, 5, 9], [2, 6, 10]], "inputs from 1, length 2")
    c.expect(piece.targets, equals: [[2, 6, 10], [3, 7, 11]], "its targets")
    let last = streams.piece(from: 2, length: 5)
    c.expect(last.inputs, equals: [[2, 6, 10]], "inputs from 2, length 5: shorter at the end")
    c.expect(last.targets, equals: [[3, 7, 11]], "its targets")
  },
  Check("in all pieces each token but the first of a stream is a target once") { c in
    for (count, streams, length) in [(13, 3, 2), (100, 4, 7), (101, 4, 6), (9, 2, 100), (8, 4, 1)] {
      let text = TextStreams(Array(0..<count), count: streams)
      let pieces = text.pieces(length: length)
      c.trying("\(count) tokens in \(streams) streams, pieces of \(length)") {
        c.expect(
          pieces.flatMap(\.targets), equals: Array(text.rows.dropFirst()), "the targets, in order")
        c.expect(
          pieces.flatMap(\.inputs), equals: Array(text.rows.dropLast()), "the inputs, in order")
        c.expect(
          pieces.allSatisfy { (1...length).contains($0.inputs.count) },
          "each piece has between 1 and \(length) rows")
      }
    }
  },
  Check("streams and pieces are those of the framework") { c in
    let tokens = (0..<500).map { ($0 * $0 * 7 + 3) % 91 }
    let pieces = TextStreams(tokens, count: 6).pieces(length: 16)
    let windows = try TokenStreams(tokens.map { Int32($0) }, streams: 6).windows(length: 16)
    c.expect(pieces.count, equals: windows.count, "pieces")
    for (number, (piece, window)) in zip(pieces, windows).enumerated() {
      // Fledge's windows are stream after stream, these are step after step.
      let steps = window.context
      let inputs = (0..<steps).map { t in (0..<6).map { Int(window.inputs[$0 * steps + t]) } }
      c.expect(piece.inputs, equals: inputs, "the inputs of piece \(number)")
    }
  },
  Check("a window has its tokens, and for each the one after it") { c in
    let window = TextWindow(of: [10, 11, 12, 13, 14], at: 1, context: 3)
    c.expect(window.inputs, equals: [11, 12, 13], "the inputs at 1, with a context of 3")
    c.expect(window.targets, equals: [12, 13, 14], "the targets")
  },
  Check("windows begin wherever one fits, the first and the last place included") { c in
    for (count, context, starts) in [(5, 3, 2), (4, 3, 1), (3, 3, 0), (1, 3, 0), (100, 1, 99)] {
      c.expect(
        TextWindow.starts(count: count, context: context), equals: starts,
        "places in \(count) tokens for a context of \(context)")
    }
    let tokens = Array(0..<8)
    let generator = Generator(seed: 1)
    var counts: [Int: Int] = [:]
    for _ in 0..<5000 {
      let window = TextWindow.random(of: tokens, context: 3, using: generator)
      counts[window.inputs[0], default: 0] += 1
    }
    c.picture("how often a window began where, of 5000:") {
      counts.sorted { $0.key < $1.key }.map { ["\($0.key)", "\($0.value)"] }
    }
    c.expect(counts.keys.sorted(), equals: [0, 1, 2, 3, 4], "the places at which windows began")
    // 1000 each, with a standard deviation of 28.
    c.expect(counts.values.allSatisfy { (860...1140).contains($0) }, "each about 1000 times")
  },
]
