import PerformanceModel
import RoutingTrace

extension RoutedModel {
  /// What a model's file says of its routing: the model that was asked for, else the one that the trace names, if it has
  /// a file and fits; nil without either.
  ///
  /// - Throws: `InputError` for a model that is not found, or is none.
  public init?(named name: String?, for header: TraceHeader) throws {
    if let name {
      self = try ModelShape(named: name).routed
      return
    }
    guard let name = header.model, PresetCatalog.models.names.contains(name),
      let routed = try? ModelShape(named: name).routed, routed.experts == header.experts,
      header.topK ?? routed.topK == routed.topK
    else { return nil }
    self = routed
  }
}
