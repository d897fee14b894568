import Diagnostics

/// The expert kernels of a library on one GPU, by format.
public struct ExpertKernels: Equatable, Sendable {
  public var byFormat: [ExpertFormat: ExpertKernel]
  /// Whether every rank handles all tokens of the batch, not those alone that were sent to it.
  public var handlesBatch = false

  public init(_ kernels: [ExpertFormat: ExpertKernel]) { byFormat = kernels }

  init(settings: Settings) throws(InputError) {
    byFormat = [:]
    if settings.contains("tokens") {
      handlesBatch = try settings.choice("tokens", of: ["arrived", "batch"]) == "batch"
    }
    for format in ExpertFormat.allCases {
      byFormat[format] = try settings.optionalSection(format.rawValue).map(ExpertKernel.init(settings:))
    }
    try settings.rejectUnknownKeys()
    guard !byFormat.isEmpty else { throw settings.error("no format has figures") }
  }

  /// What `init(settings:)` reads back, under `experts`.
  var lines: [String] {
    let kernels = ExpertFormat.allCases.compactMap { format in
      byFormat[format].map { "\(format.rawValue): \($0.text)" }
    }
    return (handlesBatch ? ["tokens: batch"] : []) + kernels
  }

  /// The figures for a model's experts.
  ///
  /// - Parameter name: of the kernels, for messages.
  /// - Throws: `InputError` (usage) for a format without figures, naming those that have.
  func kernel(for model: ModelShape, in name: String) throws(InputError) -> (ExpertFormat, ExpertKernel) {
    let wanted = model.expertFormat.map { [$0] } ?? model.weights.expertFormats
    for format in wanted {
      if let kernel = byFormat[format] { return (format, kernel) }
    }
    let known = ExpertFormat.allCases.filter { byFormat[$0] != nil }
    let closest = known.min {
      abs($0.weightBytes - wanted[0].weightBytes) < abs($1.weightBytes - wanted[0].weightBytes)
    }
    let names = known.map(\.rawValue).joined(separator: ", ")
    throw InputError(
      "no expert kernels for \(wanted.map(\.rawValue).joined(separator: " or ")); there are \(names), "
        + "the closest \(closest?.rawValue ?? "none")", in: name, status: .usage)
  }
}
