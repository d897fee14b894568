/// What is asked of a server, on average.
public struct RequestShape: Equatable, Sendable {
  /// Tokens of a prompt.
  public let input: Int
  /// Tokens written after it.
  public let output: Int
  /// Part of the input whose keys and values are at hand from earlier requests, 0 up to 1.
  public let cached: Double

  /// Tokens of either.
  public static let maximumTokens = ServingModel.maximumContext / 2

  /// - Precondition: 1 token or more of each, `cached` below 1.
  public init(input: Int, output: Int, cached: Double = 0) {
    precondition(input >= 1 && output >= 1 && 0 <= cached && cached < 1)
    self.input = input
    self.output = output
    self.cached = cached
  }

  /// Tokens of a prompt that prefill computes.
  public var computedInput: Double { Double(input) * (1 - cached) }

  /// Tokens that a token attends to, on average: in prefill those before it in the prompt, from the first that is not
  /// cached to the last; in decode the prompt and half of what is written.
  public func context(isDecode: Bool) -> Int {
    isDecode
      ? input + output / 2 : max(1, Int((Double(input) * (1 + cached) / 2).rounded()))
  }
}
