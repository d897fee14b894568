import Diagnostics
import Files
import Gzip

/// What a conversion was asked for beside its sources; importers refuse what they cannot honour.
public struct ImportOptions: Sendable {
  /// Positions of the MoE layers among the recorded ones; their numbers are kept. All when nil.
  public var layers: [Int]?
  /// Experts per layer, where the recording does not say.
  public var experts: Int?
  /// Experts per token, where the recording does not say.
  public var topK: Int?
  /// Layers of each token, where a recording of raw numbers does not say.
  public var recordedLayers: Int?
  /// Name of the model that routed, as in `models/`.
  public var model: String?
  public var licence: String?

  public init(
    layers: [Int]? = nil, experts: Int? = nil, topK: Int? = nil, recordedLayers: Int? = nil, model: String? = nil,
    licence: String? = nil
  ) {
    self.recordedLayers = recordedLayers
    self.layers = layers
    self.experts = experts
    self.topK = topK
    self.model = model
    self.licence = licence
  }
}

/// What a foreign recording turns into.
public enum Imported {
  /// Forward passes, as they were recorded.
  case steps(any StepSource)
  /// Requests without their batches, which `Batching` makes up.
  case sequences(any SequenceSource)

  /// Its forward passes; sequences are batched.
  ///
  /// - Throws: `InputError` (usage) when sequences come without `batching`, or passes with it.
  public func steps(batching: Batching?) throws(InputError) -> any StepSource {
    switch (self, batching) {
    case (.steps(let source), nil): return source
    case (.sequences(let source), let batching?): return try batching.steps(of: source)
    case (.steps, _?):
      throw InputError("the recording already has its forward passes", in: "--batch", status: .usage)
    case (.sequences, nil):
      throw InputError("the recording holds sequences: say prefill or decode", in: "--batch", status: .usage)
    }
  }
}

/// One request's tokens in order.
public struct RoutedSequence: Equatable, Sendable {
  public var tokens: Int
  /// `[tokens][layers][topK]` expert ids.
  public var experts: [UInt16]

  public init(tokens: Int, experts: [UInt16]) {
    self.tokens = tokens
    self.experts = experts
  }
}

/// Requests one at a time.
public protocol SequenceSource: AnyObject {
  var header: TraceHeader { get }
  func next() throws(InputError) -> RoutedSequence?
}

/// Reads one foreign format.
public protocol TraceImport: Sendable {
  /// What `--from` calls it.
  var name: String { get }
  /// One line for the list of formats.
  var summary: String { get }
  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported
  /// Whether the sources may be of this format; false unless an importer says otherwise.
  func recognizes(_ sample: SourceSample) -> Bool
}

/// The known foreign formats.
public enum Imports {
  public static let registry: [any TraceImport] = [
    RoutedExpertsImport(),
    ResponsesImport(),
    SGLangRecorderImport(),
    CountsImport(),
    TensorRTImport(),
    CalibratorImport(),
    MegatronImport(),
    ActivationMatrixImport(),
    HotnessImport(),
    WeightMatrixImport(),
    MoECommsImport(),
    TraceFileImport(),
  ]

  /// - Throws: `InputError` (usage) that names the closest format.
  public static func named(_ name: String) throws(InputError) -> any TraceImport {
    if let format = registry.first(where: { $0.name == name }) { return format }
    throw InputError(
      "unknown format '\(name)'\(suggestion(for: name, in: registry.map(\.name)))", in: "--from", status: .usage)
  }
}

extension TraceHeader {
  /// The name and provenance of what was imported from `sources`.
  static func imported(
    from sources: [String], format: String, options: ImportOptions
  ) -> (name: String, provenance: Provenance) {
    let names = sources.map { String($0.split(separator: "/").last ?? "standard input") }
    let first = names.first ?? format
    let suffix = first.lastIndex(of: ".").map { first[$0...] } ?? ""
    let name = String(first.dropLast(suffix.count))
    return (
      name.isEmpty ? format : name,
      Provenance(
        origin: .recorded, method: "converted from \(format)", from: names.joined(separator: ", "),
        licence: options.licence)
    )
  }
}

/// The whole of a file, or of standard input.
func readWhole(_ path: String) throws(InputError) -> [UInt8] { try readWhole(try FileInput(path: path)) }

func readWhole(_ input: FileInput) throws(InputError) -> [UInt8] {
  let limit = 4 << 30
  let bytes = try input.read(count: input.size ?? limit)
  guard bytes.count < limit else { throw InputError("4 GiB or more", in: input.name) }
  return bytes
}

/// Refuses anything but the expected number of sources.
func requireSources(_ sources: [String], _ range: ClosedRange<Int>, _ format: String) throws(InputError) {
  if !range.contains(sources.count) {
    let expected = range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) or more"
    throw InputError("\(format) takes \(expected) source files, not \(sources.count)", status: .usage)
  }
}

/// Steps that are already in memory.
final class StoredSteps: StepSource {
  let header: TraceHeader
  private var rest: ArraySlice<RoutingStep>

  init(header: TraceHeader, steps: [RoutingStep]) {
    self.header = header
    rest = steps[...]
  }

  func next() throws -> RoutingStep? { rest.popFirst() }
}

/// The project's own formats, from one to the other.
struct TraceFileImport: TraceImport {
  let name = "trace"
  let summary = "a trace of this project: native, JSON Lines, or either through gzip"

  func recognizes(_ sample: SourceSample) -> Bool { sample.isGzip || sample.isJSON(with: "moe-routing-trace") }

  func open(_ sources: [String], options: ImportOptions) throws(InputError) -> Imported {
    try requireSources(sources, 1...1, name)
    guard options.layers == nil, options.experts == nil, options.topK == nil, options.model == nil,
      options.licence == nil
    else { throw InputError("a trace of this project already says its shape", in: "--from", status: .usage) }
    do {
      return .steps(try TraceReader(path: sources[0]))
    } catch {
      throw error as? InputError ?? InputError("\(error)", in: sources[0])
    }
  }
}
