import Diagnostics

/// Which steps of a trace were drawn.
struct DrawnSteps: Sendable {
  /// Ascending, places in the whole trace.
  let ordinals: [Int]
  let selection: DrawnSelection
  /// What is to be said of the steps that they were drawn from; nil where those were not read.
  private let notes: [String]?

  /// - Parameters:
  ///   - count: how many.
  ///   - candidates: the steps to draw from, with their places in the whole trace.
  /// - Throws: `InputError` (usage) when so many are not there; what reading throws.
  init(
    _ draw: StepDraw, count: Int, from candidates: any StepSource, ordinal: () -> Int
  ) throws {
    let weight = try draw.makeWeight()
    var keys = SmallestKeys(count)
    let counted = CountedSteps(candidates, as: "weighing")
    while let step = try counted.next() {
      let ordinal = ordinal()
      keys.add(
        draw.key(ordinal: ordinal, weight: weight.weight(of: step, header: candidates.header)), ordinal: ordinal)
    }
    try self.init(draw, count: count, keys, notes: candidates.notes)
  }

  /// From steps that are all as likely, none of which is read.
  init(_ draw: StepDraw, count: Int, from candidates: Range<Int>) throws(InputError) {
    var keys = SmallestKeys(count)
    for ordinal in candidates { keys.add(draw.key(ordinal: ordinal, weight: 1), ordinal: ordinal) }
    try self.init(draw, count: count, keys, notes: nil)
  }

  private init(_ draw: StepDraw, count: Int, _ keys: SmallestKeys, notes: [String]?) throws(InputError) {
    let candidates = keys.added
    guard count <= candidates else {
      throw InputError(
        "\(count) steps asked for, there are \(candidates)", in: "\(StepDraw.option) \(draw.text)", status: .usage)
    }
    ordinals = keys.ordinals()
    selection = DrawnSelection(by: draw.weight, steps: count, of: candidates, seed: draw.seed)
    self.notes = notes
  }

  /// What is to be said of the drawn steps.
  ///
  /// - Parameter source: that gives them.
  func notes(of source: any StepSource) -> [String] {
    let notes = notes ?? source.notes
    if selection.steps == selection.of { return notes }
    let biased =
      selection.by == "uniform"
      ? "" : " Figures are of these steps, not of the recording: heavier ones are among them more often."
    return notes + [
      "\(selection.text). They are not consecutive: windows, intervals between plans, moves that overlap with steps and "
        + "sequences do not mean what they did.\(biased)"
    ]
  }
}
