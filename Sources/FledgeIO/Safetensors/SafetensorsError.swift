import FledgeCore
import Foundation

/// Why a safetensors file could not be read or written. Its description is one sentence that names
/// the file, the fault and the remedy.
public struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The faults. Those of a malformed file have the same names as in the format's reference
  /// implementation.
  public enum Fault: Error, Equatable, Sendable {
    /// Fewer than the 8 bytes of the header's length.
    case headerTooSmall(byteCount: Int)
    /// A header of more than ``Safetensors/maximumHeaderLength`` bytes.
    case headerTooLarge(length: UInt64)
    /// A header that is longer than the file.
    case invalidHeaderLength(length: UInt64, byteCount: Int)
    /// A header that is not UTF-8.
    case invalidHeader
    /// A header that is not JSON, or not the JSON of this format.
    case invalidHeaderDeserialization(reason: String)
    /// A tensor that does not begin where the one before it ends, or ends before it begins.
    case invalidOffset(tensor: String)
    /// A tensor whose bytes are more or fewer than its shape and dtype take.
    case tensorInvalidInfo(tensor: String)
    /// A tensor with more elements than can be counted.
    case validationOverflow(tensor: String)
    /// A tensor of packed elements that does not end at the end of a byte.
    case misalignedSlice(tensor: String)
    /// Tensors that end before or after the end of the file.
    case metadataIncompleteBuffer(expected: Int, byteCount: Int)
    /// Two names with different bytes that are the same text in Unicode, and so the same key of a
    /// Swift dictionary.
    case equivalentNames(tensor: String)
    /// A tensor that was asked for, of a dtype that Fledge does not have.
    case unsupportedDType(tensor: String, dtype: SafetensorsDType)
    /// A tensor that was asked for, with more axes than Fledge has.
    case tooManyAxes(tensor: String, count: Int)
    /// A tensor that the index of a model in several files promises and its file lacks.
    case missingFromShard(tensor: String)
    /// `__metadata__` as the name of a tensor that is to be written.
    case reservedName
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
    let again = "download or export it again"
    switch fault {
    case .headerTooSmall(let count):
      return "\(place) is no safetensors file: it has \(count) bytes, "
        + "and the header's length alone takes 8; \(again)"
    case .headerTooLarge(let length):
      return "\(place) cannot be a safetensors file: its header would take \(length) bytes, "
        + "at most \(Safetensors.maximumHeaderLength) are allowed; check that it is the right file"
    case .invalidHeaderLength(let length, let count):
      return "\(place) is cut short: its header takes \(length) bytes, "
        + "and the file has \(count) in all; \(again)"
    case .invalidHeader:
      return "\(place) is no safetensors file: its header is not UTF-8 text; "
        + "check that it is the right file"
    case .invalidHeaderDeserialization(let reason):
      return "\(place) has a malformed header: \(reason); \(again)"
    case .invalidOffset(let tensor):
      return "\(place) is malformed: tensor '\(tensor)' does not begin where the one before it "
        + "ends; \(again)"
    case .tensorInvalidInfo(let tensor):
      return "\(place) is malformed: the bytes of tensor '\(tensor)' do not fit its shape and "
        + "dtype; \(again)"
    case .validationOverflow(let tensor):
      return "\(place) is malformed: tensor '\(tensor)' has more elements than can be counted; "
        + again
    case .metadataIncompleteBuffer(let expected, let count):
      return "\(place) is \(count < expected ? "cut short" : "too long"): its tensors end at byte "
        + "\(expected) of the data, which has \(count); \(again)"
    case .equivalentNames(let tensor):
      return "\(place) has two tensors named '\(tensor)' that differ only in how the text is "
        + "encoded; rename one"
    case .unsupportedDType(let tensor, let dtype):
      return "\(place): tensor '\(tensor)' has dtype \(dtype.rawValue), "
        + "which Fledge does not have; convert it or leave it out"
    case .tooManyAxes(let tensor, let count):
      return "\(place): tensor '\(tensor)' has \(count) axes, Fledge has at most "
        + "\(Dimensions.capacity); reshape it or leave it out"
    case .missingFromShard(let tensor):
      return "\(place) lacks tensor '\(tensor)', which the model's index promises; \(again)"
    case .reservedName:
      return "\(place) cannot have a tensor named '\(SafetensorsHeader.metadataKey)', which the "
        + "format keeps for itself; rename it"
    case .file(let error):
      return error.description
    case .misalignedSlice(let tensor):
      return "\(place) is malformed: tensor '\(tensor)' ends inside a byte; \(again)"
    }
  }
}

extension SafetensorsError: LocalizedError {
  public var errorDescription: String? { description }
}
