import Diagnostics

/// The steps of a recording that hold tokens in every layer, one at a time: a ring buffer that was not full has steps
/// without any, and a layer may be idle in a step.
package final class CountsSteps: StepSource, StepDecoder {
  package let header: TraceHeader
  let format = "counts"
  package var fraction: Double? { Double(ordinal) / Double(max(1, recording.stepCount)) }
  private let recording: CountsRecording
  /// Positions of the header's layers among the recorded ones.
  private let layers: [Int]
  private let path: String
  private var ordinal = 0
  private var isEmpty = true

  /// - Parameter path: of the recording, for messages.
  package init(_ recording: CountsRecording, header: TraceHeader, path: String) throws(InputError) {
    try header.validate()
    self.path = path
    self.header = header
    self.recording = recording
    layers = header.layerNumbers
  }

  /// A recording that is replayed as it is.
  package convenience init(_ recording: CountsRecording, name path: String) throws(InputError) {
    let (name, provenance) = TraceHeader.imported(
      from: [path], format: "counts", notes: recording.notes(layers: recording.moeLayers))
    try self.init(
      recording,
      header: TraceHeader(
        name: name, content: .counts, provenance: provenance, layerNumbers: recording.moeLayers,
        experts: recording.experts, topK: nil), path: path)
  }

  package func next() throws(InputError) -> RoutingStep? {
    while ordinal < recording.stepCount {
      defer { ordinal += 1 }
      guard let counts = recording.counts(step: ordinal, layers: layers) else { continue }
      var step = RoutingStep(number: ordinal, phase: header.phase, tokens: 1, counts: counts)
      try attributing(path) { () throws(InputError) in try step.validate(against: header) }
      step.tokens = RoutingStep.tokens(ofCounts: counts, header: header)
      isEmpty = false
      return step
    }
    guard !isEmpty else { throw InputError("no step with tokens in every layer", in: path) }
    return nil
  }
}
