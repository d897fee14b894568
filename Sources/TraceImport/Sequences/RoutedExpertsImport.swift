import Containers
import Diagnostics
import Files
import RoutingTrace

/// Arrays `[tokens, layers, topK]` of expert ids in an `.npy`, or several in an `.npz`: each is one sequence. An
/// array of four axes is `[sequences, tokens, layers, topK]`.
///
/// It is what vLLM returns as `CompletionOutput.routed_experts` and users save with numpy, and what frameworks for
/// reinforcement learning keep of a rollout: verl's batches hold `routed_experts` of four axes, 0 where a sequence is
/// padded (verl, `verl/experimental/agent_loop/agent_loop.py`). A `.pt` holds such tensors, or a dictionary or list
/// of them.
struct RoutedExpertsImport: TraceImport {
  let name = "routed-experts"
  let summary = ".npy, .npz or .pt arrays [tokens, layers, topK], each a sequence, or [sequences, tokens, layers, topK]"
  let heeds: Set<ImportOptions.Special> = [.sharedExperts]

  func recognizes(_ sample: SourceSample) -> Bool {
    if let pickle = sample.pickle { return pickle.holds(key: "routed_experts") }
    return sample.firstEntry?.hasSuffix(".npy")
      ?? (sample.array.map { (3...4).contains($0.axes) && $0.isWhole } ?? false)
  }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...4096, name)
    guard options.topK == nil else {
      throw InputError("the arrays say their top-k", in: "--from \(name)", status: .usage)
    }
    return try RoutedArrays(sources: sources, format: name, options: options) { () throws(InputError) in
      ArraySequence(sources: sources)
    }.imported
  }
}

/// The arrays of `.npy`, `.npz` and `.pt` files in order.
final class ArraySequence: RoutedArraySource {
  private enum Stored {
    case arrays(ZipArchive, ArraySlice<ZipArchive.Entry>)
    case tensors(TorchFile, ArraySlice<Pickled>)
  }

  private var sources: ArraySlice<String>
  private var path = ""
  private var stored: Stored?
  private var current: StoredSequences?
  private var place = ""

  init(sources: [String]) { self.sources = sources[...] }

  func next() throws(InputError) -> (RoutedArray, place: String)? {
    while true {
      if let array = try attributing(place, { () throws(InputError) in try current?.next() }) {
        // The bytes of an array that was read are not kept beside its ids.
        if current?.isOver == true { current = nil }
        return (array, place)
      }
      current = nil
      guard try readNext() else { return nil }
    }
  }

  /// Opens the next array, or the next file; false after the last.
  private func readNext() throws(InputError) -> Bool {
    switch stored {
    case .arrays(let zip, var rest):
      guard let entry = rest.popFirst() else { break }
      stored = .arrays(zip, rest)
      try hold("\(path): \(entry.name)") { () throws(InputError) in
        try StoredSequences(NumpyArray(try zip.content(of: entry)))
      }
      return true
    case .tensors(let file, var rest):
      guard let value = rest.popFirst() else { break }
      stored = .tensors(file, rest)
      try hold(path) { () throws(InputError) in
        let (shape, ids) = try file.integers(
          value, named: "routed_experts", upTo: RoutedArray.none - 1, minusOne: RoutedArray.none)
        return try StoredSequences(shape: shape) { Array(ids[$0]) }
      }
      return true
    case nil: break
    }
    stored = nil
    guard let path = sources.popFirst() else { return false }
    self.path = path
    let bytes = try readWhole(path)
    guard ZipArchive.isZip(bytes) else {
      try hold(path) { () throws(InputError) in try StoredSequences(NumpyArray(bytes)) }
      return true
    }
    stored = try attributing(path) { () throws(InputError) in
      let zip = try ZipArchive(bytes)
      guard TorchFile.isPickle(zip) else { return .arrays(zip, zip.entries[...]) }
      let file = try TorchFile(bytes)
      return .tensors(file, try Self.tensors(of: file))
    }
    return true
  }

  private func hold(_ place: String, _ open: () throws(InputError) -> StoredSequences) throws(InputError) {
    self.place = place
    current = try attributing(place) { () throws(InputError) in try open() }
  }

  /// The tensors that a dictionary holds under `routed_experts`, that a list holds, or that stand alone.
  private static func tensors(of file: TorchFile) throws(InputError) -> ArraySlice<Pickled> {
    let root = file.member("routed_experts", of: file.root) ?? file.root
    if let items = file.items(of: root) { return items[...] }
    guard case .tensor = root else { throw InputError("no tensor, no list of tensors and no 'routed_experts'") }
    return [root]
  }
}

/// The sequences of one stored array, read one at a time.
private struct StoredSequences {
  private let shape: [Int]
  private let ids: (Range<Int>) throws(InputError) -> [UInt16]
  private var rest: Range<Int>

  init(_ array: NumpyArray) throws(InputError) {
    try self.init(shape: array.shape) { range throws(InputError) in
      try array.ids(range, upTo: RoutedArray.none - 1, minusOne: RoutedArray.none)
    }
  }

  /// - Parameter ids: reads a range of elements in C order.
  init(shape: [Int], ids: @escaping (Range<Int>) throws(InputError) -> [UInt16]) throws(InputError) {
    guard (3...4).contains(shape.count) else {
      throw InputError("shape \(shape), expected [tokens, layers, topK] or [sequences, tokens, layers, topK]")
    }
    // An array of no elements may claim any number of sequences: they are one of no tokens.
    self.shape = shape.contains(0) ? [0] + shape.suffix(2) : Array(shape.suffix(3))
    self.ids = ids
    rest = 0..<(shape.count == 4 && !shape.contains(0) ? shape[0] : 1)
  }

  var isOver: Bool { rest.isEmpty }

  mutating func next() throws(InputError) -> RoutedArray? {
    guard let sequence = rest.popFirst() else { return nil }
    // Their product was checked against the bytes that are there.
    let size = shape.contains(0) ? 0 : shape.reduce(1, *)
    return try RoutedArray(shape: shape) { () throws(InputError) in try ids(sequence * size..<(sequence + 1) * size) }
  }
}
