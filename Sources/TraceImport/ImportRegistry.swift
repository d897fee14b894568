import Diagnostics

/// The known foreign formats.
public enum Imports {
  static let formats: [any TraceImport] = [
    RoutedExpertsImport(),
    ResponsesImport(),
    SGLangRecorderImport(),
    CountsImport(),
    TensorRTImport(),
    CalibratorImport(),
    RoutingReplayImport(),
    RouterLogitsImport(),
    MegatronImport(),
    MegatronCountsImport(),
    ActivationMatrixImport(),
    HotnessImport(),
    WeightMatrixImport(),
    ExpertSharesImport(),
    ExpertCountImport(),
    MoECommsImport(),
    TraceFileImport(),
  ]

  public static let registry = Registry("format", formats.map { .init($0.name, $0.summary, $0) })

  /// - Throws: `InputError` (usage) that names the closest format.
  public static func named(_ name: String) throws(InputError) -> any TraceImport {
    try registry.named(name, option: "--from")
  }
}
