import Charts
import Foundation
import Testing

/// Contrast by WCAG 2.2, on the light page and on the dark one.
@Suite struct PaletteTests {
  private static func luminance(_ colour: String) -> Double {
    let parts = (0..<3).map { part -> Double in
      let start = colour.index(colour.startIndex, offsetBy: 1 + 2 * part)
      let value = Double(Int(colour[start..<colour.index(start, offsetBy: 2)], radix: 16) ?? 0) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  private static func contrast(_ one: String, _ other: String) -> Double {
    let (dark, light) = (min(luminance(one), luminance(other)), max(luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
  }

  private static func shown(_ colour: Palette.Colour, _ isDark: Bool) -> String { isDark ? colour.dark : colour.light }

  @Test func `black and white are as far apart as can be`() {
    #expect(abs(Self.contrast("#000000", "#ffffff") - 21) < 1e-9)
  }

  @Test(arguments: [false, true]) func `texts and data stand out from the page`(isDark: Bool) {
    let grounds = [Palette.page] + Palette.guides.filter { $0.name == "panel" }
    for ground in grounds.map({ Self.shown($0, isDark) }) {
      for text in Palette.texts { #expect(Self.contrast(Self.shown(text, isDark), ground) >= 4.5, "\(text.name)") }
      for mark in Palette.series + Palette.parts {
        #expect(Self.contrast(Self.shown(mark, isDark), ground) >= 3, "\(mark.name)")
      }
    }
  }

  @Test(arguments: [false, true]) func `neighbouring shades can be told apart`(isDark: Bool) {
    let shades = Palette.shades.map { Self.shown($0, isDark) }
    #expect(Palette.shades.map(\.name) == HeatScale.shades.map(\.0))
    for (one, other) in zip(shades, shades.dropFirst()) { #expect(Self.contrast(one, other) >= 3) }
  }

  @Test(arguments: [false, true]) func `numbers in shaded cells can be read`(isDark: Bool) {
    for (shade, text) in zip(Palette.shades, Palette.onShades) {
      #expect(Self.contrast(Self.shown(shade, isDark), Self.shown(text, isDark)) >= 4.5, "\(shade.name)")
    }
    #expect(Palette.rules.contains(".g0 { --c: var(--h4); --on: var(--on4); }"))
    #expect(Palette.rules.contains(".g4 { --c: var(--h0); --on: var(--on0); }"))
  }

  @Test func `policies differ in colour and in dashes`() {
    let rules = Palette.rules.split(separator: "\n").filter { $0.contains("--dash") }
    let dashes = rules.compactMap { $0.firstMatch(of: #/--dash: ([^;]*);/#)?.1 }
    #expect(dashes.count == Palette.series.count && Set(dashes).count == dashes.count - 1)
    #expect(Set(Palette.series.map(\.light)).count == Palette.series.count)
  }
}
