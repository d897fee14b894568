import Foundation

/// The part of a trace that is looked at; all of it unless said otherwise.
public struct StepSelection: Equatable, Sendable {
  /// Ordinals of steps in the trace, from 0, before any is left out for its phase.
  public var steps: Range<Int>?
  /// Indices of MoE layers in the trace, from 0.
  public var layers: Range<Int>?
  public var phase: Phase?

  public init(steps: Range<Int>? = nil, layers: Range<Int>? = nil, phase: Phase? = nil) {
    self.steps = steps
    self.layers = layers
    self.phase = phase
  }

  /// Whether all of a trace is taken.
  public var isWhole: Bool { self == StepSelection() }

  /// The selected steps of a trace file, or of standard input for `-`, from the first.
  ///
  /// - Throws: `InputError`: what `TraceReader` throws; (usage) for layers that the trace does not have. Steps of a range
  ///   or a phase that are not there are noticed when all were read.
  public func open(
    _ path: String, threads: Int = ProcessInfo.processInfo.activeProcessorCount, digesting: Bool = true
  ) throws -> any StepSource {
    var source: any StepSource = try TraceReader(path: path, steps: steps, threads: threads, digesting: digesting)
    if let layers { source = try LayerSlice(layers, of: source) }
    if let phase { source = PhaseSteps(phase, of: source) }
    return source
  }
}
