import Containers
import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing
import TraceImport

@Suite struct ImportTests {
  /// An `.npy` of format version 1.
  static func npy(_ description: String, _ shape: String, _ data: [UInt8]) -> [UInt8] {
    var header = Array("{'descr': '\(description)', 'fortran_order': False, 'shape': \(shape), }".utf8)
    header += [UInt8](repeating: 0x20, count: 63 - (10 + header.count) % 64) + [0x0A]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(header.count)) + header + data
  }

  /// A zip of stored entries.
  static func zip(_ entries: [(String, [UInt8])]) -> [UInt8] {
    var (bytes, directory) = ([UInt8](), [UInt8]())
    for (name, content) in entries {
      let common =
        littleEndian(UInt16(20)) + [UInt8](repeating: 0, count: 8) + littleEndian(crc32(of: content))
        + littleEndian(UInt32(content.count)) + littleEndian(UInt32(content.count))
        + littleEndian(UInt16(name.utf8.count))
      directory += [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 12)
      directory += littleEndian(UInt32(bytes.count)) + Array(name.utf8)
      bytes += [0x50, 0x4B, 3, 4] + common + [0, 0] + Array(name.utf8) + content
    }
    let end =
      [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + littleEndian(UInt16(entries.count)) + littleEndian(UInt16(entries.count))
    return bytes + directory + end + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(bytes.count)) + [0, 0]
  }

  static func open(
    _ format: String, _ paths: [String], _ options: ImportOptions = ImportOptions(), batching: Batching? = nil
  ) throws -> any StepSource {
    try Imports.named(format).open(paths, options: options).steps(batching: batching)
  }

  /// Two sequences of 3 and 2 tokens, 2 layers, top-2; token t of sequence s chooses 2t and 2t + 1 + s.
  static func sequences(_ folder: TemporaryFolder) throws -> String {
    func array(_ sequence: UInt8, tokens: UInt8) -> [UInt8] {
      npy("|u1", "(\(tokens), 2, 2)", (0..<tokens).flatMap { t in [2 * t, 2 * t + 1 + sequence, 7, 6] })
    }
    return try folder.write(zip([("a.npy", array(0, tokens: 3)), ("b.npy", array(1, tokens: 2))]), to: "s.npz")
  }

  @Test func `prefill concatenates sequences and cuts them`() throws {
    let folder = try TemporaryFolder()
    let source = try Self.open(
      "routed-experts", [try Self.sequences(folder)], batching: .prefill(tokensPerStep: 4))
    #expect(source.header.experts == 8)
    #expect(source.header.phase == .prefill)
    let steps = try all(source)
    #expect(steps.map(\.tokens) == [4, 1])
    #expect(steps[0].experts == [0, 1, 2, 3, 4, 5, 0, 2] + [7, 6, 7, 6, 7, 6, 7, 6])
    #expect(steps[0].sequences == [0, 0, 0, 1])
    #expect(steps[1].sequences == [1])
  }

  @Test func `decode replaces a finished sequence by the next`() throws {
    let folder = try TemporaryFolder()
    let path = try Self.sequences(folder)
    let alone = try all(try Self.open("routed-experts", [path], batching: .decode(sequences: 1, skip: 0)))
    #expect(alone.map { $0.sequences } == [[0], [0], [0], [1], [1]])
    let together = try all(try Self.open("routed-experts", [path], batching: .decode(sequences: 5, skip: 1)))
    #expect(together.map { $0.sequences } == [[0, 1], [0]])
    #expect(together[0].experts == [2, 3, 2, 4, 7, 6, 7, 6])
  }

  @Test func `layers are picked and keep their numbers`() throws {
    let folder = try TemporaryFolder()
    let source = try Self.open(
      "routed-experts", [try Self.sequences(folder)], ImportOptions(layers: [1], experts: 16),
      batching: .prefill(tokensPerStep: 2))
    #expect(source.header.layerNumbers == [1])
    #expect(source.header.experts == 16)
    #expect(try all(source)[0].experts == [7, 6, 7, 6])
  }

  @Test(
    arguments: [
      ("<u2", [1, 0, 2, 0]), (">u2", [0, 1, 0, 2]), ("<i4", [1, 0, 0, 0, 2, 0, 0, 0]), ("|i1", [1, 2]),
      ("<i8", [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]), ("<f4", [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]),
    ] as [(String, [UInt8])])
  func `whole numbers of any element type are read`(description: String, data: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.npy(description, "(1, 1, 2)", data), to: "a.npy")
    let steps = try all(try Self.open("routed-experts", [path], batching: .prefill(tokensPerStep: 8)))
    #expect(steps[0].experts == [1, 2])
  }

  @Test(
    arguments: [
      (npy("|u1", "(2, 1, 2)", [1, 2]), "needs 4 bytes"),
      (npy("|u1", "(1099511627776, 1099511627776, 8)", []), "beyond 2^63"),
      (npy("|u1", "(1, 2)", [1, 2]), "expected [tokens, layers, topK]"),
      (npy("|O", "(1, 1, 2)", [1, 2]), "elements '|O'"),
      (npy("<f4", "(1, 1, 1)", [0, 0, 0xC0, 0x7F]), "not a whole number"),
      (npy("|i1", "(1, 1, 2)", [1, 0xFF]), "not a whole number"),
      (npy("|u1", "(1, 1, 2)", [3, 3]), "expert 3 twice"),
      (npy("|u1", "(1, 1, 2)", [0, 0]), "--layers picks"),
      ([1, 2, 3], "not an .npy"),
      (Array(npy("|u1", "(1, 1, 2)", [1, 2]).prefix(40)), ".npy header of"),
      (Array(zip([("a.npy", npy("|u1", "(1, 1, 2)", [1, 2]))]).dropLast(30)), "no central directory"),
    ] as [([UInt8], String)])
  func `an array that lies is refused`(bytes: [UInt8], message: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, to: "a.npy")
    let error = #expect(throws: InputError.self) {
      try all(try Self.open("routed-experts", [path], batching: .prefill(tokensPerStep: 8)))
    }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.subject?.hasPrefix(path) == true)
  }

  @Test func `a zip entry that claims to inflate to gigabytes is refused`() throws {
    let folder = try TemporaryFolder()
    var bytes = Self.zip([("a.npy", Self.npy("|u1", "(1, 1, 2)", [1, 2]))])
    let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    bytes.replaceSubrange(directory + 24..<directory + 28, with: littleEndian(UInt32(0xFFFF_FFF0)))
    let path = try folder.write(bytes, to: "a.npz")
    let error = #expect(throws: InputError.self) {
      try Self.open("routed-experts", [path], batching: .prefill(tokensPerStep: 8))
    }
    #expect(error?.message.contains("limit") == true)
  }

  @Test func `zip entries that share their bytes are refused`() throws {
    let folder = try TemporaryFolder()
    let bytes = Self.zip([("a.npy", Self.npy("|u1", "(1, 1, 2)", [1, 2]))])
    let directory = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    let entry = bytes[directory..<bytes.count - 22]
    let end =
      [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + littleEndian(UInt16(2)) + littleEndian(UInt16(2))
      + littleEndian(UInt32(2 * entry.count)) + littleEndian(UInt32(directory)) + [0, 0]
    let path = try folder.write(Array(bytes[..<directory]) + entry + entry + end, to: "a.npz")
    let error = #expect(throws: InputError.self) {
      try Self.open("routed-experts", [path], batching: .prefill(tokensPerStep: 8))
    }
    #expect(error?.message == "entries 'a.npy' and 'a.npy' overlap")
  }

  @Test func `a broken archive is an error or is read as it was`() throws {
    let folder = try TemporaryFolder()
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: try Self.sequences(folder))))
    for index in bytes.indices {
      var broken = bytes
      broken[index] ^= 1 << (index % 8)
      let path = try folder.write(broken, to: "broken.npz")
      do {
        _ = try all(try Self.open("routed-experts", [path], batching: .prefill(tokensPerStep: 4)))
      } catch { #expect(error is InputError) }
    }
  }

  @Test func `counts drop dense layers and empty steps, and keep numbers`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      #"{"rank":0,"logical_count":[[[0,0],[2,4],[1,5]],[[0,0],[0,0],[0,0]],[[0,0],[6,0],[0,6]]],"window":null}"#,
      to: "c.json")
    let source = try Self.open("counts", [path], ImportOptions(topK: 2))
    #expect(source.header.layerNumbers == [1, 2])
    let steps = try all(source)
    #expect(steps.map(\.number) == [0, 2])
    #expect(steps.map(\.counts) == [[2, 4, 1, 5], [6, 0, 0, 6]])
    #expect(steps.map(\.tokens) == [3, 3])
    #expect(try Sample.read(path).map(\.counts) == steps.map(\.counts))
  }

  @Test(arguments: [
    #"{"logical_count":[[1,2],[3]]}"#, #"{"logical_count":[[[1,2]],[[3,4],[5,6]]]}"#, #"{"logical_count":[]}"#,
    #"{"logical_count":[[0,0]]}"#, #"{"logical_count":[[1,-2]]}"#, #"{"logical_count":[[1,2.5]]}"#, #"{"other":1}"#,
    #"{"logical_count":[[1,99999999999999999]]}"#, #"{"logical_count":[[1,[2]],3]}"#, "[", "",
  ])
  func `counts that are no table are refused`(text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "c.json")
    let error = #expect(throws: InputError.self) { try Self.open("counts", [path]) }
    #expect(error?.subject == path)
  }

  @Test func `routing and weights give a step with sources`() throws {
    let folder = try TemporaryFolder()
    let routing = try folder.write("3,1\n0,7\n", to: "routing.csv")
    let weights = try folder.write("0.5,0.25,2,0\n0.125,1,3,1\n", to: "weights.csv")
    let source = try Self.open("moe-comms", [routing, weights])
    #expect(source.header.experts == 8)
    let steps = try all(source)
    #expect(
      steps == [
        RoutingStep(number: 0, tokens: 2, experts: [3, 1, 0, 7], weights: [0.5, 0.25, 0.125, 1], sources: [2, 3])
      ])
  }

  @Test(arguments: [
    ("1,2\n3\n", "0,0,0,0\n0,0,0,1\n"), ("1,1\n", "0,0,0,0\n"), ("1,x\n", "0,0,0,0\n"), ("1,2\n", "0,nan,0,0\n"),
    ("1,2\n", "0,0,0,5\n"), ("1,2\n", "0,0,0\n"), ("1,2\n", ""), ("", ""), ("1,-2\n", "0,0,0,0\n"),
  ])
  func `tables that do not fit are refused`(routing: String, weights: String) throws {
    let folder = try TemporaryFolder()
    let paths = [try folder.write(routing, to: "r.csv"), try folder.write(weights, to: "w.csv")]
    #expect(throws: InputError.self) { try Self.open("moe-comms", paths) }
  }

  @Test func `what an import left out stands in the provenance, and stays when layers are renumbered`() throws {
    let (_, provenance) = TraceHeader.imported(from: ["a.pt"], format: "f", notes: ["1 token left out", "a ring"])
    #expect(provenance.method == "converted from f; 1 token left out; a ring")
    let header = TraceHeader(name: "n", content: .counts, layerNumbers: [0], experts: 2, topK: nil)
    let imported = Imported.steps(StoredSteps(header: header, steps: []), notes: ["a ring"])
    #expect(try imported.renumbered(firstLayer: 3).notes == ["a ring"])
    #expect(try imported.renumbered(firstLayer: 3).header.layerNumbers == [3])
  }

  @Test func `a wrong format names the closest`() {
    let error = #expect(throws: InputError.self) { try Imports.named("routed-expert") }
    #expect(error?.message.contains("did you mean 'routed-experts'") == true)
    #expect(error?.status == .usage)
  }

  @Test func `selections are ranges and lists`() throws {
    #expect(try parseSelection("3..<5,7,9...10", option: "--layers") == [3, 4, 7, 9, 10])
    #expect(try parseSelection("3:5,7,9-10", option: "--layers") == [3, 4, 7, 9, 10])
    for text in ["", "5..<5", "3,2", "-1", "a", "0..<9999999", "1...9223372036854775807"] {
      #expect(throws: InputError.self) { try parseSelection(text, option: "--layers") }
    }
  }
}
