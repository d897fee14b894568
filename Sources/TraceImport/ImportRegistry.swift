import Diagnostics

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
