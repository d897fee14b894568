import Diagnostics

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
