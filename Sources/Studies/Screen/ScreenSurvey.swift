import RoutingTrace

/// What is known of a recording before anything is replayed: how many steps are looked at, where they halve, and how
/// persistent their hot experts are.
struct ScreenSurvey {
  private let selection: StepSelection
  /// Ordinals in the trace of the steps that are looked at.
  private var ordinals: [Int] = []
  private(set) var tokens = 0
  /// Tokens of the largest step that decodes, and of the largest of the others.
  private var mostDecoded = 0
  private var mostOthers = 0
  private var stretches: LoadStretches

  /// - Parameters:
  ///   - selection: of the steps that are looked at.
  ///   - open: opens the steps of a selection.
  init(_ selection: StepSelection, open: (StepSelection) throws -> any StepSource) throws {
    self.selection = selection
    var unfiltered = selection
    unfiltered.phase = nil
    let source = try open(unfiltered)
    let header = source.header
    stretches = LoadStretches(layers: header.layers, experts: header.experts)
    var ordinal = selection.steps?.lowerBound ?? 0
    let counted = CountedSteps(source, as: "reading")
    while let step = try counted.next() {
      if selection.phase == nil || (step.phase ?? header.phase) == selection.phase {
        ordinals.append(ordinal)
        tokens += step.tokens
        if (step.phase ?? header.phase) == .decode {
          mostDecoded = max(mostDecoded, step.tokens)
        } else {
          mostOthers = max(mostOthers, step.tokens)
        }
        stretches.add(step)
      }
      ordinal += 1
    }
  }

  var steps: Int { ordinals.count }
  var hotExperts: HotExperts { stretches.hotExperts }

  /// Tokens whose keys and values are kept in the largest step, on all ranks together.
  ///
  /// - Parameter context: tokens that a token attends to, on average.
  func keptTokens(context: Double) -> Double { max(Double(mostDecoded) * context, Double(mostOthers)) }

  /// Steps of the half that strategies are chosen on, and of the one that is held back.
  var halves: (chosen: Int, heldBack: Int) { (steps / 2, steps - steps / 2) }

  /// The two halves; nil for fewer than two steps.
  var selections: (chosen: StepSelection, heldBack: StepSelection)? {
    guard let first = ordinals.first, let last = ordinals.last, steps > 1 else { return nil }
    let middle = ordinals[steps / 2]
    var (chosen, heldBack) = (selection, selection)
    chosen.steps = (selection.steps?.lowerBound ?? first)..<middle
    heldBack.steps = middle..<last + 1
    return (chosen, heldBack)
  }
}
