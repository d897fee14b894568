import Diagnostics
import RoutingTrace

/// What a first pass over recorded sequences finds, from which their header is made.
struct RouteSurvey {
  private(set) var layers = 0
  private(set) var topK = 0
  private(set) var tokens = 0
  /// Tokens of which nothing was recorded in any layer that is asked for.
  private(set) var unrouted = 0
  /// The largest id in any layer.
  private(set) var largest: UInt16 = 0
  /// Of each recorded layer, whether no token chose an expert in it.
  private(set) var isEmptyLayer: [Bool] = []
  /// The layers that are asked for.
  private var picked: [Int] = []
  private var isPicked: [Bool] = []
  /// Rows in those layers.
  private var rows = 0
  /// `[topK]` the least and the largest id of each column in those layers.
  private var least: [UInt16] = []
  private var most: [UInt16] = []

  /// - Throws: `InputError`: another shape than that of earlier sequences, layers beyond it.
  mutating func add(_ array: RoutedArray, options: ImportOptions) throws(InputError) {
    if topK == 0 {
      (layers, topK) = (array.layers, array.topK)
      picked = options.layers(ofRecorded: layers)
      if let beyond = picked.first(where: { $0 >= layers }) {
        throw InputError("layer \(beyond) of arrays with \(layers) layers", in: "--layers", status: .usage)
      }
      isEmptyLayer = Array(repeating: true, count: layers)
      isPicked = Array(repeating: false, count: layers)
      for layer in picked { isPicked[layer] = true }
      least = Array(repeating: .max, count: topK)
      most = Array(repeating: 0, count: topK)
    }
    guard (array.layers, array.topK) == (layers, topK) else {
      throw InputError(
        "\(array.layers) layers and top-\(array.topK), earlier sequences have \(layers) and top-\(topK)")
    }
    tokens += array.tokens
    for token in 0..<array.tokens {
      if array.isUnrouted(token: token, layers: picked) {
        unrouted += 1
        continue
      }
      for layer in 0..<layers {
        if array.isEmpty(token: token, layer: layer) { continue }
        isEmptyLayer[layer] = false
        add(array.ids.span, from: (token * layers + layer) * topK, isPicked: isPicked[layer])
      }
    }
  }

  /// - Parameter start: where the choice begins in `ids`.
  private mutating func add(_ ids: Span<UInt16>, from start: Int, isPicked: Bool) {
    rows += isPicked ? 1 : 0
    for column in 0..<topK {
      let id = ids[start + column]
      guard id != RoutedArray.none else { continue }
      largest = max(largest, id)
      guard isPicked else { continue }
      least[column] = min(least[column], id)
      most[column] = max(most[column], id)
    }
  }

  /// Last columns that hold shared experts, which some kernels append to each token's routed ones (DeepSeek's in
  /// SGLang, `num_fused_shared_experts`): as many as were asked for, else one if it can be nothing else.
  ///
  /// - Throws: `InputError` (usage) when the columns that were asked for hold routed experts.
  func sharedColumns(_ options: ImportOptions) throws(InputError) -> Int {
    if let asked = options.sharedExperts {
      guard asked > 0 else { return 0 }
      guard asked < topK, let least = least.suffix(asked).min(), least > mostRouted(before: asked)
      else {
        throw InputError(
          "\(asked), but the last of \(counted(topK, "column")) are no ids of their own", in: "--shared-experts",
          status: .usage)
      }
      return asked
    }
    guard topK > 1, rows >= 16, let last = most.last, least.last == last, last > mostRouted(before: 1) else { return 0 }
    if let experts = options.expectedExperts { return Int(last) >= experts ? 1 : 0 }
    // One id after all others, in every layer and of every token. As models have multiples of eight experts, a made-up
    // recording of few experts is not mistaken for one.
    return last % 8 == 0 ? 1 : 0
  }

  private func mostRouted(before shared: Int) -> UInt16 { most.dropLast(shared).max() ?? 0 }

  /// Experts per layer: as asked for, or those below the shared ones, or what the largest id suggests.
  func experts(shared: Int, _ options: ImportOptions) -> Int {
    if let experts = options.expectedExperts { return experts }
    guard shared > 0 else { return likelyExperts(largestID: Int(largest)) }
    return Int(least.suffix(shared).min() ?? 0)
  }

  func notes(shared: Int, experts: Int) -> [String] {
    var notes = [String]()
    if unrouted > 0 {
      notes.append(
        "\(unrouted) of \(counted(tokens, "token")) without a recorded route (0 or −1 in every layer) left out")
    }
    if shared > 0 {
      let which =
        shared == 1 ? "the last column holds a fused shared expert" : "the last \(shared) columns hold shared experts"
      notes.append("\(which), left out: top-\(topK - shared) of \(experts)")
    }
    return notes
  }

  /// - Throws: `InputError` when every token is without a route.
  func checkRoutes() throws(InputError) {
    guard tokens > unrouted else {
      throw InputError(
        tokens == 0
          ? "no tokens"
          : "nothing was recorded: all \(counted(tokens, "row")) of all \(counted(layers, "layer")) are 0 or −1")
    }
  }
}
