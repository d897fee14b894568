import ExpertReplay

/// Room for a part of all experts, as `--resident` takes it: `20%`, `0.2` or `18GB`.
enum ExpertRoom {
  /// Of all experts, above 0 and at most 1.
  case share(Double)
  case bytes(Double)

  /// - Throws: `InputError` (usage) for what is neither.
  init(_ text: String) throws(InputError) {
    let isPercent = text.hasSuffix("%")
    if let number = Double(isPercent ? String(text.dropLast()) : text) {
      let share = isPercent ? number / 100 : number
      guard share > 0, share <= 1 else {
        throw InputError("'\(text)' is no share above 0 and at most 1, nor 100 %", in: "--resident", status: .usage)
      }
      self = .share(share)
      return
    }
    do throws(InputError) {
      let size = try Quantity(text)
      guard size.dimension == .size else {
        throw InputError("'\(text)' is a \(size.dimension.rawValue), expected a size, a share or a percentage")
      }
      guard size.value > 0 else { throw InputError("'\(text)' is no room, expected above 0") }
      self = .bytes(size.value)
    } catch {
      throw InputError(error.message, in: "--resident", status: .usage)
    }
  }

  /// Experts of any layer of a trace that fit, at most all.
  ///
  /// - Parameter model: a file or name; the trace's own when nil. Asked for where the room is a size.
  func experts(of header: TraceHeader, model: String?) throws -> Int {
    let all = header.layers * header.experts
    switch self {
    // A share that was written in decimals is not to lose an expert to their rounding.
    case .share(let share): return Int((share * Double(all) + 1e-9).rounded(.down))
    case .bytes(let bytes):
      let shape = try model.map(ModelShape.init(named:)) ?? ModelShape(fitting: header)
      return Int(min(Double(all), bytes / shape.expertBytes))
    }
  }
}
