/// Colours of the page, light and dark. Everything that stands for data has a contrast of at least 3 with the page, and
/// neighbouring shades with each other; texts have 4.5.
package enum Palette {
  /// A variable of the page's style: its name, and its colour on a light and a dark page.
  package typealias Colour = (name: String, light: String, dark: String)

  package static let page: Colour = ("page", "#ffffff", "#14171b")
  package static let texts: [Colour] = [("ink", "#1b1e22", "#e9ebee"), ("soft", "#595f69", "#a3abb5")]
  /// Lines that only guide the eye.
  package static let guides: [Colour] = [("rule", "#d9dce1", "#343a42"), ("panel", "#f6f7f9", "#1b1f24")]
  /// Of policies in their order, the baseline first.
  package static let series: [Colour] = [
    ("s0", "#5f6670", "#a3abb5"), ("s1", "#1d5fd1", "#7aa8ff"), ("s2", "#b8500a", "#f59e5b"),
    ("s3", "#0a7d62", "#3fcfa8"), ("s4", "#8446cf", "#c39bf5"), ("s5", "#bd2378", "#f389c0"),
    ("s6", "#6d6a00", "#cfc84f"), ("s7", "#0a7596", "#56c5e8"), ("s8", "#84542a", "#d1a679"),
  ]
  /// Of the parts of a time.
  package static let parts: [Colour] = [
    ("dispatch", "#1d4fa8", "#5b92ea"), ("experts", "#848c97", "#7d8692"), ("waiting", "#848c97", "#7d8692"),
    ("combine", "#3d86e0", "#a9cbff"),
    ("migration", "#c05f0c", "#ee9c4e"), ("prediction", "#8446cf", "#c39bf5"),
    ("balancing", "#0a7596", "#56c5e8"), ("stall", "#bd2378", "#f389c0"),
    ("interruption", "#6d6a00", "#cfc84f"),
  ]
  /// From cold to hot, and of gains from the largest to the largest loss; what is even is nearly the page.
  package static let shades: [Colour] = [
    ("h0", "#0f2f66", "#cfe2ff"), ("h1", "#4d87d6", "#3f74c4"), ("h2", "#f3f3f1", "#22262c"),
    ("h3", "#d0701a", "#ad5e17"), ("h4", "#5e1408", "#ffdfb5"),
  ]

  /// Of texts on these shades.
  package static let onShades: [Colour] = [
    ("on0", "#ffffff", "#111418"), ("on1", "#111418", "#ffffff"), ("on2", "#1b1e22", "#e9ebee"),
    ("on3", "#111418", "#ffffff"), ("on4", "#ffffff", "#111418"),
  ]

  private static var all: [Colour] { [page] + texts + guides + series + parts + shades + onShades }

  /// The variables as CSS declarations.
  package static func declarations(isDark: Bool) -> String {
    all.map { "--\($0.name): \(isDark ? $0.dark : $0.light);" }.joined(separator: " ")
  }

  /// Rules that give classes of these names their colours.
  package static var rules: String {
    series.enumerated().map { index, colour in
      let dashes = ["none", "none", "7 3", "2 2", "9 3 2 3", "4 4", "12 4", "1 3", "6 2 1 2"][index]
      return ".\(colour.name) { --c: var(--\(colour.name)); --dash: \(dashes); }"
    }.joined(separator: "\n")
      + "\n" + (parts + shades).map { ".\($0.name) { --c: var(--\($0.name)); }" }.joined(separator: "\n")
      + "\n"
      + zip(GainScale.shades, zip(shades, onShades).reversed()).map { gain, shade in
        ".\(gain.0) { --c: var(--\(shade.0.name)); --on: var(--\(shade.1.name)); }"
      }.joined(separator: "\n")
  }
}
