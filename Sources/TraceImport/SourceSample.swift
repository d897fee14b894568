import Containers
import Diagnostics
import Files
import Foundation

/// The names of what is to be imported and the beginning of the first file, by which importers tell their format.
public struct SourceSample {
  /// Bytes of the first file that are looked at.
  private static let length = 1 << 20

  let sources: [String]
  let isFolder: Bool
  /// Of the first file; empty for a folder.
  let start: [UInt8]
  /// Axes of an `.npy` and whether its elements are whole numbers; nil for anything else.
  let array: (axes: Int, isWhole: Bool)?

  /// - Throws: `InputError`: no such file, or standard input, which can be read but once.
  init(_ sources: [String]) throws(InputError) {
    guard let first = sources.first else { throw InputError("no source files", status: .usage) }
    for source in sources { try requireReadableAgain(source, "say its format with --from") }
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: first, isDirectory: &isDirectory)
    self.sources = sources
    isFolder = exists && isDirectory.boolValue
    start = isFolder ? [] : try FileInput(path: first).read(count: Self.length)
    array = NumpyArray.preview(start)
  }

  /// The first file's name without its folder.
  var fileName: Substring { sources[0].split(separator: "/").last ?? "" }

  var isGzip: Bool { start.starts(with: [0x1F, 0x8B]) }

  /// Whether a JSON object, or a line of one, holds `key` near its beginning.
  func isJSON(with key: String) -> Bool {
    start.first { $0 > 0x20 } == UInt8(ascii: "{") && start[...].holds("\"\(key)\"".utf8)
  }

  /// Whether an API's response, a list of them or a stream of them holds `key` near its beginning.
  func isResponse(with key: String) -> Bool {
    let text = start.drop { $0 <= 0x20 }
    let isJSON = text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[")
    guard isJSON || ["data:", "event:", "id:", ":"].contains(where: { text.starts(with: $0.utf8) }) else {
      return false
    }
    return text.holds("\"\(key)\"".utf8)
  }

  /// Brackets that open before anything else: 2 for a bare JSON matrix.
  var openBrackets: Int {
    start.lazy.filter { $0 > 0x20 }.prefix { $0 == UInt8(ascii: "[") }.count
  }

  /// The pickle of a file that `torch.save` wrote, which is its first entry; nil for anything else.
  var pickle: PickleSample? {
    guard let firstEntry, firstEntry.hasSuffix("data.pkl") else { return nil }
    let extra = Int(start[28]) | Int(start[29]) << 8
    return PickleSample(Array(start.dropFirst(30 + firstEntry.utf8.count + extra)))
  }

  /// The name of a zip's first entry.
  var firstEntry: String? {
    guard ZipArchive.isZip(start), start.count > 30 else { return nil }
    let length = Int(start[26]) | Int(start[27]) << 8
    return String(decoding: start[30..<min(start.count, 30 + length)], as: UTF8.self)
  }

  /// Whether it is a table of numbers in a `.csv`, not one of MindIE's and vllm-ascend's.
  var isTable: Bool {
    guard fileName.hasSuffix(".csv"), HotnessImport.rank(ofFile: fileName) == nil,
      !HotnessImport.holdsChoices(fileName)
    else { return false }
    let line = start.prefix { $0 != 0x0A && $0 != 0x0D }
    return line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy {
      Double(String(decoding: $0, as: UTF8.self).drop { $0 == " " }) != nil
    }
  }
}

/// The beginning of a pickle, by which formats are told that `torch.save` writes.
struct PickleSample {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether it begins with protocol 2 and then `opcodes`.
  private func begins(with opcodes: String) -> Bool { bytes.starts(with: [0x80, 2] + Array(opcodes.utf8)) }

  var isList: Bool { begins(with: "]") }
  var isTensor: Bool { begins(with: "ctorch._utils\n_rebuild_tensor_v2\n") }

  /// Whether it names a key, which need not be one of the outermost dictionary.
  func holds(key: String) -> Bool {
    bytes[...].holds([UInt8(ascii: "X"), UInt8(key.utf8.count), 0, 0, 0] + Array(key.utf8))
  }

  /// Whether it is SGLang's recorder's, or of no known kind, which its importer names.
  var isRecorder: Bool {
    !isList && !isTensor && !["routed_experts", "replays"].contains(where: holds)
  }
}

extension TraceImport {
  public func recognizes(_ sample: SourceSample) -> Bool { false }
}

extension Imports {
  /// The only format that the sources can be of.
  ///
  /// - Throws: `InputError` (usage) that names the formats when there are several, or all when there is none.
  public static func detected(_ sources: [String]) throws(InputError) -> any TraceImport {
    let sample = try SourceSample(sources)
    let candidates = formats.filter { $0.recognizes(sample) }
    if let only = candidates.first, candidates.count == 1 { return only }
    let names = (candidates.isEmpty ? formats : candidates).map(\.name).joined(separator: ", ")
    throw InputError(
      candidates.isEmpty ? "its format is not recognized: give --from one of \(names)" : "give --from one of \(names)",
      in: sources[0], status: .usage)
  }
}
