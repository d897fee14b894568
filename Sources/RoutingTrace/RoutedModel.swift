import Diagnostics

/// What a model's file says of its layers and its router: a recording that names the model has to fit it.
public struct RoutedModel: Equatable, Sendable {
  public var name: String
  /// Layers, dense ones included.
  public var layers: Int
  public var moeLayers: Int
  /// The numbers of the MoE layers, ascending; nil where the file does not tell which layers are dense.
  public var moeLayerNumbers: [Int]?
  /// Routed experts per MoE layer.
  public var experts: Int
  public var topK: Int

  public init(
    name: String, layers: Int, moeLayers: Int, moeLayerNumbers: [Int]?, experts: Int, topK: Int
  ) {
    self.name = name
    self.layers = layers
    self.moeLayers = moeLayers
    self.moeLayerNumbers = moeLayerNumbers
    self.experts = experts
    self.topK = topK
  }
}

extension RoutedModel {
  func failure(_ message: String) -> InputError { InputError(message, in: "model \(name)", status: .usage) }

  /// - Throws: `InputError` (usage) when the model has other experts or another top-k.
  package func check(experts recorded: Int, topK recordedTopK: Int? = nil, of what: String) throws(InputError) {
    guard recorded == experts else { throw failure("\(experts) experts, but \(what) has \(recorded)") }
    if let recordedTopK, recordedTopK != topK {
      throw failure("top-\(topK), but \(what) has top-\(recordedTopK)")
    }
  }

  /// The numbers in the model of recorded layers: those that they have if all are MoE layers of the model, those of the
  /// MoE layers in order if they are as many and were counted from 0.
  ///
  /// - Parameter areStated: whether somebody said what the numbers are, so that they were not counted from 0.
  /// - Throws: `InputError` (usage) when they are neither, or when the file does not tell which layers are dense.
  package func numbers(of recorded: [Int], areStated: Bool = false) throws(InputError) -> [Int] {
    guard let numbers = moeLayerNumbers else {
      if areStated || recorded != Array(0..<moeLayers), recorded.allSatisfy({ $0 < layers }) { return recorded }
      throw failure(
        "\(moeLayers) of its \(layers) layers are MoE, and its file does not tell which: add firstMoELayer")
    }
    let known = Set(numbers)
    guard let odd = recorded.first(where: { !known.contains($0) }) else { return recorded }
    if !areStated, recorded == Array(0..<numbers.count) { return numbers }
    let range = "\(numbers[0])…\(numbers[numbers.count - 1])"
    throw failure(
      "its \(numbers.count) MoE layers are \(range), and layer \(odd) of \(recorded.count) recorded is none of them")
  }
}
