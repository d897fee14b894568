import Diagnostics
import PerformanceModel
import RoutingTrace

extension ModelShape {
  /// The model of a file or of a name in `models/`, such as `deepseek-v3`.
  ///
  /// - Throws: `InputError` with the file and line of what is wrong.
  public init(named name: String) throws {
    try self.init(settings: PresetCatalog.settings(name, in: PresetCatalog.models).settings)
  }

  /// The model that a trace names, else the only one in `models/` of its experts, top-k, groups (if it says) and layers,
  /// or with more layers. One that takes any number of layers is guessed for traces of one layer alone.
  ///
  /// - Throws: `InputError` (usage) that names the models which fit, unless it is one.
  public init(fitting header: TraceHeader) throws {
    let names = PresetCatalog.models.names
    if let name = header.model, names.contains(name) {
      try self.init(named: name)
      return
    }
    let fitting = try names.map { try ModelShape(named: $0) }.filter { model in
      model.experts == header.experts && model.topK == header.topK ?? model.topK
        && model.groups == header.groups ?? model.groups && model.guessedLayers >= header.layers
    }
    let exact = fitting.filter { $0.guessedLayers == header.layers }
    if let only = exact.count == 1 ? exact.first : fitting.count == 1 ? fitting.first : nil {
      self = only
      return
    }
    let listed = fitting.map(\.name).joined(separator: ", ")
    throw InputError(
      "give --model: \(fitting.isEmpty ? "none" : "several") in models/ "
        + "fit \(header.experts) experts, top-\(header.topK.map(String.init) ?? "?")\(listed.isEmpty ? "" : ": \(listed)")",
      in: "trace '\(header.name)'", status: .usage)
  }

  private var guessedLayers: Int { takesAnyLayers ? 1 : moeLayers }
}
