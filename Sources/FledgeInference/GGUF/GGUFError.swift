import FledgeIO
import Foundation

/// Why a GGUF file could not be read or written. Its description is one sentence that names the
/// file, the fault and the remedy.
public struct GGUFError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The faults.
  public enum Fault: Error, Equatable, Sendable {
    /// It does not begin with the letters `GGUF`.
    case notGGUF
    /// A version other than 3, of little-endian numbers.
    case unsupportedVersion(UInt32)
    /// It ends before what stands at this byte.
    case cutShort(at: Int)
    /// More keys, tensors or elements than the rest of the file could hold.
    case impossibleCount(UInt64, of: String)
    /// A text that is not UTF-8.
    case invalidText(at: Int)
    /// A type of value that the format does not have.
    case unknownValueType(UInt32, key: String)
    /// A truth value other than 0 and 1.
    case invalidBool(key: String)
    /// Arrays within arrays, deeper than anyone needs.
    case nestedTooDeep(key: String)
    /// A key or a tensor that comes twice.
    case duplicate(String)
    /// An alignment that is no power of two from 8 on.
    case invalidAlignment(Int)
    /// More axes than the format allows, or a size of no tensor.
    case invalidShape(tensor: String)
    /// A row that is no whole number of blocks.
    case brokenBlocks(tensor: String)
    /// A place that is not aligned, or outside the file.
    case invalidPlace(tensor: String)
    /// A format of weights that is not read here.
    case unsupportedType(tensor: String, type: UInt32)
    /// A tensor that the model needs and the file lacks.
    case missingTensor(String)
    /// A tensor of a shape that the model does not have.
    case wrongShape(tensor: String, expected: [Int], found: [Int])
    /// A key that the model needs and the file lacks.
    case missingKey(String)
    /// A key whose value is of no use.
    case unsuitableValue(String, needed: String)
    /// The file itself could not be read or written.
    case file(FileSystemError)
  }

  /// What is wrong.
  public var fault: Fault
  /// The file; nil where bytes in memory were read.
  public var path: String?

  /// An error without a path is about bytes in memory.
  public init(_ fault: Fault, path: String? = nil) {
    self.fault = fault
    self.path = path
  }

  public var description: String {
    let place = path.map { "'\($0)'" } ?? "the data"
    let again = "download or convert it again"
    switch fault {
    case .notGGUF:
      return "\(place) is no GGUF file: it does not begin with the letters GGUF; "
        + "check that it is the right file"
    case .unsupportedVersion(let version):
      return "\(place) is of GGUF version \(version), and 3 is read here; convert it again with "
        + "a current program"
    case .cutShort(let position):
      return "\(place) is cut short: something of byte \(position) is missing; \(again)"
    case .impossibleCount(let count, let what):
      return "\(place) is malformed: it has no room for \(count) \(what); \(again)"
    case .invalidText(let position):
      return "\(place) is malformed: the text at byte \(position) is not UTF-8; \(again)"
    case .unknownValueType(let type, let key):
      return "\(place) is malformed: '\(key)' has the unknown type \(type); \(again)"
    case .invalidBool(let key):
      return "\(place) is malformed: '\(key)' is neither true nor false; \(again)"
    case .nestedTooDeep(let key):
      return "\(place) is malformed: '\(key)' has lists within lists within lists; \(again)"
    case .duplicate(let name):
      return "\(place) is malformed: '\(name)' comes twice; \(again)"
    case .invalidAlignment(let alignment):
      return "\(place) is malformed: its alignment is \(alignment), not a power of two from 8 on; "
        + again
    case .invalidShape(let tensor):
      return "\(place) is malformed: tensor '\(tensor)' has more than 4 axes or a size that no "
        + "tensor has; \(again)"
    case .brokenBlocks(let tensor):
      return "\(place) is malformed: a row of tensor '\(tensor)' is no whole number of blocks; "
        + again
    case .invalidPlace(let tensor):
      return "\(place) is malformed: tensor '\(tensor)' does not lie within the file, at a "
        + "multiple of the alignment; \(again)"
    case .unsupportedType(let tensor, let type):
      return "\(place): tensor '\(tensor)' is of type \(type), which is not read here; convert "
        + "the model to one of \(GGUFTensorType.allCases.map(\.description).joined(separator: ", "))"
    case .missingTensor(let name):
      return "\(place) lacks the tensor '\(name)'; check that it is a whole model"
    case .wrongShape(let tensor, let expected, let found):
      return "\(place): tensor '\(tensor)' has the shape \(found), and the model needs "
        + "\(expected); check that it is the right file"
    case .missingKey(let key):
      return "\(place) lacks the key '\(key)'; check that it is a whole model"
    case .unsuitableValue(let key, let needed):
      return "\(place): the value of '\(key)' is of no use, it must be \(needed); \(again)"
    case .file(let error):
      return error.description
    }
  }

  /// The same fault, of a file.
  func of(_ path: String?) -> GGUFError { GGUFError(fault, path: self.path ?? path) }
}

extension GGUFError: LocalizedError {
  public var errorDescription: String? { description }
}
