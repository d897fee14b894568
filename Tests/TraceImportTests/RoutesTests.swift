import Containers
import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// Sequences of recorded routes: tokens without one, shared experts beside the routed ones, arrays of four axes,
/// tensors.
@Suite struct RoutesTests {
  /// `[tokens, layers, topK]` of signed bytes in an `.npy`.
  static func open(
    _ shape: String, _ ids: [Int8], _ options: ImportOptions = ImportOptions()
  ) throws -> (notes: [String], header: TraceHeader, steps: [RoutingStep]) {
    let folder = try TemporaryFolder()
    let data = ids.map { UInt8(bitPattern: $0) }
    return try read([try folder.write(ImportTests.npy("|i1", shape, data), to: "a.npy")], options)
  }

  static func read(
    _ paths: [String], _ options: ImportOptions = ImportOptions()
  ) throws -> (notes: [String], header: TraceHeader, steps: [RoutingStep]) {
    let imported = try Imports.named("routed-experts").imported(paths, options: options)
    return (imported.notes, imported.header, try all(try imported.steps(batching: .prefill(tokensPerStep: 64))))
  }

  @Test func `a token that is 0 or −1 in every layer is left out and counted`() throws {
    let (notes, _, steps) = try Self.open(
      "(4, 2, 2)", [1, 2, 3, 4, 0, 0, 0, 0, -1, -1, 0, 0, 5, 6, 7, 0])
    #expect(notes == ["2 of 4 tokens without a recorded route (0 or −1 in every layer) left out"])
    #expect(steps.map(\.experts) == [[1, 2, 5, 6, 3, 4, 7, 0]])
  }

  @Test func `of one expert a token, 0 is a choice`() throws {
    let (notes, _, steps) = try Self.open("(3, 1, 1)", [0, -1, 2])
    #expect(notes == ["1 of 3 tokens without a recorded route (0 or −1 in every layer) left out"])
    #expect(steps.map(\.experts) == [[0, 2]])
  }

  @Test(arguments: [
    ([0, 0, 1, 2, 0, 0, 3, 4], "layer 0: token 0: expert 0 twice in its top-2; is this a dense layer?"),
    ([0, 0, 1, 2, 5, 6, 3, 4], "layer 0: token 0: expert 0 twice in its top-2"),
    ([5, -1, 1, 2, 5, 6, 3, 4], "layer 0: token 0: expert −1, expected an id below 8"),
    ([0, 0, 0, 0, -1, -1, -1, -1], "nothing was recorded: all 2 rows of all 2 layers are 0 or −1"),
  ])
  func `a layer without a route beside others that have one is an error`(ids: [Int8], message: String) {
    let error = #expect(throws: InputError.self) { try Self.open("(2, 2, 2)", ids) }
    let text = error?.description ?? ""
    #expect(text.contains(message) && text.contains("dense") == message.contains("dense"), "\(text)")
  }

  @Test func `an expert that ends every choice of every layer is a shared one`() throws {
    let path = "\(FixtureImportTests.folder)/shared.npy"
    let (notes, header, steps) = try Self.read([path])
    #expect(notes == ["the last column holds a fused shared expert, left out: top-2 of 16"])
    #expect((header.experts, header.topK) == (16, 2))
    let expected = [1, 2].flatMap { layer in (0..<12).flatMap { FixtureImportTests.choice(0, layer, $0) } }
    #expect(steps.map(\.experts) == [expected])
    var options = ImportOptions(experts: 24)
    #expect(try Self.read([path], options).header.topK == 3, "16 is one of 24 experts")
    options.sharedExperts = 1
    #expect(try Self.read([path], options).header.topK == 2)
    options = ImportOptions()
    options.sharedExperts = 0
    #expect(try Self.read([path], options).header.topK == 3)
    for count in [-1, 2, 3] {
      options.sharedExperts = count
      let error = #expect(throws: InputError.self) { try Self.read([path], options) }
      #expect(error?.status == .usage && error?.subject == "--shared-experts")
    }
  }

  @Test func `few tokens, or an id that is no number of experts, are not taken for shared`() throws {
    #expect(try Self.open("(4, 2, 2)", Array(repeating: [1, 8], count: 8).flatMap(\.self)).header.topK == 2)
    #expect(try Self.open("(16, 1, 2)", Array(repeating: [1, 7], count: 16).flatMap(\.self)).header.topK == 2)
    #expect(try Self.open("(16, 1, 2)", Array(repeating: [1, 8], count: 16).flatMap(\.self)).header.topK == 1)
  }

  @Test(arguments: ["(0, 1099511627776, 1099511627776, 8)", "(2, 0, 4, 2)", "(0, 4, 2)", "(2, 2)", "(1, 1, 1, 1, 1)"])
  func `shapes without tokens are refused, whatever they claim`(shape: String) {
    #expect(throws: InputError.self) { try Self.open(shape, Array(repeating: 1, count: shape == "(2, 2)" ? 4 : 0)) }
  }

  static func torch(_ root: [UInt8], ids: [Int32]) throws -> (folder: TemporaryFolder, path: String) {
    let folder = try TemporaryFolder()
    let bytes = FixtureImportTests.torch(
      [0x80, 2] + root + Array(".".utf8), storage: ids.flatMap { littleEndian($0) })
    return (folder, try folder.write(bytes, to: "a.pt"))
  }

  static let tensor = FixtureImportTests.pickledTensor(count: 8, size: [2, 2, 1, 2], stride: [4, 2, 2, 1])

  @Test(arguments: [
    (tensor, "eplb-weights"), (FixtureImportTests.pickled([("routed_experts", tensor)]), "routed-experts"),
    (Array("](".utf8) + tensor + tensor + Array("e".utf8), "routing-replay"),
  ])
  func `tensors alone, in a dictionary and in a list are sequences`(root: [UInt8], detected: String) throws {
    let (folder, path) = try Self.torch(root, ids: [1, 2, 3, 4, 5, 6, -1, -1])
    let (notes, _, steps) = try Self.read([path])
    let copies = detected == "routing-replay" ? 2 : 1
    #expect(notes == ["\(copies) of \(4 * copies) tokens without a recorded route (0 or −1 in every layer) left out"])
    #expect(steps.map(\.experts) == [Array(repeating: [1, 2, 3, 4, 5, 6], count: copies).flatMap(\.self)])
    #expect(try Imports.detected([path]).name == detected)
    withExtendedLifetime(folder) {}
  }

  @Test func `a tensor of two axes is a load matrix, and of others is not`() throws {
    let matrix = FixtureImportTests.pickledTensor(count: 8, size: [2, 4], stride: [4, 1])
    let (folder, path) = try Self.torch(matrix, ids: [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(try Imports.detected([path]).name == "eplb-weights")
    #expect(try all(try ImportTests.open("eplb-weights", [path])).map(\.counts) == [[1, 2, 3, 4, 5, 6, 7, 8]])
    let (other, routes) = try Self.torch(Self.tensor, ids: [1, 2, 3, 4, 5, 6, 7, 8])
    #expect { try ImportTests.open("eplb-weights", [routes]) } throws: {
      "\($0)".contains("shape [2, 2, 1, 2], expected [layers, experts]; --from routed-experts reads routes")
    }
    withExtendedLifetime((folder, other)) {}
  }

  @Test func `an option that means nothing to a format is a usage error`() throws {
    var options = ImportOptions()
    options.tensorParallel = 2
    let error = #expect(throws: InputError.self) { try Self.open("(1, 1, 2)", [1, 2], options) }
    #expect(error?.description == "--tensor-parallel: means nothing to recordings of routed-experts")
    #expect(error?.status == .usage)
  }
}
