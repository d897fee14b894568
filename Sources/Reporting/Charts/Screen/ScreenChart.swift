import Charts
import Studies

/// The charts of a screening: one function each, in a file of this folder, and its line in `all`.
enum ScreenChart {
  static func all(_ screening: Screening) -> [DrawnChart] {
    [
      verdict(screening), decision(screening), candidates(screening), memory(screening), flips(screening),
      trials(screening), grid(screening),
    ]
  }

  static let needsChoice = "No strategy can be ranked on the first half."

  /// What is told of the half that strategies are chosen on, and of the one that was held back.
  static let chosenOn = Plot.Series(colour: 1, name: "first half")
  static let heldBack = Plot.Series(colour: 2, name: "held back")
  static let legend = [chosenOn, heldBack].map { Drawing.LegendEntry(style: $0.style, label: $0.name) }
}
