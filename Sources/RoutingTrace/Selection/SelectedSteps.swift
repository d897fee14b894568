/// The steps of a source that were drawn, in their order.
final class SelectedSteps: StepSource {
  let header: TraceHeader
  var digest: String? { source.digest }
  var fraction: Double? { source.fraction }
  var notes: [String] { drawn.notes(of: source) }
  private let source: any StepSource
  private let drawn: DrawnSteps
  /// Place of the source's next step; nil where it gives the drawn steps alone.
  private var ordinal: Int?
  /// Of the drawn steps, how many were given.
  private var given = 0

  /// - Parameter givesOthers: whether the source gives the steps that were not drawn, too.
  init(_ drawn: DrawnSteps, of source: any StepSource, givesOthers: Bool) {
    self.drawn = drawn
    self.source = source
    ordinal = givesOthers ? 0 : nil
    var header = source.header
    if let provenance = header.provenance {
      header.provenance?.method = [provenance.method, drawn.selection.text].compactMap(\.self).joined(separator: "; ")
    }
    self.header = header
  }

  var origin: StepOrigin {
    var origin = source.origin
    origin.selection = drawn.selection
    return origin
  }

  func next() throws -> RoutingStep? {
    guard var place = ordinal else { return try source.next() }
    defer { ordinal = place }
    while given < drawn.ordinals.count, let step = try source.next() {
      place += 1
      guard drawn.ordinals[given] == place - 1 else { continue }
      given += 1
      return step
    }
    return nil
  }
}
