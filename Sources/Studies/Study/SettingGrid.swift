import Diagnostics
import Foundation

/// Values to try in the place of a preset's own: every combination, but for those that are excepted.
///
///     {policy: eplb, grid: {window: [16, 64], redundantSlots: {from: 0, to: 32, step: 16}}, except: [{window: 64}]}
struct SettingGrid {
  private struct Axis {
    let key: String
    let values: [String]
  }

  static let mostValues = 10_000

  private let axes: [Axis]
  /// Combinations that are left out: values by key.
  private let exceptions: [[(key: String, value: String)]]
  private let settings: Settings

  /// - Throws: `InputError` with the line: no values, a range of none, an exception of a key that has no values.
  init(_ settings: Settings) throws(InputError) {
    self.settings = settings
    guard let grid = try settings.optionalSection("grid") else {
      (axes, exceptions) = ([], [])
      if settings.contains("except") { throw settings.error("there is no grid to leave anything out of", at: "except") }
      return
    }
    let keys = grid.keys
    guard !keys.isEmpty else { throw settings.error("no keys with values to try", at: "grid") }
    let axes = try keys.map { key throws(InputError) in
      Axis(key: key, values: grid.isSection(key) ? try Self.range(grid.section(key)) : try grid.values(key))
    }
    for axis in axes where Set(axis.values).count < axis.values.count {
      throw grid.error("a value given twice", at: axis.key)
    }
    self.axes = axes
    exceptions =
      settings.contains("except")
      ? try settings.entries("except").map { entry throws(InputError) in
        guard case .section(let section) = entry else {
          throw settings.error("expected mappings such as {\(keys[0]): \(axes[0].values[0])}", at: "except")
        }
        return try Self.exception(section, axes: axes)
      } : []
  }

  private static func exception(
    _ section: Settings, axes: [Axis]
  ) throws(InputError) -> [(key: String, value: String)] {
    try section.keys.map { key throws(InputError) in
      guard let axis = axes.first(where: { $0.key == key }) else {
        throw section.error("no key of the grid\(suggestion(for: key, in: axes.map(\.key)))", at: key)
      }
      let value = try section.string(key)
      guard axis.values.contains(value) else {
        throw section.error("'\(value)' is none of the grid's\(suggestion(for: value, in: axis.values))", at: key)
      }
      return (key, value)
    }
  }

  /// `{from: 16, to: 64, step: 16}`, both ends in, or `{from: 25, to: 400, count: 5, unit: GB/s}` at equal ratios.
  private static func range(_ section: Settings) throws(InputError) -> [String] {
    let all = -1e18...1e18
    let from = try section.number("from", in: all)
    let to = try section.number("to", in: from...1e18)
    let unit = try section.optionalString("unit").map { " \($0)" } ?? ""
    let step = try section.optionalNumber("step", in: all)
    let count = try section.optionalInteger("count", in: 2...mostValues)
    try section.rejectUnknownKeys()
    let numbers: [Double]
    switch (step, count) {
    case (let step?, nil):
      guard step > 0, (to - from) / step < Double(mostValues) else {
        throw section.error("\(step) is no step from \(from) to \(to) in at most \(mostValues) values", at: "step")
      }
      numbers = (0...Int(((to - from) / step + 1e-9).rounded(.down))).map { from + Double($0) * step }
    case (nil, let count?):
      guard from > 0 else { throw section.error("equal ratios need a start above 0", at: "from") }
      numbers = (0..<count).map { from * pow(to / from, Double($0) / Double(count - 1)) }
    default: throw section.error("expected step or count")
    }
    return numbers.map { number in
      (number == number.rounded() ? String(format: "%.0f", number) : String(format: "%.6g", number)) + unit
    }
  }

  /// A preset's name with each combination after it: `eplb:window=16,redundantSlots=32`.
  ///
  /// - Throws: `InputError` with the line if all combinations are excepted, or there are too many.
  func names(of name: String) throws(InputError) -> [String] {
    guard !axes.isEmpty else { return [name] }
    var count = 1
    for axis in axes {
      count *= axis.values.count
      guard count <= Self.mostValues else {
        throw settings.error("more than \(Self.mostValues) combinations", at: "grid")
      }
    }
    let names = (0..<count).compactMap { number -> String? in
      let combination = combination(number)
      guard !exceptions.contains(where: { $0.allSatisfy { combination[$0.key] == $0.value } }) else { return nil }
      let changes = axes.map { "\($0.key)=\(combination[$0.key] ?? "")" }.joined(separator: ",")
      return "\(name)\(name.contains(":") ? "," : ":")\(changes)"
    }
    guard !names.isEmpty else { throw settings.error("nothing is left of the grid", at: "except") }
    return names
  }

  /// Values by key; the last axis changes fastest.
  private func combination(_ number: Int) -> [String: String] {
    var rest = number
    var combination: [String: String] = [:]
    for axis in axes.reversed() {
      combination[axis.key] = axis.values[rest % axis.values.count]
      rest /= axis.values.count
    }
    return combination
  }
}
